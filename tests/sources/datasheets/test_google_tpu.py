"""Google's pages about TPUs. None is recorded: the pages here are written by hand, after what the pages print."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from sources.datasheets import google_tpu
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced

V5E = """# TPU v5e

## System architecture

| Specification | Values |
|---|---|
| Performance/total cost of ownership (TCO) (expected) | 0.65x |
| Peak compute per chip (bf16) | 197 TFLOPs |
| Peak compute per chip (Int8) | 393 TOPs |
| HBM capacity per chip | 16 GB |
| HBM bandwidth per chip | 800 GiBps |
| Bidirectional inter-chip interconnect (ICI) bandwidth (per chip) | 400 GBps |
| ICI ports per chip | 4 |
| DRAM per host | 512 GiB |
| TPU Pod size | 256 chips |
| BF16 peak compute per Pod | 50.63 PFLOPs |
"""
V5E_BEFORE = """# TPU v5e

| Key chip specifications | v5e values |
|---|---|
| Peak compute per chip (bf16) | 197 TFLOPs |
| HBM2 capacity and bandwidth | 16 GB, 819 GBps |
| Interchip Interconnect BW | 1600 Gbps |
"""
TPU7X = """# TPU7x (Ironwood)

| Specification | v5p | v6e (Trillium) | TPU7x (Ironwood) |
|---|---|---|---|
| Number of chips per pod | 8960 | 256 | 9216 |
| Peak compute per chip (BF16) (TFLOPs) | 459 | 918 | 2307 |
| Peak compute per chip (FP8) (TFLOPs) | 459 | 918 | 4614 |
| HBM capacity per chip (GiB) | 95 | 32 | 192 |
| HBM bandwidth per chip (GBps) | 2765 | 1638 | 7380 |
| RAM (GiB) (4-chip VM) | 448 | 720 | 960 |
| Bidirectional inter-chip interconnect (ICI) bandwidth per chip (GBps) | 1200 | 800 | 1200 |
| Data center network (DCN) bandwidth per chip (Gbps) | 50 | 100 | 100 |

| Topology | Chips |
|---|---|
| 2x2x1 | 4 |
"""
V4 = """# TPU v4

