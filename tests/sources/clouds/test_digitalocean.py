import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.digitalocean import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated
from tests.sources.recorded_payloads import payload

NEXT = "https://api.digitalocean.com/v2/sizes?page=2&per_page=200"


def _size(slug: str, price_hourly: Any, *regions: str, **more: Any) -> dict[str, Any]:
    size = {"slug": slug, "memory": 245760, "vcpus": 20, "disk": 720, "price_hourly": price_hourly}
    vram = {"amount": 80, "unit": "gib"}
    return {**size, "regions": list(regions), "available": True, "gpu_info": {"count": 1, "vram": vram}, **more}


# Written by hand from DigitalOcean's public description of its interface; nobody recorded an answer.
PLAIN = _size("s-1vcpu-1gb", 0.00892857142857143, "ams3", "nyc1", gpu_info=None)
PAGE: dict[str, Any] = {
    "sizes": [
        PLAIN,
        _size("gpu-h100x1-80gb", 3.39, "nyc2", "tor1"),
        _size("gpu-mi300x8-1536gb", 15.92, "atl1"),
        _size("gpu-b300x1-288gb-spot", 4.5, "ric1"),
    ],
    "links": {},
    "meta": {"total": 4},
}


def _statement(content: Any) -> Statement:
    (statement,) = parse(payload(json.dumps(content)))
    return statement


def test_a_page_written_by_hand_from_public_documentation_is_read() -> None:
    statement = _statement(PAGE)
    assert [
        (row["sku"], row["region"], row["purchase_model"], row["price_usd_per_hour"]) for row in statement.rows
    ] == [
        ("gpu-h100x1-80gb", "nyc2", "on_demand", Decimal("3.39")),
        ("gpu-h100x1-80gb", "tor1", "on_demand", Decimal("3.39")),
        ("gpu-mi300x8-1536gb", "atl1", "on_demand", Decimal("15.92")),
        ("gpu-b300x1-288gb-spot", "ric1", "spot", Decimal("4.5")),
    ]
    eight = statement.rows[2]
    assert (eight["accelerator_id"], eight["accelerator_count"]) == ("amd-mi300x-192gb", 8)
    assert eight["price_usd_per_accelerator_hour"] == Decimal("1.99")  # 15.92 / 8
    assert (eight["vcpu_count"], eight["host_memory_gib"]) == (20, 240)  # 245760 MiB / 1024
    assert (statement.complete, statement.refused, statement.ignored) == (True, [], 1)


def test_a_size_that_can_be_made_nowhere_is_not_offered() -> None:
    statement = _statement({"sizes": [*PAGE["sizes"], _size("gpu-l40sx1-48gb", 1.57)]})
    assert "gpu-l40sx1-48gb" not in {row["sku"] for row in statement.rows}
    assert (statement.refused, statement.ignored) == ([], 2)


def test_a_price_of_an_unstated_commitment_is_refused() -> None:
    statement = _statement({"sizes": [*PAGE["sizes"], _size("gpu-h100x8-640gb-contracted", 15.12, "tor1")]})
    assert [(one.reason, one.key["sku"]) for one in statement.refused] == [
        ("purchase_model", "gpu-h100x8-640gb-contracted")
    ]


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (_size("gpu-rubinx1-288gb", 9, "tor1"), "unknown_accelerator"),
        (_size("gpu-l40sx1-48gb", 0, "tor1"), "zero_price"),
        (_size("gpu-l40sx1-48gb", None, "tor1"), "missing_price"),
    ],
)
def test_a_size_that_cannot_be_used_is_refused_and_its_neighbours_are_read(size: dict[str, Any], reason: str) -> None:
    statement = _statement({"sizes": [*PAGE["sizes"], size]})
    assert [one.reason for one in statement.refused] == [reason]
    assert len(statement.rows) == 4


def test_pages_are_followed_and_are_one_list() -> None:
    assert SOURCE.live is not None
    (address,) = SOURCE.live.addresses
    assert address.next_page is not None
    first = {**PAGE, "links": {"pages": {"next": NEXT}}}
    assert address.next_page(first) == NEXT
    assert address.next_page(PAGE) is None
    second = {"sizes": [_size("gpu-l40sx1-48gb", 1.57, "tor1"), PAGE["sizes"][1]], "links": {}}
    statement = _statement([first, second])
    assert (len(statement.rows), statement.complete) == (5, True)


def test_a_page_that_names_another_host_is_not_followed() -> None:
    assert SOURCE.live is not None
    follow = SOURCE.live.addresses[0].next_page
    assert follow is not None
    assert follow({"links": {"pages": {"next": "https://example.org/v2/sizes?page=2"}}}) is None


def test_pages_that_break_off_answer_only_for_what_they_hold() -> None:
    assert not _statement({**PAGE, "links": {"pages": {"next": NEXT}}}).complete


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html></html>", "an HTML page"),
        (json.dumps(PAGE)[:100], "not JSON"),
        ('{"id": "Unauthorized", "message": "Unable to authenticate you"}', "no list of 'sizes'"),
        ("[]", "no list of 'sizes'"),
        ('{"sizes": []}', "no size with a GPU"),
        (json.dumps({"sizes": [PLAIN]}), "no size with a GPU"),
        ('{"sizes": [{"slug": "gpu-l40sx1-48gb", "price": 1.57}]}', r"sizes\[0\] has no price_hourly, regions"),
    ],
)
def test_a_payload_that_is_no_list_of_sizes_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(content=mutated(PAGE))
def test_whatever_the_answer_holds_is_read_or_is_an_error_of_the_payload(content: str) -> None:
    with suppress(PayloadError):
        list(parse(payload(content)))
