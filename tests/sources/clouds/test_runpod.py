import json
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.runpod import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated
from tests.sources.recorded_payloads import payload, payloads

RAW = "payloads/raw-payloads"


def _type(name: str, memory_gb: int = 80, secure: Any = 0, community: Any = 0, **more: Any) -> dict[str, Any]:
    terms = dict.fromkeys(("oneWeekPrice", "oneMonthPrice", "threeMonthPrice", "sixMonthPrice"), more.pop("term", None))
    lowest = {"minimumBidPrice": more.pop("bid", None), "uninterruptablePrice": None, "stockStatus": None}
    prices = {"securePrice": secure, "communityPrice": community, **terms, "clusterPrice": 0, "lowestPrice": lowest}
    return {"id": name, "displayName": name, "memoryInGb": memory_gb, **prices, **more}


H100 = _type("NVIDIA H100 80GB HBM3", secure=3.29, community=2.69, term=3.29, bid=2.69, clusterPrice=3.948)
H200_NVL = _type("NVIDIA H200 NVL", 143, secure=3.79, community=0.5, term=3.79)
ANSWER = {"data": {"gpuTypes": [H100, H200_NVL]}}


def _statement(*types: dict[str, Any]) -> Statement:
    (statement,) = parse(payload(json.dumps(types)))
    return statement


def _prices(statement: Statement) -> dict[tuple[object, object], object]:
    return {(row["purchase_model"], row["service_tier"]): row["price_usd_per_hour"] for row in statement.rows}


def test_the_answer_of_the_interface_and_the_recorded_list_in_it_say_the_same() -> None:
    (answer,) = parse(payload(json.dumps(ANSWER)))
    assert answer == _statement(H100, H200_NVL)
    assert answer.complete
    assert answer.scope == {"provider": "runpod"}


def test_a_gpu_has_a_secure_a_community_and_a_spot_price() -> None:
    statement = _statement(H100)
    assert _prices(statement) == {
        ("on_demand", "secure"): Decimal("3.29"),
        ("on_demand", "community"): Decimal("2.69"),
        ("spot", ""): Decimal("2.69"),
    }
    assert {row["accelerator_id"] for row in statement.rows} == {"nvidia-h100-sxm-80gb"}
    assert {(row["sku"], row["region"]) for row in statement.rows} == {("NVIDIA H100 80GB HBM3", "")}
    assert statement.ignored == 5  # four commitments and the cluster's price


def test_a_price_of_zero_is_no_offer_and_a_price_that_is_not_stated_neither() -> None:
    """``"A100 SXM 40GB","securePrice":0``: 1 dollar in the community, nothing in the secure cloud."""
    statement = _statement(
        _type("NVIDIA A100-SXM4-40GB", 40, secure=0, community=1), _type("NVIDIA L4", community=None)
    )
    assert _prices(statement) == {("on_demand", "community"): Decimal(1)}
    assert not statement.refused


def test_half_a_dollar_is_what_stands_where_no_price_was_set() -> None:
    """``"displayName":"MI300X","securePrice":2.39,"communityPrice":0.5`` and ``H200 NVL 3.79 / 0.5``."""
    statement = _statement(
        _type("AMD Instinct MI300X OAM", 192, secure=2.39, community=0.5, term=2.39),
        H200_NVL,
        _type("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", 96, secure=0.5, community=1.64),
        _type("NVIDIA RTX 2000 Ada Generation", 16, secure=0.24, community=0.5, bid=0.5, term=0.24),
    )
    assert [(row["accelerator_id"], row["service_tier"]) for row in statement.rows] == [
        ("amd-mi300x-192gb", "secure"),
        ("nvidia-h200-nvl-141gb", "secure"),
        ("nvidia-rtx-pro-6000-maxq-96gb", "community"),
        ("nvidia-rtx-2000-ada-16gb", "secure"),
    ]
    assert Counter(one.reason for one in statement.refused) == {"placeholder_price": 5}
    assert statement.refused[0].key["service_tier"] == "community"
    assert statement.refused[0].key["accelerator_id"] == "amd-mi300x-192gb"


def test_half_a_dollar_at_which_a_commitment_is_sold_too_was_set() -> None:
    (row,) = _statement(_type("NVIDIA GeForce RTX 3090", 24, secure=0.5, term=0.5)).rows
    assert row["price_usd_per_hour"] == Decimal("0.5")


def test_the_row_that_holds_a_place_is_ignored() -> None:
    """``{"id":"unknown","displayName":"unknown","memoryInGb":0,"securePrice":0}``."""
    statement = _statement(H100, _type("unknown", 0, secure=0.5))
    assert not statement.refused
    assert len(statement.rows) == 3


