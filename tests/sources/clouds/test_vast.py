import json
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given

from sources.clouds.vast import PAGE, SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated
from tests.sources.recorded_payloads import payload, payloads

RAW = "payloads/raw-payloads"


def _ask(
    number: int, gpu_name: str, gpu_ram: int, dph_total: float, num_gpus: int = 1, hosting_type: int = 0, **more: Any
) -> dict[str, Any]:
    price = {"num_gpus": num_gpus, "dph_total": dph_total, "min_bid": dph_total / 2}
    ask = {"id": number, "gpu_name": gpu_name, "gpu_ram": gpu_ram, **price, "verification": "verified"}
    return {**ask, "hosting_type": hosting_type, "geolocation": "Japan, JP", **more}


def _answer(*asks: dict[str, Any]) -> str:
    return json.dumps({"offers": asks})


def _statement(*asks: dict[str, Any]) -> Statement:
    (statement,) = parse(payload(_answer(*asks)))
    return statement


def test_the_cheapest_ask_stands_for_an_accelerator_a_number_and_a_kind_of_host() -> None:
    statement = _statement(
        _ask(1, "H100 SXM", 81559, 3.468889, 2),
        _ask(2, "H100 SXM", 81559, 12.535, 2, geolocation=", US"),
        _ask(3, "H100 SXM", 81559, 1.735556),
        _ask(4, "H100 SXM", 81559, 4.1, 2, hosting_type=1),
    )
    assert [(row["accelerator_count"], row["service_tier"], row["price_usd_per_hour"]) for row in statement.rows] == [
        (Decimal(2), "community", Decimal("3.468889")),
        (Decimal(1), "community", Decimal("1.735556")),
        (Decimal(2), "secure", Decimal("4.1")),
    ]
    assert {(row["sku"], row["accelerator_id"], row["region"]) for row in statement.rows} == {
        ("H100 SXM", "nvidia-h100-sxm-80gb", "")
    }
    assert statement.ignored == 1  # the dearer pair


def test_dph_total_is_for_the_whole_ask() -> None:
    """``B200 x8 dph_total 45.001388888888885``: 45.001389 / 8 = 5.625173625 each."""
    (row,) = _statement(_ask(1, "B200", 183359, 45.001388888888885, 8)).rows
    assert row["price_usd_per_hour"] == Decimal("45.001389")
    assert row["price_usd_per_accelerator_hour"] == Decimal("5.625173625")


def test_float_noise_makes_neither_a_price_nor_a_text_of_its_own() -> None:
    """``"RTX 3060" ... "dph_total":0.022222222222222223``."""
    (row,) = _statement(_ask(1, "RTX 3060", 12288, 0.022222222222222223)).rows
    assert (row["price_usd_per_hour"], row["price_raw"]) == (Decimal("0.022222"), "0.022222")


@pytest.mark.parametrize(
    "hidden",
    [
        {"verification": "unverified"},
        {"verification": "deverified"},
        {"rental_type": "bid"},
        {"is_bid": True},
        {"rentable": False},
        {"rented": True},
    ],
)
def test_an_ask_that_vast_does_not_show_by_default_is_ignored(hidden: dict[str, Any]) -> None:
    shown, other = _ask(1, "RTX 4090", 24564, 0.344), _ask(2, "RTX 4090", 24564, 0.06, **hidden)
    statement = _statement(other, shown)
    assert [row["price_usd_per_hour"] for row in statement.rows] == [Decimal("0.344")]
    assert (statement.refused, statement.ignored) == ([], 1)


def test_the_floor_of_an_auction_is_no_price_even_where_it_is_above_the_ask() -> None:
    """``GTX 1080`` with a dph_total of 0.0556 and a min_bid of 0.1333."""
    (row,) = _statement(_ask(1, "RTX 3090", 24576, 0.0556, min_bid=0.1333)).rows
    assert row["price_usd_per_hour"] == Decimal("0.0556")


def test_an_absurd_ask_passes_the_door_where_it_is_the_only_one() -> None:
    """``RTX A5000 x2 dph_total 80.00148 min_bid 0.667 Alabama, US``."""
    (row,) = _statement(_ask(1, "RTX A5000", 24564, 80.00148, 2, min_bid=0.667, geolocation="Alabama, US")).rows
    assert row["price_usd_per_accelerator_hour"] == Decimal("40.00074")


