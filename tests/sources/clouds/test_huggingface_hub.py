from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from sources.clouds import huggingface_jobs, huggingface_spaces
from sources.source import Payload, PayloadError, Source, Statement
from tests.sources.mutations import spliced
from tests.sources.recorded_payloads import documents, payload

PAGE = """# Using GPU Spaces
### CPU
| **Hardware**  | **CPU** | **Memory** | **GPU Memory** | **Disk** | **Hourly Price** |
|-------------- |-------- |----------- |--------------- |--------- | ---------------- |
| CPU Basic     | 2 vCPU  | 16 GB      |  -             | 50 GB    | Free!            |
### GPU
| **Hardware**           | **CPU**       | **Memory**   | **GPU Memory**  | **Disk**  | **Hourly Price**  |
|----------------------- |-------------- |------------- |---------------- |---------- | ----------------- |
| Nvidia T4 - small      | 4 vCPU        | 15 GB        | 16 GB           | 50 GB     | $0.40             |
| 4x Nvidia A10G - large | 48 vCPU       | 184 GB       | 96 GB           | 2000 GB   | $5.00             |
| Nvidia A100 - large    | 12 vCPU       | 142 GB       | 80 GB           | 1000 GB   | $2.50             |
| *Nvidia H100 - deprecated December 2025*| 23 vCPU | 240 GB | 80 GB         | 3000 GB   | $4.50             |
| 8x Nvidia H100         | 192 vCPU      | 2 TB         | 640 GB          | 3000 GB   | coming soon       |
| ~~Nvidia H100~~ *(removed December 2025)* | | | | | |
"""
PORTS = """### Exposed ports
| **Product**   | **Hourly Price**  |
|---------------| ----------------- |
| Exposed ports | $0.01             |
"""


def read(source: Source, content: str, at: datetime = datetime(2026, 7, 6, tzinfo=UTC)) -> Statement:
    (said,) = source.parse(replace(payload(content, "page.md"), recorded_at=at))
    return said


def spaces(content: str, at: datetime = datetime(2026, 7, 6, tzinfo=UTC)) -> Statement:
    return read(huggingface_spaces.SOURCE, content, at)


def test_a_flavour_is_its_price_per_hour_its_accelerators_and_its_processors() -> None:
    said = spaces(PAGE)
    assert [(row["sku"], row["accelerator_id"], row["price_usd_per_hour"], row["vcpu_count"]) for row in said.rows] == [
        ("spaces/Nvidia T4 - small", "nvidia-t4-16gb", Decimal("0.40"), 4),
        ("spaces/4x Nvidia A10G - large", "nvidia-a10g-24gb", Decimal("5.00"), 48),
        ("spaces/Nvidia A100 - large", "nvidia-a100-80gb", Decimal("2.50"), 12),
        ("spaces/Nvidia H100", "nvidia-h100", None, 23),  # deprecated
        ("spaces/8x Nvidia H100", "nvidia-h100", None, 192),  # coming soon
    ]
    assert said.rows[1]["price_usd_per_accelerator_hour"] == Decimal("1.25")  # 5 / 4
    assert [row["price_state"] for row in said.rows[3:]] == ["not_offered", "not_offered"]
    assert said.ignored == 2  # a CPU, and what is struck through
    assert said.refused == []


def test_a_flavour_whose_card_was_exchanged_is_two() -> None:
    before = spaces(PAGE.replace("| 142 GB       | 80 GB ", "| 142 GB       | 40 GB "))
    assert before.rows[2]["accelerator_id"] == "nvidia-a100-40gb"
    assert before.rows[2]["sku"] == "spaces/Nvidia A100 - large"


def test_the_first_versions_had_no_prices_and_say_nothing() -> None:
    page = replace(payload("# Using GPU Spaces"), recorded_at=datetime(2022, 10, 17, tzinfo=UTC))
    assert list(huggingface_spaces.parse(page)) == []


