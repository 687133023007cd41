from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.clouds.runpod_serverless import SOURCE, parse
from sources.source import Payload, PayloadError, Statement
from tests.sources.recorded_payloads import documents, payload

PAGE = """---
title: "Pricing"
---
## Worker types
| | Flex workers | Active workers |
|---|--------------|----------------|
| **Behavior** | Scale to zero when idle | Always running (24/7) |

### Pricing table (per second)

| **GPU type(s)** | **Memory** | **Flex** | **Active** | **Description** |
| --- | --- | --- | --- | --- |
| H100 PRO | 80 GB | $0.00116 | $0.00093 | Extreme throughput for big models |
| L4, A5000, 3090 | 24 GB | $0.00019 | $0.00013 | Great for small-to-medium sized inference workloads |
"""
SNIPPET = """| **GPU type(s)** | **Memory** | **Cost per second** | **Description** |
| --- | --- | --- | --- |
| H100 PRO | 80 GB | $0.00116 | Extreme throughput for big models. |
"""
EMPTY_PAGE = (
    "## Worker types\n\n| | Flex workers | Active workers |\n|---|---|---|\n| **Pricing** | Standard | 20% off |\n"
)


def at(content: str, name: str, day: str) -> Payload:
    return replace(payload(content, name), recorded_at=datetime.fromisoformat(day).replace(tzinfo=UTC))


def read(content: str, name: str = "serverless/pricing.mdx", day: str = "2025-05-14") -> Statement:
    (said,) = parse(at(content, name, day))
    return said


def test_a_price_per_second_is_one_per_hour_times_3600_and_exactly_so() -> None:
    rows = {(row["sku"], row["accelerator_id"]): row for row in read(PAGE).rows}
    flex = rows["H100 PRO (flex)", "nvidia-h100"]
    assert flex["price_usd_per_hour"] == Decimal("4.176")  # 0.00116 * 3600
    assert (flex["price_raw"], flex["service_tier"]) == ("$0.00116 per second", "serverless")
    assert (flex["purchase_model"], flex["provider"], flex["locator"]) == ("on_demand", "runpod", "line 13")
    active = rows["H100 PRO (active)", "nvidia-h100"]
    assert active["price_usd_per_hour"] == Decimal("3.348")  # 0.00093 * 3600


def test_each_card_of_a_pool_has_the_pool_s_price() -> None:
    pool = [row for row in read(PAGE).rows if row["sku"] == "L4, A5000, 3090 (flex)"]
    assert [row["accelerator_id"] for row in pool] == [
        "nvidia-l4-24gb",
        "nvidia-rtx-a5000-24gb",
        "nvidia-rtx-3090-24gb",
    ]
    assert {row["price_usd_per_accelerator_hour"] for row in pool} == {Decimal("0.684")}  # 0.00019 * 3600


def test_since_may_2026_active_workers_have_no_printed_price() -> None:
    (row,) = read(SNIPPET, "snippets/serverless-gpu-pricing-table.mdx", "2026-05-13").rows
    assert (row["sku"], row["price_usd_per_hour"]) == ("H100 PRO (flex)", Decimal("4.176"))


def test_a_dollar_may_be_escaped() -> None:
    (row,) = read(SNIPPET.replace("$", "\\$")).rows
    assert (row["price_usd_per_hour"], row["price_raw"]) == (Decimal("4.176"), "$0.00116 per second")


def test_the_page_that_lost_its_table_says_nothing_and_the_snippet_must_have_it() -> None:
    assert list(parse(at(EMPTY_PAGE, "serverless/pricing.mdx", "2025-08-25"))) == []
    for name, day in (
        ("serverless/pricing.mdx", "2025-08-24"),
        ("snippets/serverless-gpu-pricing-table.mdx", "2026-06-08"),
    ):
        with pytest.raises(PayloadError, match=r"no table with columns GPU type\(s\), Memory"):
            list(parse(at(EMPTY_PAGE, name, day)))


def test_a_card_that_the_page_does_not_tell_apart_is_refused() -> None:
    said = read(SNIPPET + "| A4000, RTX 4000 | 16 GB | $0.00016 | small |\n")
    (refused,) = said.refused
    assert (refused.reason, refused.key["sku"]) == ("unknown_accelerator", "A4000, RTX 4000 (flex)")
    assert refused.row_text.startswith("RTX 4000: ")
    assert [row["accelerator_id"] for row in said.rows] == ["nvidia-h100", "nvidia-rtx-a4000-16gb"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!doctype html><html>404</html>", "no table with columns"),
        (PAGE[:200], "no table with columns"),
        (PAGE[: PAGE.index(" | $0.00013")], "line 14 ends in the middle.*truncated?"),
        (PAGE.replace("per second", "per minute"), "expected one with prices per second"),
        (PAGE.replace("**Flex**", "**Price**"), "expected one with prices per second"),
        (SNIPPET + "\n" + SNIPPET, "2 tables of GPUs"),
        (SNIPPET.replace("H100", "H900"), "1 lines and no price of an accelerator"),
    ],
)
def test_a_redesigned_page_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        read(content)
    assert "\n" not in str(raised.value)


@given(st.integers(0, len(PAGE)), st.text(max_size=5), st.integers(0, 40))
def test_no_change_of_the_page_raises_anything_else(start: int, put: str, cut: int) -> None:
    content = (PAGE[:start] + put + PAGE[start + cut :]).encode("utf-8", "replace")
    with suppress(PayloadError):
        list(parse(Payload(content, "serverless/pricing.mdx", datetime(2025, 5, 14, tzinfo=UTC))))


@pytest.mark.shared
def test_every_recorded_page_is_read_and_each_refusal_is_explained(recorded: Path) -> None:
    pages = list(documents(recorded, SOURCE, "runpod-docs"))
    said = [one for file in pages for one in parse(file)]
    assert (len(pages), len(said)) == (32, 19)  # 13 pages since the table moved
    # 16 pages of 15 cards, less the RTX 4000, at two prices; with the B200 15 at two, then at one; then the 6000s PRO
    assert sum(len(s.rows) for s in said) == 16 * 14 * 2 + 15 * 2 + 15 + 16
    assert Counter(one.reason for s in said for one in s.refused) == {"unknown_accelerator": 36}  # 17 * 2 + 2
    assert {one.row_text.partition(":")[0] for s in said for one in s.refused} == {"RTX 4000"}


@pytest.mark.shared
def test_the_newest_table_says_what_its_text_says(recorded: Path) -> None:
    *_, newest = documents(recorded, SOURCE, "runpod-docs")
    (said,) = parse(newest)
    per_hour = {row["accelerator_id"]: row["price_usd_per_hour"] for row in said.rows}
    assert per_hour["nvidia-b200-sxm-180gb"] == Decimal("8.64")  # 0.0024 * 3600
    assert per_hour["nvidia-rtx-pro-6000-96gb"] == Decimal("3.996")  # 0.00111 * 3600
    assert per_hour["nvidia-a100-80gb"] == Decimal("2.736")  # 0.00076 * 3600
    assert per_hour["nvidia-rtx-4090-24gb"] == Decimal("1.116")  # 0.00031 * 3600