def test_one_name_covers_several_cards_and_memory_tells_them_apart() -> None:
    """``A100 SXM4`` 39936 / 40960 / 81920, ``RTX 4090`` 23028 / 24564 / 49140, ``RTX 3080`` 10240 / 12288 / 20480."""
    statement = _statement(
        *(_ask(memory, "A100 SXM4", memory, 0.9) for memory in (39936, 40960, 81920)),
        *(_ask(memory, "RTX 4090", memory, 0.4) for memory in (24564, 23028, 49140)),
        *(_ask(memory, "RTX 3080", memory, 0.1) for memory in (10240, 12288, 20480)),
    )
    assert [row["accelerator_id"] for row in statement.rows] == [
        "nvidia-a100-sxm-40gb",
        "nvidia-a100-sxm-80gb",
        "nvidia-rtx-4090-24gb",
        "nvidia-rtx-3080-10gb",
        "nvidia-rtx-3080-12gb",
    ]
    assert [(one.reason, one.key["sku"]) for one in statement.refused] == [
        ("unknown_accelerator", "A100 SXM4|39936"),
        ("unknown_accelerator", "RTX 4090|49140"),
        ("unknown_accelerator", "RTX 3080|20480"),
    ]


def test_a_modified_card_does_not_keep_its_namesakes_in_force() -> None:
    statement = _statement(_ask(1, "RTX 4090", 49140, 0.4), _ask(2, "RTX 4090", 24564, 0.3))
    assert statement.refused[0].key["sku"] != statement.rows[0]["sku"]


@pytest.mark.parametrize("card", [("RTX 3060 laptop", 6144), ("GTX 1080", 8192), ("Titan Xp", 12288)])
def test_cards_that_are_not_kept_are_ignored(card: tuple[str, int]) -> None:
    statement = _statement(_ask(1, *card, 0.05), _ask(2, "L4", 23034, 0.3))
    assert (len(statement.rows), statement.refused, statement.ignored) == (1, [], 1)


@pytest.mark.parametrize("number", [0, -1, 1.5, "two", None, 10**9])
def test_a_number_of_gpus_that_is_none_is_refused(number: Any) -> None:
    (refused,) = _statement(_ask(1, "L4", 23034, 0.3, number)).refused
    assert (refused.reason, refused.key["accelerator_id"]) == ("num_gpus", "nvidia-l4-24gb")


@pytest.mark.parametrize(("price", "reason"), [(0, "zero_price"), (None, "missing_price"), ("free", "missing_price")])
def test_an_ask_without_a_price_is_refused_and_hides_no_other(price: Any, reason: str) -> None:
    statement = _statement(_ask(1, "L4", 23034, 1), {**_ask(2, "L4", 23034, 1), "dph_total": price})
    assert [one.reason for one in statement.refused] == [reason]
    assert len(statement.rows) == 1


def test_a_recorded_file_holds_one_ask_a_line_and_says_when() -> None:
    seen = {"rental_type": "on-demand", "rented": False, "scraped_at": "2026-08-08T00:01:59+00:00"}
    lines = [{**_ask(1, "L4", 23034, 0.3), **seen}, {**_ask(1, "L4", 23034, 0.1), **seen, "rental_type": "bid"}]
    (statement,) = parse(payload("".join(json.dumps(line) + "\n" for line in lines)))
    assert statement.valid_at == datetime(2026, 8, 8, 0, 1, 59, tzinfo=UTC)
    assert [row["price_usd_per_hour"] for row in statement.rows] == [Decimal("0.3")]
    assert statement.complete


def _asked(url: str | None) -> dict[str, Any]:
    assert url is not None
    query: dict[str, Any] = json.loads(parse_qs(urlsplit(url).query)["q"][0])
    return query


def test_pages_follow_the_price_until_one_holds_a_single_price() -> None:
    assert SOURCE.live is not None
    (address,) = SOURCE.live.addresses
    assert address.next_page is not None
    assert _asked(address.url)["order"][0] == ["dph_total", "asc"]
    first = {"offers": [_ask(n, "L4", 23034, 0.1 + n / 1000) for n in range(PAGE)]}
    assert _asked(address.next_page(first))["dph_total"] == {"gte": 0.163}
    plateau = {"offers": [_ask(n, "L4", 23034, 0.2) for n in range(PAGE)]}
    assert _asked(address.next_page(plateau))["dph_total"] == {"gt": 0.2}
    last = {"offers": [_ask(1, "L4", 23034, 0.2)]}
    assert address.next_page(last) is None
    assert address.next_page({"offers": []}) is None
    assert address.next_page({"error": "busy"}) is None


