from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from sources.clouds.huggingface_endpoints import SOURCE, parse
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced
from tests.sources.recorded_payloads import documents, payload

PAGE = """# Pricing
## CPU Instances
| Provider | Instance Type | Instance Size | Hourly rate | vCPUs | Memory | Architecture |
| -------- | ------------- | ------------- | ----------- | ----- | ------ | ------------ |
| aws | intel-spr | x1 | $0.033 | 1 | 2 GB | Intel Sapphire Rapids |
| *aws* | *intel-icl* | *x1* | *$0.032* | *1* | *2 GB* | *Intel Ice Lake - Deprecated from July 2025*|

## GPU Instances
| Provider | Instance Type | Instance Size | Hourly rate | GPUs | Memory | Architecture |
| -------- | ------------- | ------------- |------------ | ---- | ------ | ------------ |
| aws | nvidia-t4   | x1 | $0.5  | 1 | 14 GB  | NVIDIA T4   |
| aws | nvidia-a100 | x4 | $10   | 4 | 320 GB | NVIDIA A100 |
| gcp | nvidia-a100 | x4 | $14.4 | 4 | 320 GB | NVIDIA A100 |
| aws | nvidia-h100 | x8 | $36   | 8 | 640 GB | *NVIDIA H100 - Deprecated from December 2025* |
| aws | nvidia-b200 | x8 | $74   | 8 | 2048 GB| *NVIDIA B200 - To be deprecated December 2025*|

## INF2 Instances
| Provider | Instance Type | Instance Size | Hourly rate | Accelerators | Accelerator Memory | RAM | Architecture |
| -------- | ------------- | ------------- |------------ | ------------ | ------------------ | --- | ------------ |
| aws | inf2 | x12 | $12 | 12 | 384 GB | 760 GB | AWS Inferentia2 |
"""
OLD = """| Provider | Instance Size | hourly-rate | GPUs | Memory | Architecture |
| -------- | ------------- | ----------- | ---- | ------ | ------------ |
| aws      | medium        | $1.30       | 1    | 24GB   | NVIDIA A10G  |
"""
RENAMED = """| Provider | Instance Type | Instance Size | Hourly rate | GPUs | Memory | Architecture |
| -------- | ------------- | ------------- |------------ | ---- | ------ | ------------ |
| aws      | nvidia-a10g   | x1            | $1          | 1    | 24 GB  | NVIDIA A10G  |
"""


def read(content: str, at: datetime = datetime(2026, 6, 23, tzinfo=UTC)) -> Statement:
    (said,) = parse(replace(payload(content, "pricing.md"), recorded_at=at))
    return said


def test_an_endpoint_on_somebody_s_machine_is_sold_by_hugging_face() -> None:
    said = read(PAGE)
    assert said.scope == {"provider": "huggingface"}
    assert said.complete
    assert {row["provider"] for row in said.rows} == {"huggingface"}
    by_sku = {row["sku"]: row for row in said.rows}
    assert by_sku["endpoints/aws/nvidia-a100/x4"]["price_usd_per_hour"] == Decimal(10)
    assert by_sku["endpoints/gcp/nvidia-a100/x4"]["price_usd_per_hour"] == Decimal("14.4")
    assert by_sku["endpoints/gcp/nvidia-a100/x4"]["price_usd_per_accelerator_hour"] == Decimal("3.6")  # 14.4 / 4
    assert by_sku["endpoints/aws/nvidia-a100/x4"]["accelerator_id"] == "nvidia-a100-80gb"  # 320 GB / 4
    assert by_sku["endpoints/aws/inf2/x12"]["accelerator_count"] == 12
    assert said.rows[0]["price_raw"] == "$0.5"
    assert said.rows[0]["locator"] == "line 11"


def test_processors_without_accelerators_are_counted_and_not_read() -> None:
    assert read(PAGE).ignored == 2


def test_what_cannot_be_had_any_more_has_no_price_and_what_is_about_to_end_has_one() -> None:
    at = {row["sku"]: (row["price_state"], row["price_usd_per_hour"], row["price_raw"]) for row in read(PAGE).rows}
    assert at["endpoints/aws/nvidia-h100/x8"] == ("not_offered", None, "$36")
    assert at["endpoints/aws/nvidia-b200/x8"] == ("listed", Decimal(74), "$74")
    announced = {row["sku"]: row["price_state"] for row in read(PAGE, datetime(2025, 11, 30, tzinfo=UTC)).rows}
    assert announced["endpoints/aws/nvidia-h100/x8"] == "listed"


def test_a_renamed_instance_is_another_product_at_another_time() -> None:
    (old,), (new,) = read(OLD).rows, read(RENAMED).rows
    assert (old["sku"], old["price_usd_per_hour"]) == ("endpoints/aws/medium", Decimal("1.30"))
    assert (new["sku"], new["price_usd_per_hour"]) == ("endpoints/aws/nvidia-a10g/x1", Decimal(1))
    assert old["accelerator_id"] == new["accelerator_id"] == "nvidia-a10g-24gb"  # '24GB' and '24 GB'


