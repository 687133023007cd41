from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sources.clouds.karpenter_azure import SOURCE, parse
from sources.source import PayloadError
from tests.sources.recorded_payloads import payload, payloads

GO = """package pricing

import "time"

// generated at 2023-12-18T14:34:50Z

var initialPriceUpdate, _ = time.Parse(time.RFC3339, "2023-12-18T14:34:50Z")
var initialOnDemandPrices = map[string]map[string]float64{}

func init() {
\t// eastus
\tinitialOnDemandPrices["eastus"] = map[string]float64{
\t\t"Ddsv4_Type 1":             4.998000,
\t\t"NVasv4_Type1":             7.176000,
\t\t"Standard_NC40ads_H100_v5": 6.980000,
\t\t"Standard_NP10s":           1.650000,
\t\t"Standard_NV6ads_A10_v5":   0.454000,
\t}

\t// westus
\tinitialOnDemandPrices["westus"] = map[string]float64{
\t\t"Standard_NC6":   0.000000,
\t\t"Standard_A10":   0.780000,
\t\t"Standard_E8s_v6": 0.000000,
\t}
}
"""


def test_a_generated_map_makes_one_complete_statement_per_region() -> None:
    east, west = parse(payload(GO))
    assert east.scope == {"provider": "azure", "region": "eastus"}
    assert east.valid_at == datetime(2023, 12, 18, 14, 34, 50, tzinfo=UTC)
    prices = {row["sku"]: (row["accelerator_id"], row["price_usd_per_accelerator_hour"]) for row in east.rows}
    assert prices == {
        "Standard_NC40ads_H100_v5": ("nvidia-h100-nvl-94gb", Decimal("6.98")),
        "Standard_NV6ads_A10_v5": ("nvidia-a10-24gb", Decimal("2.724")),  # 0.454 * 6
    }
    assert east.ignored == 3  # a plain host, a host for GPU machines, an FPGA
    assert west.rows == []
    assert west.ignored == 2  # Standard_A10 is a machine of the A series, no GPU


def test_a_price_of_zero_is_refused_and_keeps_its_key() -> None:
    _, west = parse(payload(GO))
    assert [(r.reason, r.key["sku"], r.key["region"]) for r in west.refused] == [
        ("zero_price", "Standard_NC6", "westus")
    ]


def test_a_map_that_stops_in_the_middle_is_an_error() -> None:
    with pytest.raises(PayloadError, match="truncated"):
        list(parse(payload(GO[:500])))


@pytest.mark.shared
def test_the_date_is_the_one_inside_the_file_and_not_the_commit(recorded: Path) -> None:
    (committed_in_july,) = payloads(recorded, SOURCE, "main/2026-07-16_2b431da1.csv")
    statements = {s.scope["region"]: s for s in parse(committed_in_july)}
    assert statements["eastus"].valid_at == datetime(2026, 6, 18, 3, 43, 41, tzinfo=UTC)
    prices = {row["sku"]: row["price_usd_per_hour"] for row in statements["eastus"].rows}
    assert prices["Standard_ND96isr_H100_v5"] == Decimal("98.32")
    assert prices["Standard_NV4as_v4"] == Decimal("0.233")


@pytest.mark.shared
def test_recorded_files_are_read_and_only_four_undocumented_sizes_are_refused(recorded: Path) -> None:
    oldest_and_newest = [
        *payloads(recorded, SOURCE, "main/2023-11-06_6*"),
        *payloads(recorded, SOURCE, "main/2026-07*"),
    ]
    statements = [statement for file in oldest_and_newest for statement in parse(file)]
    refused = [one for s in statements for one in s.refused]
    assert len(statements) == 48 + 57
    assert Counter(one.reason for one in refused) == {"unknown_accelerator": len(refused)}
    assert {one.key["sku"] for one in refused} == {
        "NC8dsxlRTX6Kv6",
        "NC16dsxlRTX6Kv6",
        "Standard_NC8lds_xl_RTXPRO6000BSE_v6",
        "Standard_ND40s_v2",
    }
