import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.azure_retail import SOURCE, URL, next_page, parse
from sources.source import PayloadError, Row, Statement
from tests.sources.mutations import mutated, refusal
from tests.sources.recorded_payloads import RECORDED_AT, payload

LINUX, WINDOWS = "Virtual Machines NDsr H100 v5 Series", "Virtual Machines NDsr H100 v5 Series Windows"


def _item(price: float | str, meter: str = "ND96isrH100v5", **more: Any) -> dict[str, Any]:
    item = {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": price,
        "unitPrice": price,
        "armRegionName": "eastus",
        "location": "US East",
        "effectiveStartDate": "2023-08-01T00:00:00Z",
        "meterId": f"{meter} {more}",
        "meterName": meter,
        "productName": LINUX,
        "skuName": meter,
        "serviceName": "Virtual Machines",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": "Standard_ND96isr_H100_v5",
    }
    return {**item, **more}


def _reservation(price: float, term: str, **more: Any) -> dict[str, Any]:
    return _item(price, type="Reservation", reservationTerm=term, **more)


def _page(*items: dict[str, Any], then: str | None = None) -> dict[str, Any]:
    return {"BillingCurrency": "USD", "Items": list(items), "NextPageLink": then, "Count": len(items)}


def _statements(*pages: dict[str, Any]) -> list[Statement]:
    return list(parse(payload(json.dumps(pages[0] if len(pages) == 1 else pages))))


def _prices(rows: Iterable[Row]) -> dict[object, object]:
    return {row["purchase_model"]: row["price_usd_per_hour"] for row in rows}


ON_DEMAND = _item(98.32)
SAVINGS = [
    {"unitPrice": 81.77, "retailPrice": 81.77, "term": "1 Year"},
    {"unitPrice": 59.0, "retailPrice": 59.0, "term": "3 Years"},
]
EVERYTHING = _page(
    {**ON_DEMAND, "savingsPlan": SAVINGS},
    _item(18.18, "ND96isrH100v5 Spot"),
    _item(19.664, "ND96isrH100v5 Low Priority"),
    _item(102.736, productName=WINDOWS),
    _item(55.0, type="DevTestConsumption"),
    _reservation(551221.0, "1 Year"),
    _reservation(1134310.0, "3 Years"),
)


def test_a_machine_is_priced_on_demand_spot_reserved_and_by_savings_plan_and_the_rest_is_ignored() -> None:
    (only,) = _statements(EVERYTHING)
    assert only.scope == {"provider": "azure", "region": "eastus"}
    assert only.complete
    assert only.valid_at is None
    assert _prices(only.rows) == {
        "on_demand": Decimal("98.32"),
        "spot": Decimal("18.18"),
        "reserved_1y": Decimal("62.924771689498"),  # 551221 / 8760
        "reserved_3y": Decimal("43.162480974125"),  # 1134310 / 26280
        "savings_plan_1y": Decimal("81.77"),
        "savings_plan_3y": Decimal("59.0"),
    }
    assert (only.refused, only.ignored) == ([], 3)  # Windows, Low Priority, DevTest
    assert {row["accelerator_id"] for row in only.rows} == {"nvidia-h100-sxm-80gb"}


def test_a_reservation_keeps_the_total_that_was_printed() -> None:
    (only,) = _statements(EVERYTHING)
    (year,) = [row for row in only.rows if row["purchase_model"] == "reserved_1y"]
    assert year["price_raw"] == "551221.0 (total of a term of 8760 h)"
    assert year["price_usd_per_accelerator_hour"] == Decimal("7.865596461187")  # 551221 / 8760 / 8


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        (62.92, "whole_term_total"),  # an hour's price already: / 8760 it would be 0.007
        (4828897.0, "commitment_above_on_demand"),  # 551.24 an hour
        (861283.2, "placeholder_price"),  # 98.32 * 8760
    ],
)
def test_a_reservation_that_cannot_be_the_total_of_its_term_is_refused(price: float, reason: str) -> None:
    (only,) = _statements(_page(ON_DEMAND, _reservation(price, "1 Year")))
    assert [(one.reason, one.key["purchase_model"]) for one in only.refused] == [(reason, "reserved_1y")]
    assert _prices(only.rows) == {"on_demand": Decimal("98.32")}


def test_an_unknown_term_unit_or_currency_is_refused() -> None:
    (only,) = _statements(
        _page(
            _reservation(2000000.0, "5 Years"),
            _item(2360.0, "ND96isrH100v5 Spot", unitOfMeasure="1 Day"),
            _item(91.0, currencyCode="EUR"),
        )
    )
    assert [one.reason for one in only.refused] == ["purchase_model", "unit", "currency"]
    assert only.rows == []


