import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.azure_pricing_radar import SOURCE, parse
from sources.clouds.karpenter_azure import SOURCE as KARPENTER
from sources.clouds.karpenter_azure import parse as parse_karpenter
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated, refusal
from tests.sources.recorded_payloads import payload, payloads


def _item(product: str, sku: str, price: float, **more: Any) -> dict[str, Any]:
    item = {
        "armRegionName": "swedencentral",
        "meterName": sku,
        "productName": product,
        "retailPrice": price,
        "skuName": sku,
        "unitOfMeasure": "1 Hour",
        "unitPrice": price,
    }
    return {**item, **more}


# As they stand in the file of 2026-08-20 for Sweden Central, keys shortened.
SWEDEN = {
    "A/1|m1|Consumption|": _item("Virtual Machines NCadsH100v5 Series", "NC40adsH100v5", 9.074, savingsPlanPrice=7.548),
    "A/2|m2|Consumption|": _item("Virtual Machines NCadsH100v5 Series", "NC40adsH100v5 Spot", 2.675923),
    "A/3|m3|Consumption|": _item("Virtual Machines NCadsH100v5 Series", "NC40adsH100v5 Low Priority", 1.815),
    "A/4|m4|Consumption|": _item("Virtual Machines NDSv2 Series", "NDmr40s v2", 12.24),
    "A/5|m5|Consumption|": _item("Virtual Machines MdSv2 Series Windows", "M192ids_v2 Low Priority", 11.61),
    "A/6|m6|Consumption|": _item("Virtual Machines NC Promo Series", "NC6", 0.515),
}


def _only(content: dict[str, Any]) -> Statement:
    (only,) = parse(payload(json.dumps(content)))
    return only


def test_a_meter_is_the_machine_that_it_prices() -> None:
    only = _only(SWEDEN)
    assert {(row["sku"], row["purchase_model"]): row["price_usd_per_hour"] for row in only.rows} == {
        ("Standard_NC40ads_H100_v5", "on_demand"): Decimal("9.074"),
        ("Standard_NC40ads_H100_v5", "spot"): Decimal("2.675923"),
        ("Standard_NC6_Promo", "on_demand"): Decimal("0.515"),
    }
    assert [(one.reason, one.key["sku"]) for one in only.refused] == [("unknown_accelerator", "NDmr40s v2")]
    assert only.ignored == 2  # Low Priority, a machine without a GPU
    assert only.scope == {"provider": "azure", "region": "swedencentral"}


def test_a_file_covers_only_what_it_names_for_its_fetch_loses_items() -> None:
    assert not _only(SWEDEN).complete


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html></html>", "an HTML page"),
        ('{"A/1|m1|Consumption|": {', "not JSON"),
        ("{}", "no items"),
        ("[]", "no items"),
        ('{"A/1|m1|Consumption|": {"skuName": "NC6"}}', "has no armRegionName"),
        (json.dumps({"A/1": SWEDEN["A/1|m1|Consumption|"]}), "has no skuId"),
    ],
)
def test_a_file_of_another_shape_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        list(parse(payload(content)))


@given(mutated(SWEDEN))
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(content: str) -> None:
    assert "\n" not in refusal(lambda: parse(payload(content)))


@pytest.mark.shared
def test_every_recorded_file_is_read_and_only_two_undocumented_meters_are_refused(recorded: Path) -> None:
    statements = [statement for file in payloads(recorded, SOURCE) for statement in parse(file)]
    assert len(statements) == 18
    assert sum(len(s.rows) for s in statements) == 1871
    refused = Counter((one.reason, one.key["sku"]) for s in statements for one in s.refused)
    assert refused == {("unknown_accelerator", "NDmr40s v2"): 30, ("unknown_accelerator", "ND96asrA100v4_NU"): 14}


@pytest.mark.shared
def test_prices_on_demand_agree_with_karpenters_copy_of_the_same_summer_but_for_its_slips(recorded: Path) -> None:
    (june,) = payloads(recorded, KARPENTER, "main/2026-07-16*")
    karpenter = {
        (row["region"], row["sku"]): row["price_usd_per_hour"] for s in parse_karpenter(june) for row in s.rows
    }
    newest = [
        *payloads(recorded, SOURCE, "data__latest__vm-*/2026-08-20_6d33a657.json"),
        *payloads(recorded, SOURCE, "data__latest__vm-francecentral/*"),
    ]
    rows = [row for file in newest for s in parse(file) for row in s.rows if row["purchase_model"] == "on_demand"]
    differ = {
        (row["region"], row["sku"]): (row["price_usd_per_hour"], karpenter[row["region"], row["sku"]])
        for row in rows
        if karpenter.get((row["region"], row["sku"])) != row["price_usd_per_hour"]
    }
    assert len(rows) == 208
    assert differ == {
        # Karpenter tells Windows by its full name, and this product is called "NCCadsv5 Srs Win": it has that price.
        ("westeurope", "Standard_NCC40ads_H100_v5"): (Decimal("8.9"), Decimal("10.74")),
        # Raised between the two: in June still the price of NC144lds, the size with half the memory.
        ("westeurope", "Standard_NC144ds_xl_RTXPRO6000BSE_v6"): (Decimal("9.129"), Decimal("7.87")),
        ("northeurope", "Standard_NC144ds_xl_RTXPRO6000BSE_v6"): (Decimal("9.129"), Decimal("7.87")),
        ("swedencentral", "Standard_NC144ds_xl_RTXPRO6000BSE_v6"): (Decimal("8.294"), Decimal("7.15")),
    }