def test_a_tenth_of_the_price_is_a_misprint() -> None:
    february = """| **Hardware** | **CPU** | **Memory** | **Disk** | **Hourly Price** |
|---|---|---|---|---|
| Nvidia T4 - small | 4 vCPU | 15 GB | 50 GB | $0.06 |
| Nvidia A100 - large | 12 vCPU | 142 GB | 1000 GB | $4.13 |
"""
    said = spaces(february, datetime(2023, 2, 13, tzinfo=UTC))
    assert [one.reason for one in said.refused] == ["implausible_price"]
    assert [row["accelerator_id"] for row in said.rows] == ["nvidia-a100"]  # neither memory nor form


def test_a_job_s_hardware_is_read_and_its_ports_are_not() -> None:
    said = read(huggingface_jobs.SOURCE, PAGE.replace(" - large    |", " - large |") + PORTS)
    assert "jobs/Nvidia T4 - small" in [row["sku"] for row in said.rows]
    assert not any("port" in str(row["sku"]) for row in said.rows)


@pytest.mark.parametrize("source", [huggingface_spaces.SOURCE, huggingface_jobs.SOURCE], ids=lambda source: source.name)
@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!doctype html><html>404</html>", "no table with columns Hardware, Hourly Price; found no table"),
        (PAGE[:60], "no table with columns"),
        (PAGE[: PAGE.index(" | 80 GB ")], "line 11 ends in the middle.*truncated?"),
        (PAGE.replace("Hourly Price", "Price"), "no table with columns"),
        (PAGE.replace("Hardware", "Flavor"), "no table with columns"),
        (PAGE.replace("Nvidia", "Acme"), "no price of an accelerator"),
        (PORTS, "no table with columns"),
    ],
)
def test_a_redesigned_page_is_one_line_of_error(source: Source, content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        read(source, content)
    assert "\n" not in str(raised.value)


@given(spliced(PAGE))
def test_no_change_of_the_page_raises_anything_else(page: str) -> None:
    for source in (huggingface_spaces.SOURCE, huggingface_jobs.SOURCE):
        with suppress(PayloadError):
            list(source.parse(Payload(page.encode(), "page.md", datetime(2026, 6, 23, tzinfo=UTC))))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("source", "pages", "rows", "ignored", "refused"),
    [
        (huggingface_spaces.SOURCE, 22, 238, 51, {"implausible_price": 6}),
        (huggingface_jobs.SOURCE, 20, 394, 76, {}),
    ],
    ids=["spaces", "jobs"],
)
def test_every_recorded_page_is_read_and_each_refusal_is_explained(
    recorded: Path, source: Source, pages: int, rows: int, ignored: int, refused: dict[str, int]
) -> None:
    said = [one for file in documents(recorded, source, "huggingface-docs") for one in source.parse(file)]
    assert (len(said), sum(len(s.rows) for s in said), sum(s.ignored for s in said)) == (pages, rows, ignored)
    assert Counter(one.reason for s in said for one in s.refused) == refused
    assert all(len({row["sku"] for row in s.rows}) == len(s.rows) for s in said)


@pytest.mark.shared
def test_the_newest_page_of_jobs_says_what_its_text_says(recorded: Path) -> None:
    *_, newest = documents(recorded, huggingface_jobs.SOURCE, "huggingface-docs")
    (said,) = huggingface_jobs.parse(newest)
    per_card = {row["accelerator_id"]: row["price_usd_per_accelerator_hour"] for row in reversed(said.rows)}
    assert per_card == {
        "nvidia-t4-16gb": Decimal("0.40"),
        "nvidia-l4-24gb": Decimal("0.80"),
        "nvidia-l40s-48gb": Decimal("1.80"),
        "nvidia-a10g-24gb": Decimal("1.00"),
        "nvidia-a100-80gb": Decimal("2.50"),
        "nvidia-h200": Decimal("5.00"),
        "nvidia-rtx-pro-6000-96gb": Decimal("2.75"),
    }