def test_a_slice_of_a_card_costs_as_much_as_its_share_of_a_whole_one() -> None:
    card = "NVIDIA RTX PRO 6000 Blackwell Server Edition"
    quarter, half = _statement(
        _type(f"{card} MIG 1g.24gb", 24, secure=0.49), _type(f"{card} MIG 2g.48gb", 48, secure=1)
    ).rows
    assert (quarter["accelerator_count"], half["accelerator_count"]) == (Decimal("0.25"), Decimal("0.5"))
    assert quarter["price_usd_per_accelerator_hour"] == Decimal("1.96")  # 0.49 * 4; the whole card is 2.09
    assert half["price_usd_per_accelerator_hour"] == 2


def test_a_type_that_nobody_has_settled_is_refused_and_its_neighbours_are_read() -> None:
    statement = _statement(H100, _type("NVIDIA Rubin", secure=12))
    assert [(one.reason, one.key["sku"]) for one in statement.refused] == [("unknown_accelerator", "NVIDIA Rubin")]
    assert len(statement.rows) == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html><body>Just a moment...</body></html>", "an HTML page"),
        (json.dumps(ANSWER)[:200], "not JSON"),
        ('{"errors": [{"message": "unauthorized"}], "data": null}', "no list of 'gpuTypes'"),
        ('{"data": {"gpuTypes": null}}', "no list of 'gpuTypes'"),
        ("[]", "no GPU type with a price"),
        ("[3]", r"gpuTypes\[0\] has no id"),
        ('[{"id": "NVIDIA L4", "memoryInGb": 24, "price": 0.39}]', "has no securePrice, communityPrice, lowestPrice"),
        (json.dumps([H100, H100]), "expected a name, once"),
        (json.dumps([{**H100, "id": None}]), "expected a name, once"),
        (json.dumps([_type("NVIDIA Rubin", secure=12)]), "no GPU type with a price"),
    ],
)
def test_a_payload_that_is_no_price_list_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(content=mutated(ANSWER))
def test_whatever_the_answer_holds_is_read_or_is_an_error_of_the_payload(content: str) -> None:
    with suppress(PayloadError):
        list(parse(payload(content)))


def test_the_question_is_json_and_asks_for_every_field_that_is_read() -> None:
    assert SOURCE.live is not None
    (address,) = SOURCE.live.addresses
    asked = json.loads(address.body)["query"]
    assert all(name in asked for name in H100)
    assert "minimumBidPrice" in asked


@pytest.mark.shared
def test_every_recorded_answer_is_read_and_each_refusal_is_explained(recorded: Path) -> None:
    july, august = (statement for file in payloads(recorded, SOURCE, inside=RAW) for statement in parse(file))
    assert (len(july.rows), len(august.rows)) == (99, 108)
    assert Counter(one.reason for one in july.refused) == {"placeholder_price": 10}
    assert Counter(one.reason for one in august.refused) == {"placeholder_price": 12, "unknown_accelerator": 3}
    assert {one.key["sku"] for one in august.refused if one.reason == "unknown_accelerator"} == {
        "NVIDIA RTX PRO 4500 Blackwell Server Edition"  # all three of its prices are 0.5
    }


@pytest.mark.shared
def test_prices_rose_in_the_secure_cloud_between_the_two_recorded_days(recorded: Path) -> None:
    secure = [
        {row["sku"]: row["price_usd_per_hour"] for row in statement.rows if row["service_tier"] == "secure"}
        for file in payloads(recorded, SOURCE, inside=RAW)
        for statement in parse(file)
    ]
    changed = {sku: (before, secure[1].get(sku)) for sku, before in secure[0].items() if secure[1].get(sku) != before}
    assert changed == {
        "NVIDIA A100-SXM4-80GB": (Decimal("1.49"), Decimal("1.59")),
        "NVIDIA B200": (Decimal("5.89"), Decimal("6.79")),
        "NVIDIA GeForce RTX 4090": (Decimal("0.69"), Decimal("0.74")),
        "NVIDIA H100 80GB HBM3": (Decimal("2.99"), Decimal("3.29")),
        "NVIDIA H200": (Decimal("4.39"), Decimal("4.59")),
        "NVIDIA L4": (Decimal("0.39"), Decimal("0.49")),
        "NVIDIA RTX PRO 4500 Blackwell": (Decimal("0.74"), Decimal("0.72")),
        "NVIDIA RTX PRO 6000 Blackwell Server Edition": (Decimal("1.99"), Decimal("2.09")),
    }