| Key specifications | v4 Pod values |
|---|---|
| Peak compute per chip | 275 teraflops (bf16 or int8) |
| HBM2 capacity and bandwidth | 32 GiB, 1200 GBps |
| Measured min/mean/max power | 90/170/192 W |
| Peak compute per Pod | 1.1 exaflops (bf16 or int8) |
"""


def said(text: str, name: str = "v5e.md.txt") -> Statement:
    (found,) = google_tpu.parse(Payload(text.encode(), name, datetime(2026, 11, 1, tzinfo=UTC)))
    return found


def figures(statement: Statement) -> dict[tuple[str, str, str, str], object]:
    return {
        (str(row["metric"]), str(row["precision"]), str(row["sparsity"]), str(row["direction"])): row["value"]
        for row in statement.rows
    }


def test_a_page_is_what_its_own_table_says_of_a_chip() -> None:
    statement = said(V5E)
    assert statement.scope == {"accelerator_id": "google-tpu-v5e"}
    assert statement.valid_at == datetime(2023, 8, 1, tzinfo=UTC)
    assert not statement.complete
    assert statement.refused == []
    assert statement.ignored == 5  # cost of ownership, ports, host memory, pod size, rate of a pod
    assert figures(statement) == {
        ("peak_tflop_s", "bf16", "dense", ""): 197.0,
        ("peak_top_s", "int8", "dense", ""): 393.0,
        ("memory_gb", "", "", ""): 16.0,
        ("memory_bandwidth_gb_s", "", "", ""): 858.9934592,  # 800 * 2^30 / 10^9: not 819
        ("interconnect_gb_s", "", "", "both_ways"): 400.0,
    }
    assert {row["scope"] for row in statement.rows} == {"chip"}
    assert {row["value_kind"] for row in statement.rows} == {"vendor_doc"}
    (bandwidth,) = [row for row in statement.rows if row["metric"] == "memory_bandwidth_gb_s"]
    assert (bandwidth["value_raw"], bandwidth["unit_raw"]) == ("800 GiBps", "GiBps")
    assert bandwidth["locator"].endswith("HBM bandwidth per chip")  # type: ignore[attr-defined]


def test_the_page_as_it_was_gives_the_figures_as_they_were_and_guesses_no_direction() -> None:
    assert figures(said(V5E_BEFORE)) == {
        ("peak_tflop_s", "bf16", "dense", ""): 197.0,
        ("memory_gb", "", "", ""): 16.0,
        ("memory_bandwidth_gb_s", "", "", ""): 819.0,
        ("interconnect_gb_s", "", "", ""): 200.0,  # 1,600 Gbit/s / 8
    }


def test_units_in_the_label_count_and_the_columns_of_older_tpus_do_not() -> None:
    statement = said(TPU7X, "google-tpu/tpu7x.md.txt")
    assert figures(statement) == {
        ("peak_tflop_s", "bf16", "dense", ""): 2307.0,
        ("peak_tflop_s", "fp8", "dense", ""): 4614.0,
        ("memory_gb", "", "", ""): 206.158430208,  # 192 GiB, as printed
        ("memory_bandwidth_gb_s", "", "", ""): 7380.0,
        ("interconnect_gb_s", "", "", "both_ways"): 1200.0,
    }
    assert {row["accelerator_id"] for row in statement.rows} == {"google-tpu-7x"}
    assert (statement.refused, statement.ignored) == ([], 3)


def test_a_rate_for_two_formats_is_two_facts_and_measured_power_is_no_limit() -> None:
    assert figures(said(V4, "v4.md.txt")) == {
        ("peak_tflop_s", "bf16", "dense", ""): 275.0,
        ("peak_top_s", "int8", "dense", ""): 275.0,
        ("memory_gb", "", "", ""): 34.359738368,
        ("memory_bandwidth_gb_s", "", "", ""): 1200.0,
    }


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("Peak compute per chip (bf16)", "Peak compute per chip (mx)", "unknown_label"),
        ("Peak compute per chip (bf16)", "Peak compute per chip (bf16, sparse)", "unknown_label"),
        ("800 GiBps", "up to 800 GiBps", "unit"),
        ("800 GiBps", "800 gibps", "unit"),
        ("800 GiBps", "800", "unit"),
        ("800 GiBps", "0 GiBps", "zero_value"),
        ("16 GB", "16 GB or 32 GB", "unit"),
    ],
)
def test_a_row_that_is_not_understood_is_refused_alone(before: str, after: str, reason: str) -> None:
    statement = said(V5E.replace(before, after))
    assert [refused.reason for refused in statement.refused] == [reason]
    assert statement.refused[0].key["accelerator_id"] == "google-tpu-v5e"
    assert len(statement.rows) == 4


def test_a_row_that_stands_twice_with_two_figures_is_not_believed() -> None:
    statement = said(V5E.replace("| ICI ports per chip | 4 |", "| HBM capacity per chip | 32 GB |"))
    assert [refused.reason for refused in statement.refused] == ["duplicate_key"] * 2
    assert ("memory_gb", "", "", "") not in figures(statement)


TRANSLATED = V5E.replace("Specification | Values", "Specifica | Valori")


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("", "v5e.md.txt", "empty"),
        (V5E[:120], "v5e.md.txt", "no figure of google-tpu-v5e"),
        ("<!doctype html><html><body>Sign in</body></html>", "v5e.md.txt", "found no table"),
        (TRANSLATED, "v5e.md.txt", "found Specifica"),
        (V5E, "v9.md.txt", "page 'v9'; expected one of v2"),
        (V5E_BEFORE, "v6e.md.txt", "found Key chip specifications"),  # another page under this name
    ],
)
def test_a_page_that_was_redesigned_is_an_error(text: str, name: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        said(text, name)


def test_every_live_address_is_read_by_the_source() -> None:
    live = google_tpu.SOURCE.live
    assert live is not None
    assert {address.name for address in live.addresses} <= set(google_tpu.SOURCE.reads)


@given(spliced(TPU7X))
def test_a_mutated_page_is_read_or_refused_as_a_whole(page: str) -> None:
    try:
        statement = said(page, "tpu7x.md.txt")
    except PayloadError:
        return
    assert all(row["value"] > 0 for row in statement.rows)  # type: ignore[operator]