def test_a_misprint_that_the_same_day_set_right_is_refused() -> None:
    eight = "| aws | nvidia-h200   | x8            | $20         | 8    | 1128 GB| NVIDIA H200  |\n"
    said = read(RENAMED + eight)
    (refused,) = said.refused
    assert (refused.reason, refused.key["sku"]) == ("implausible_price", "endpoints/aws/nvidia-h200/x8")
    assert read(RENAMED + eight.replace("$20", "$40")).rows[1]["price_usd_per_accelerator_hour"] == 5  # 40 / 8


def test_a_card_at_two_prices_is_refused_at_both_and_at_one_price_is_one_offer() -> None:
    l4 = "| gcp | nvidia-l4 | x1 | $0.8 | 1 | 24 GB | NVIDIA L4 |\n"  # lines 54 and 62 of June 2024
    twice = read(RENAMED + l4 + l4.replace("$0.8", "$1"))
    assert [(one.reason, one.key["sku"]) for one in twice.refused] == [
        ("duplicate_key", "endpoints/gcp/nvidia-l4/x1")
    ] * 2
    assert [row["sku"] for row in twice.rows] == ["endpoints/aws/nvidia-a10g/x1"]
    assert len(read(RENAMED + l4 + l4).rows) == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("| aws | nvidia-h300 | x1 | $20 | 1 | 300 GB | NVIDIA H300 |", "unknown_accelerator"),
        ("| aws | nvidia-a100 | x4 | $20 | 4 | 160 GB | NVIDIA A100 |", "unknown_accelerator"),  # of 40 GB?
        ("| aws | nvidia-l4 | x1 |  | 1 | 24 GB | NVIDIA L4 |", "missing_price"),
        ("| aws | nvidia-l4 | x1 | $0 | 1 | 24 GB | NVIDIA L4 |", "zero_price"),
        ("| aws | nvidia-l4 | x1 | €1 | 1 | 24 GB | NVIDIA L4 |", "currency"),
        ("| aws | nvidia-l4 | x1 | $500/month | 1 | 24 GB | NVIDIA L4 |", "unit"),
    ],
)
def test_a_line_that_cannot_be_used_says_why_and_its_neighbours_go_on(line: str, reason: str) -> None:
    said = read(RENAMED + line)
    assert ([refused.reason for refused in said.refused], len(said.rows)) == ([reason], 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!doctype html><html><body>404: Not Found</body></html>", "no table with columns Provider, Instance Size"),
        (PAGE[: PAGE.index(" | 4 | 320")], "line 12 ends in the middle: aws | nvidia-a100 | x4 | \\$10; truncated?"),
        (PAGE[: PAGE.index("## GPU")], "one with GPUs"),
        (PAGE.replace("Hourly rate", "Cost"), "expected tables with Hourly rate"),
        (PAGE.replace("GPUs", "Cards").replace("| Accelerators ", "| Cards "), "one with GPUs"),
        (PAGE.replace("Provider", "Cloud"), "no table with columns"),
        (RENAMED.replace("NVIDIA A10G", "NVIDIA A99"), "1 lines and no price of an accelerator"),
        (b"\xff\xfe\x00".decode("latin-1"), "no table"),
    ],
)
def test_a_redesigned_page_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        read(content)
    assert "\n" not in str(raised.value)


@given(spliced(PAGE))
def test_no_change_of_the_page_raises_anything_else(page: str) -> None:
    with suppress(PayloadError):
        list(parse(Payload(page.encode(), "pricing.md", datetime(2026, 6, 23, tzinfo=UTC))))


@pytest.mark.shared
def test_every_recorded_page_is_read_and_each_refusal_is_explained(recorded: Path) -> None:
    said = [one for file in documents(recorded, SOURCE, "huggingface-docs") for one in parse(file)]
    assert len(said) == 48
    assert (sum(len(s.rows) for s in said), sum(s.ignored for s in said)) == (1017, 641)
    refused = [one for s in said for one in s.refused]
    assert Counter(one.reason for one in refused) == {"implausible_price": 2, "duplicate_key": 20}
    for one in said:
        keys = [(row["sku"], row["accelerator_id"], row["accelerator_count"]) for row in one.rows]
        assert len(keys) == len(set(keys))


@pytest.mark.shared
def test_an_a100_cost_6_50_in_2022_and_4_in_2023_and_2_50_in_2026(recorded: Path) -> None:
    pages = [one for file in documents(recorded, SOURCE, "huggingface-docs") for one in parse(file)]
    prices = [
        row["price_usd_per_hour"]
        for said in pages
        for row in said.rows
        if row["sku"] in ("endpoints/aws/xlarge", "endpoints/aws/nvidia-a100/x1")
    ]
    assert list(dict.fromkeys(prices)) == [Decimal("6.50"), Decimal(4), Decimal("2.5")]
