from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sources.clouds.karpenter_aws import SOURCE, parse
from sources.source import PayloadError, Row, Statement
from tests.sources.recorded_payloads import payload, payloads

GO_2022 = """package aws

import "time"

// generated at 2022-08-23T18:47:18Z for us-east-1

var initialPriceUpdate, _ = time.Parse(time.RFC3339, "2022-08-23T18:47:18Z")
var initialOnDemandPrices = map[string]float64{
\t// f1 family
\t"f1.2xlarge": 1.650000,
\t// m5 family
\t"m5.large": 0.096000, "m5.xlarge": 0.192000,
\t// p4d family
\t"p4d.24xlarge": 32.772600,
}
"""

GO_2026 = """package pricing

// generated at 2023-09-18T13:06:44Z for us-east-1

var InitialOnDemandPricesUSGov = map[string]map[string]float64{
\t"us-gov-west-1": {
\t\t// inf2 family
\t\t"inf2.24xlarge": 8.178000, "p3.2xlarge": 3.672000,
\t},
\t"cn-north-1": {
\t\t// p3 family
\t\t"p3.2xlarge": 36.078000,
\t},
}
"""

CSV = """generated_at,region,instance_type,price_per_hour,currency
22,us-east-1,g5.xlarge,1.006000,USD
22,us-east-1,p9.48xlarge,123.000000,USD
22,us-east-1,m5.large,0.096000,USD
"""


def _row(statements: list[Statement], sku: str, region: str = "us-east-1") -> Row:
    return next(row for s in statements if s.scope["region"] == region for row in s.rows if row["sku"] == sku)


def test_the_generated_map_of_2022_has_one_region_named_in_its_header() -> None:
    (only,) = parse(payload(GO_2022))
    assert only.scope == {"provider": "aws", "region": "us-east-1"}
    assert only.valid_at == datetime(2022, 8, 23, 18, 47, 18, tzinfo=UTC)
    assert only.complete
    assert [row["sku"] for row in only.rows] == ["p4d.24xlarge"]
    assert only.rows[0]["price_usd_per_hour"] == Decimal("32.7726")
    assert only.rows[0]["price_usd_per_accelerator_hour"] == Decimal("4.096575")  # 32.7726 / 8
    assert only.ignored == 3  # two plain machines and an FPGA


def test_each_partition_of_a_file_is_a_scope_of_its_own_whatever_the_header_says() -> None:
    statements = list(parse(payload(GO_2026)))
    assert [s.scope["region"] for s in statements] == ["us-gov-west-1", "cn-north-1"]
    assert _row(statements, "p3.2xlarge", "us-gov-west-1")["price_usd_per_hour"] == Decimal("3.672")
    assert _row(statements, "inf2.24xlarge", "us-gov-west-1")["price_usd_per_accelerator_hour"] == Decimal("1.363")


def test_a_price_in_yuan_is_refused_because_no_dated_rate_is_known() -> None:
    china = next(s for s in parse(payload(GO_2026)) if s.scope["region"] == "cn-north-1")
    assert china.rows == []
    assert [(r.reason, r.key["sku"]) for r in china.refused] == [("currency", "p3.2xlarge")]


def test_a_stub_of_a_date_leaves_the_commit_to_say_when_and_a_new_family_is_refused_not_dropped() -> None:
    (only,) = parse(payload(CSV))
    assert only.valid_at is None
    assert [row["accelerator_id"] for row in only.rows] == ["nvidia-a10g-24gb"]
    assert [(r.reason, r.key["sku"]) for r in only.refused] == [("unknown_accelerator", "p9.48xlarge")]
    assert only.ignored == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        ("a,b\n1,2\n", "no column generated_at"),
        ("generated_at,region,instance_type,price_per_hour,currency\n", "no row"),
        (CSV + "22,us-east-1,p5.48x", "not as many fields"),
        (GO_2026[:-5], "truncated"),
        ("// generated at 2022-08-23T18:47:18Z for us-east-1\nvar x = map[string]float64{}", "0 prices"),
        (CSV.replace("22,us-east-1", "yesterday,us-east-1"), "expected ISO 8601"),
        (b"\x1f\x8b\xff\xfe", "not UTF-8"),
    ],
)
def test_a_payload_that_is_no_price_list_is_one_line_of_error(content: str | bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "sku", "usd_per_hour"),
    [
        ("main/2025-04-28_f049584b.csv", "p5.48xlarge", "98.32"),
        ("main/2025-06-23_a5a19178.csv", "p5.48xlarge", "55.04"),
        ("main/2025-04-28_f049584b.csv", "p4d.24xlarge", "32.7726"),
        ("main/2025-06-23_a5a19178.csv", "p4d.24xlarge", "21.957642"),
    ],
)
def test_the_cut_of_june_2025_is_in_the_list(recorded: Path, file: str, sku: str, usd_per_hour: str) -> None:
    (one,) = payloads(recorded, SOURCE, file)
    assert _row(list(parse(one)), sku)["price_usd_per_hour"] == Decimal(usd_per_hour)


@pytest.mark.shared
def test_the_date_is_the_one_inside_the_file_and_not_the_commit(recorded: Path) -> None:
    (committed_in_october,) = payloads(recorded, SOURCE, "main/2023-10-09_60e65e6e.csv")
    (only,) = parse(committed_in_october)
    assert only.valid_at == datetime(2023, 9, 18, 13, 6, 44, tzinfo=UTC)


@pytest.mark.shared
def test_two_files_of_one_date_inside_are_two_statements_of_that_date(recorded: Path) -> None:
    files = [*payloads(recorded, SOURCE, "main/2025-09-01*"), *payloads(recorded, SOURCE, "main/2025-10-17*")]
    first, second = (next(iter(parse(file))) for file in files)
    assert first.valid_at == second.valid_at == datetime(2025, 9, 1, 13, 21, 52, tzinfo=UTC)
    assert second.ignored - first.ignored == 20  # the same prices of accelerators, twenty more plain machines


@pytest.mark.shared
def test_every_recorded_file_is_read_and_only_yuan_is_refused(recorded: Path) -> None:
    statements = [statement for file in payloads(recorded, SOURCE) for statement in parse(file)]
    assert len(statements) == 156
    assert sum(len(s.rows) for s in statements) == 5899
    assert Counter(r.reason for s in statements for r in s.refused) == {"currency": 448}
    assert {s.scope["region"] for s in statements if s.refused} == {"cn-north-1"}
