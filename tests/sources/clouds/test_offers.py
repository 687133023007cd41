from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from sources.clouds.offers import Quote, per_accelerator, read_quote
from sources.source import Refused

QUOTE = Quote(
    source="karpenter-azure",
    spelling="Standard_NV6ads_A10_v5",
    provider="azure",
    sku="Standard_NV6ads_A10_v5",
    region="eastus",
    purchase_model="on_demand",
    price="0.454000",
    locator="eastus/Standard_NV6ads_A10_v5",
    row_text="as printed",
)


def test_the_price_of_a_sixth_of_a_card_is_that_of_the_whole_one_over_six() -> None:
    row = read_quote(QUOTE)
    assert isinstance(row, dict)
    assert row["price_usd_per_hour"] == Decimal("0.454")
    assert row["price_usd_per_accelerator_hour"] == Decimal("2.724")  # 0.454 * 6; 0.454 / 0.1667 would be 2.7235
    assert row["accelerator_count"] == Decimal("0.1667")


def test_a_price_per_accelerator_ends_at_the_finest_step_of_money() -> None:
    assert per_accelerator(Decimal("6.49063"), Fraction(6)) == Decimal("1.081771666667")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price": "0.000000"}, "zero_price"),
        ({"price": "-1"}, "zero_price"),
        ({"price": ""}, "missing_price"),
        ({"price": "n/a"}, "missing_price"),
        ({"price": "NaN"}, "missing_price"),
        ({"price": "Infinity"}, "missing_price"),
        ({"currency": "CNY"}, "currency"),
        ({"spelling": "Standard_ND40s_v2"}, "unknown_accelerator"),
        ({"spelling": "Standard_NV6ads_A11_v5"}, "unknown_accelerator"),
    ],
)
def test_a_price_that_cannot_be_used_is_refused_with_the_key_it_speaks_of(change: dict[str, str], reason: str) -> None:
    refused = read_quote(replace(QUOTE, **change))  # type: ignore[arg-type]
    assert isinstance(refused, Refused)
    assert refused.reason == reason
    assert refused.key["region"] == "eastus"
    assert refused.key["sku"] == "Standard_NV6ads_A10_v5"


def test_a_machine_that_carries_no_accelerator_is_no_row_and_no_refusal() -> None:
    assert read_quote(replace(QUOTE, spelling="Standard_NP10s")) is None