def test_pages_are_one_list_and_an_ask_on_two_pages_is_one() -> None:
    cheap, dear = _ask(1, "L4", 23034, 0.3), _ask(2, "L40S", 46068, 0.6)
    odd = _ask(3, "RTX 4090", 49140, 0.6)
    pages = json.dumps([{"offers": [cheap, dear, odd]}, {"offers": [dear, odd]}])
    (statement,) = parse(payload(pages))
    assert [row["accelerator_id"] for row in statement.rows] == ["nvidia-l4-24gb", "nvidia-l40s-48gb"]
    assert (statement.complete, len(statement.refused), statement.ignored) == (True, 1, 2)


def test_pages_that_break_off_answer_only_for_what_they_hold() -> None:
    (statement,) = parse(payload(_answer(_ask(1, "L4", 23034, 0.3), _ask(2, "L40S", 46068, 0.6))))
    assert not statement.complete


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!doctype html><title>Just a moment...</title>", "an HTML page"),
        (_answer(_ask(1, "L4", 23034, 0.3))[:60], "not JSON"),
        ('{"scraped_at": "2026-08-08T00:01:59+00:00"}\n{"id": 46', "not JSON"),
        ('{"scraped_at": "2026-08-08T00:01:59+00:00"}', "ask 0 has no id"),
        (json.dumps({**_ask(1, "L4", 23034, 0.3), "scraped_at": "today"}), "expected ISO 8601"),
        ('{"success": false, "error": "auth_error"}', "no list of 'offers'"),
        ('{"offers": {}}', "no list of 'offers'"),
        ('[{"offers": []}, 3]', "no list of 'offers'"),
        ('{"offers": []}', "no ask at all"),
        ("[]", "no ask at all"),
        ('{"offers": [{"id": 1, "gpu_name": "L4", "price": 0.3}]}', "ask 0 has no gpu_ram, num_gpus, dph_total"),
    ],
)
def test_a_payload_that_is_no_list_of_asks_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(content=mutated([{"offers": [_ask(1, "L4", 23034, 0.3), _ask(2, "L40S", 46068, 0.6, 4)]}, {"offers": []}]))
def test_whatever_the_answer_holds_is_read_or_is_an_error_of_the_payload(content: str) -> None:
    with suppress(PayloadError):
        list(parse(payload(content)))


@pytest.mark.shared
def test_every_recorded_file_is_read_and_only_odd_cards_are_refused(recorded: Path) -> None:
    statements = [statement for file in payloads(recorded, SOURCE, inside=RAW) for statement in parse(file)]
    assert len(statements) == 17
    refused = [one for statement in statements for one in statement.refused]
    assert sum(len(s.rows) + len(s.refused) + s.ignored for s in statements) == 23_793
    assert sum(len(s.rows) for s in statements) == 2_977
    assert Counter(one.reason for one in refused) == {"unknown_accelerator": 267}
    assert {one.key["sku"] for one in refused} == {
        "CMP 170HX|65536",
        "H100 NVL|65247",
        "RTX 3080|20480",
        "RTX 4080|32760",
        "RTX 4080S|32760",
        "RTX 4090|49140",
    }


@pytest.mark.shared
def test_the_newest_file_says_what_a_data_centre_wants_for_eight_b200(recorded: Path) -> None:
    (file,) = payloads(recorded, SOURCE, "data__raw__vast__2026-08-08/*", inside=RAW)
    (statement,) = parse(file)
    prices = {
        (row["service_tier"], row["accelerator_count"]): row["price_usd_per_accelerator_hour"]
        for row in statement.rows
        if row["accelerator_id"] == "nvidia-b200-sxm-180gb"
    }
    assert prices[("secure", Decimal(8))] == Decimal("5.876302125")  # 47.010417 / 8
    assert prices[("community", Decimal(1))] == Decimal("5.002083")