def test_a_windows_price_is_left_out_also_where_the_product_says_win() -> None:
    confidential = {"armSkuName": "Standard_NCC40ads_H100_v5", "armRegionName": "westeurope"}
    (only,) = _statements(
        _page(
            _item(8.9, "NCC40adsH100v5", productName="Virtual Machines NCCadsv5 Srs", **confidential),
            _item(10.74, "NCC40adsH100v5", productName="Virtual Machines NCCadsv5 Srs Win", **confidential),
        )
    )
    assert _prices(only.rows) == {"on_demand": Decimal("8.9")}


def test_pages_are_one_answer_and_an_unfinished_one_covers_only_what_it_names() -> None:
    spot = _item(18.18, "ND96isrH100v5 Spot")
    (whole,) = _statements(_page(ON_DEMAND, then="https://prices.azure.com:443/next"), _page(spot))
    assert (len(whole.rows), whole.complete) == (2, True)
    assert whole.rows[1]["locator"] == "[1].Items[0]"
    (cut,) = _statements(_page(ON_DEMAND, then="https://prices.azure.com:443/next"))
    assert (len(cut.rows), cut.complete) == (1, False)


def test_an_item_that_stands_twice_shows_that_others_slipped_between_the_pages() -> None:
    (only,) = _statements(_page(ON_DEMAND, then="https://prices.azure.com:443/next"), _page(ON_DEMAND))
    assert (len(only.rows), only.complete) == (1, False)


def test_the_next_page_is_where_the_answer_says() -> None:
    assert next_page(_page(then="https://prices.azure.com:443/api/retail/prices?$skip=1000"))
    assert next_page(_page()) is None
    assert next_page([]) is None
    assert URL.startswith("https://prices.azure.com/api/retail/prices?")
    assert SOURCE.live is not None


def test_two_prices_of_one_machine_are_both_refused_unless_invoices_use_one_of_them() -> None:
    other = {"retailPrice": 90.0, "meterId": "other"}
    (only,) = _statements(_page(ON_DEMAND, {**ON_DEMAND, **other}))
    assert [one.reason for one in only.refused] == ["duplicate_key", "duplicate_key"]
    assert only.rows == []
    (only,) = _statements(_page(ON_DEMAND, {**ON_DEMAND, **other, "isPrimaryMeterRegion": False}))
    assert _prices(only.rows) == {"on_demand": Decimal("98.32")}


def test_an_announced_price_holds_from_its_day_and_one_that_ended_is_left() -> None:
    announced = _item(80.0, effectiveStartDate="2026-10-01T00:00:00Z")
    ended = _item(110.0, effectiveEndDate=RECORDED_AT.isoformat())
    now, later = _statements(_page(ON_DEMAND, announced, ended))
    assert (_prices(now.rows), now.valid_at, now.complete) == ({"on_demand": Decimal("98.32")}, None, True)
    assert _prices(later.rows) == {"on_demand": Decimal("80.0")}
    assert (later.valid_at, later.complete) == (datetime(2026, 10, 1, tzinfo=UTC), False)


def test_an_unknown_size_is_refused_and_a_host_or_an_fpga_ignored() -> None:
    (only,) = _statements(
        _page(
            _item(1.0, "ND999", armSkuName="Standard_ND999_R100_v9"),
            _item(1.65, "NP10s", armSkuName="Standard_NP10s"),
            _item(7.176, "NVasv4 Type1", armSkuName="NVasv4_Type1"),
            _item(4.998, "Ddsv4 Type1", armSkuName="Ddsv4_Type 1"),
        )
    )
    assert [(one.reason, one.key["sku"]) for one in only.refused] == [("unknown_accelerator", "Standard_ND999_R100_v9")]
    assert (only.rows, only.ignored) == ([], 3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        ('{"Items": [{"armSku', "not JSON"),
        ("{}", "no list 'Items'"),
        ("[]", "no item at all"),
        (json.dumps(_page()), "no item at all"),
        (json.dumps(_page({"armSkuName": "Standard_NC6"})), "has no armRegionName, productName"),
        (json.dumps(_page(_item(1, savingsPlan=[{"term": "1 Year"}]))), "savings plan without"),
        (json.dumps(_page(_item(1, effectiveStartDate="soon"))), "expected ISO 8601"),
    ],
)
def test_an_answer_of_another_shape_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(mutated([EVERYTHING]))
def test_whatever_is_changed_in_an_answer_it_is_read_or_refused(content: str) -> None:
    assert "\n" not in refusal(lambda: parse(payload(content)))
