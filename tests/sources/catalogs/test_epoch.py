"""Epoch's dated snapshots become one statement of specs per accelerator."""

import csv
import dataclasses
import itertools
import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from sources.catalogs import epoch
from sources.contracts import ACCELERATOR_SPEC
from sources.datasheets.release_months import release_months
from sources.names import accelerators
from sources.source import Payload, PayloadError, Row, Statement
from sources.tables import key_columns

HEADER = (
    "Hardware name,Manufacturer,Release date,Release price (USD),Memory (bytes),Memory bandwidth (byte/s),"
    "Intranode bandwidth (byte/s),TDP (W),FP64 (double precision) performance (FLOP/s),"
    "FP32 (single precision) performance (FLOP/s),TF32 (TensorFloat-32) performance (FLOP/s),"
    "Tensor-FP16/BF16 performance (FLOP/s),FP16 (half precision) performance (FLOP/s),FP8 performance (FLOP/s),"
    "FP4 performance (FLOP/s),INT8 performance (OP/s),INT4 performance (OP/s)"
)
H100 = (
    "NVIDIA H100 SXM5 80GB,NVIDIA,2022-09-20,33600.0,80000000000.0,3350000000000.0,900000000000.0,700.0,"
    "33450000000000.0,66910000000000.0,494700000000000.0,989400000000000.0,133800000000000.0,1979000000000000.0,,1979000000000000.0,"
)
K80 = (
    "NVIDIA Tesla K80,NVIDIA,2014-11-17,5000.0,24000000000.0,241000000000.0,,300.0,2742000000000.0,"
    "8126000000000.0,,,,,,,"
)
V100 = (
    "NVIDIA Tesla V100 PCIe 16 GB,NVIDIA,2017-06-21,10664.0,16000000000.0,897000000000.0,32000000000.0,250.0,"
    "7066000000000.0,14130000000000.0,,112000000000000.0,28260000000000.0,,,,"
)
Key = tuple[str, str, str]


def snapshot(*lines: str, recorded_on: str = "2026-07-06", header: str = HEADER) -> Payload:
    """A table of ``lines``, filled up with rows without figures for every other known accelerator."""
    given = {line.split(",")[0] for line in lines}
    seen = {epoch.names()[name].accelerator_id for name in given if name in epoch.names()}
    filling = []
    for spelling, name in epoch.names().items():
        if name.accelerator_id and name.accelerator_id not in seen and spelling not in given:
            seen.add(name.accelerator_id)
            filling.append(f"{spelling},Somebody" + "," * (header.count(",") - 1))
    text = "\n".join([header, *lines, *filling]) + "\n"
    day = datetime.fromisoformat(recorded_on).replace(tzinfo=UTC)
    return Payload(text.encode(), f"ml_hardware_{recorded_on}.csv", day)


def statement(payload: Payload, accelerator_id: str) -> Statement:
    (found,) = [s for s in epoch.parse(payload) if s.scope.get("accelerator_id") == accelerator_id]
    return found


def figures(rows: list[Row]) -> dict[Key, object]:
    return {
        (str(row["metric"]), str(row["precision"]), str(row["scope"])): row["value"]
        for row in rows
        if row["value"] is not None
    }


def test_a_row_becomes_a_complete_statement_of_facts_valid_from_the_release_month() -> None:
    said = statement(snapshot(H100), "nvidia-h100-sxm-80gb")
    assert said.complete
    assert said.valid_at == datetime(2022, 9, 1, tzinfo=UTC)
    assert figures(said.rows) == {
        ("memory_gb", "", "gpu"): 80.0,
        ("memory_bandwidth_gb_s", "", "gpu"): 3350.0,
        ("interconnect_gb_s", "", "gpu"): 900.0,
        ("tdp_w", "", "gpu"): 700.0,
        ("launch_price_usd", "", "gpu"): 33600.0,
        ("peak_tflop_s", "fp64", "gpu"): 33.45,
        ("peak_tflop_s", "fp32", "gpu"): 66.91,
        ("peak_tflop_s", "tf32", "gpu"): 494.7,
        ("peak_tflop_s", "bf16", "gpu"): 989.4,
        ("peak_tflop_s", "fp16", "gpu"): 989.4,
        ("peak_tflop_s", "fp16_vector", "gpu"): 133.8,  # not the tensor rate: never taken for it
        ("peak_tflop_s", "fp8", "gpu"): 1979.0,
        ("peak_top_s", "int8", "gpu"): 1979.0,
    }
    by_metric = {row["metric"]: row for row in said.rows}
    assert by_metric["release_on"]["value_raw"] == "2022-09-20"
    assert by_metric["vendor"]["value_raw"] == "NVIDIA"
    assert by_metric["interconnect_gb_s"]["direction"] == "both_ways"
    assert by_metric["launch_price_usd"]["value_kind"] == "estimate"  # a DGX divided by 8
    assert by_metric["memory_gb"] == {
        "accelerator_id": "nvidia-h100-sxm-80gb",
        "metric": "memory_gb",
        "precision": "",
        "sparsity": "",
        "scope": "gpu",
        "direction": "",
        "value_raw": "80000000000.0",
        "unit_raw": "byte",
        "value": 80.0,
        "value_kind": "curated",
        "locator": "NVIDIA H100 SXM5 80GB/Memory (bytes)",
    }


def test_a_board_of_two_gpus_is_a_board_but_for_the_figure_that_is_per_gpu() -> None:
    assert figures(statement(snapshot(K80), "nvidia-k80-12gb").rows) == {
        ("memory_gb", "", "board"): 24.0,
        ("memory_bandwidth_gb_s", "", "gpu"): 241.0,
        ("tdp_w", "", "board"): 300.0,
        ("launch_price_usd", "", "board"): 5000.0,
        ("peak_tflop_s", "fp64", "board"): 2.742,
        ("peak_tflop_s", "fp32", "board"): 8.126,
    }


def test_the_tensor_rate_of_volta_is_no_bf16_rate() -> None:
    said = figures(statement(snapshot(V100), "nvidia-v100-pcie-16gb").rows)
    assert said["peak_tflop_s", "fp16", "gpu"] == 112.0
    assert ("peak_tflop_s", "bf16", "gpu") not in said


def test_the_old_name_of_the_memory_column_is_read_too() -> None:
    old = HEADER.replace("Memory (bytes)", "Memory size per board (Byte)")
    said = statement(snapshot(H100, header=old), "nvidia-h100-sxm-80gb")
    assert figures(said.rows)["memory_gb", "", "gpu"] == 80.0


def test_a_release_date_that_epoch_moves_is_a_correction_with_the_same_valid_time() -> None:
    before = statement(snapshot(H100.replace("2022-09-20", "2022-03-22")), "nvidia-h100-sxm-80gb")
    filled_in = statement(snapshot(H100.replace("2022-09-20", "")), "nvidia-h100-sxm-80gb")
    after = statement(snapshot(H100), "nvidia-h100-sxm-80gb")
    assert before.valid_at == filled_in.valid_at == after.valid_at


def test_an_accelerator_whose_row_is_withdrawn_gets_a_complete_statement_without_rows() -> None:
    text = snapshot().content.decode()
    without = "\n".join(line for line in text.split("\n") if not line.startswith("NVIDIA H100 NVL,"))
    said = statement(dataclasses.replace(snapshot(), content=without.encode()), "nvidia-h100-nvl-94gb")
    assert (said.rows, said.refused, said.complete) == ([], [], True)


def test_a_renamed_row_is_the_same_accelerator() -> None:
    line = "NVIDIA B300,NVIDIA,2025-08-22,,270000000000.0,,,,,,,,,,,,"
    old = statement(snapshot(line), "nvidia-b300-sxm-270gb")
    new = statement(snapshot(line.replace("B300", "B300 (Blackwell Ultra)")), "nvidia-b300-sxm-270gb")
    assert figures(old.rows) == figures(new.rows) == {("memory_gb", "", "gpu"): 270.0}


def test_two_rows_for_one_accelerator_are_both_not_believed() -> None:
    line = "NVIDIA B300,NVIDIA,2025-08-22,,270000000000.0,,,,,,,,,,,,"
    said = statement(snapshot(line, line.replace("B300", "B300 (Blackwell Ultra)")), "nvidia-b300-sxm-270gb")
    assert said.rows == []
    assert [(refused.reason, refused.key) for refused in said.refused] == [
        ("duplicate_key", {"accelerator_id": "nvidia-b300-sxm-270gb"})
    ] * 2


def test_an_unknown_name_is_refused_and_its_neighbours_go_on() -> None:
    payload = snapshot(H100, "NVIDIA H300,NVIDIA" + "," * 15)
    first, *others = epoch.parse(payload)
    assert [(refused.reason, refused.locator) for refused in first.refused] == [("unknown_accelerator", "NVIDIA H300")]
    assert not first.complete
    assert sum(len(said.rows) for said in others) > 10


@pytest.mark.parametrize("printed", ["0", "0.0", "n/a", "-1", "inf"])
def test_a_figure_that_is_no_number_or_zero_is_refused_alone(printed: str) -> None:
    said = statement(snapshot(H100.replace("3350000000000.0", printed)), "nvidia-h100-sxm-80gb")
    (refused,) = said.refused
    assert refused.key == {
        "accelerator_id": "nvidia-h100-sxm-80gb",
        "metric": "memory_bandwidth_gb_s",
        "precision": "",
    }
    assert figures(said.rows)["memory_gb", "", "gpu"] == 80.0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b" \n", "empty"),
        (b"<!doctype html><html></html>\n", "an HTML page"),
        (b"a,b\n1,2\n", "no column Hardware name"),
        (b"Hardware name,Manufacturer,Release date\nNVIDIA L4,NVIDIA,2023-03-21\n", "no column 'Memory (bytes)'"),
        (f"{HEADER}\n{H100}\n".encode(), "1 of the 80 known accelerators"),
        (f"{HEADER}\n{H100}".encode(), "truncated?"),
        (f"{HEADER}\n{H100[:50]}\n".encode(), "not as many fields"),
    ],
)
def test_a_payload_that_is_not_the_whole_table_is_an_error(content: bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=re.escape(says)):
        list(epoch.parse(Payload(content, "ml_hardware.csv", datetime(2026, 7, 6, tzinfo=UTC))))


def test_every_spelling_has_an_accelerator_that_exists_or_a_reason() -> None:
    path = Path(epoch.__file__).with_name("epoch_names.csv")
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        assert (row["accelerator_id"] in accelerators() and row["scope"]) or row["note"], row["spelling"]
    assert len({row["spelling"] for row in rows}) == len(rows)


def test_every_mapped_accelerator_has_a_release_month() -> None:
    mapped = {name.accelerator_id for name in epoch.names().values()} - {""}
    assert mapped <= set(release_months())


def recorded_snapshots(recorded: Path) -> list[Payload]:
    found = []
    for path in sorted((recorded / "specs" / "epoch").glob("ml_hardware_*.csv")):
        day = datetime.fromisoformat(path.name.split("_")[2]).replace(tzinfo=UTC)
        found.append(Payload(path.read_bytes(), path.name, day))
    return found


def facts(payload: Payload) -> dict[tuple[str, str, str], object]:
    return {
        (str(row["accelerator_id"]), str(row["metric"]), str(row["precision"])): row["value"] or row["value_raw"]
        for said in epoch.parse(payload)
        for row in said.rows
    }


@pytest.mark.shared
def test_every_recorded_snapshot_is_read_without_a_refusal_and_meets_the_contract(recorded: Path) -> None:
    rows = []
    for payload in recorded_snapshots(recorded):
        statements = list(epoch.parse(payload))
        assert [refused for said in statements for refused in said.refused] == []
        rows += [row | {"snapshot": payload.name} for said in statements for row in said.rows]
    frame = pd.DataFrame(rows).astype({"value": float})
    assert not frame.duplicated(["snapshot", *key_columns("accelerator_spec")]).any()
    assert frame.groupby("snapshot")["accelerator_id"].nunique().min() >= 76
    newest = frame[frame["snapshot"] == frame["snapshot"].max()]
    ACCELERATOR_SPEC.validate(newest[list(ACCELERATOR_SPEC.columns)], lazy=True)


REVISED = {  # the names of epoch_revisions.csv that are kept, by hand
    "AMD Instinct MI350X": "amd-mi350x-288gb",
    "AMD Instinct MI325X": "amd-mi325x-256gb",
    "AMD Instinct MI355X": "amd-mi355x-288gb",
    "Google TPU v7 Ironwood": "google-tpu-7x",
    "Google TPU v2": "google-tpu-v2",
    "Google TPU v3": "google-tpu-v3",
    "Google TPU v4": "google-tpu-v4",
    "Google TPU v5e": "google-tpu-v5e",
    "Google TPU v5p": "google-tpu-v5p",
    "Google TPU v6e Trillium": "google-tpu-v6e",
    "Huawei Ascend 910C": "huawei-ascend-910c",
    "NVIDIA H200 SXM": "nvidia-h200-sxm-141gb",
    "Amazon Trainium1": "aws-trainium1",
    "Amazon Trainium3": "aws-trainium3",
    "NVIDIA A800 PCIe 80 GB": "nvidia-a800-pcie-80gb",
    "NVIDIA A800 SXM": "nvidia-a800-sxm-80gb",
    "NVIDIA H100 SXM5 80GB": "nvidia-h100-sxm-80gb",
    "NVIDIA B300": "nvidia-b300-sxm-270gb",
    "NVIDIA B300 (Blackwell Ultra)": "nvidia-b300-sxm-270gb",
    "NVIDIA GB300": "nvidia-gb300-288gb",
    "NVIDIA GB300 (Blackwell Ultra)": "nvidia-gb300-288gb",
    "Meta MTIA v2": "meta-mtia-v2",
    "Meta MTIA v2 (MTIA 200)": "meta-mtia-v2",
    "Meta MTIA 300": "meta-mtia-300",
    "NVIDIA VR200": "nvidia-vr200-288gb",
}
NOT_KEPT = {
    "NVIDIA Blackwell",
    "Cambricon Siyuan 590",
    "Cambricon Siyuan 690",
    "Meta MTIA v1",
    "Meta MTIA v1 (MTIA 100)",
    "NVIDIA VR300 (Rubin Ultra)",
    "AMD Radeon Instinct MI308X",
}
FIELDS: dict[str, tuple[tuple[str, tuple[str, ...]], float]] = {
    "Tensor-FP16/BF16 performance (FLOP/s)": (("peak_tflop_s", ("bf16", "fp16")), 1e12),
    "FP16 (half precision) performance (FLOP/s)": (("peak_tflop_s", ("fp16",)), 1e12),
    "TF32 (TensorFloat-32) performance (FLOP/s)": (("peak_tflop_s", ("tf32",)), 1e12),
    "FP8 performance (FLOP/s)": (("peak_tflop_s", ("fp8",)), 1e12),
    "INT8 performance (OP/s)": (("peak_top_s", ("int8",)), 1e12),
    "TDP (W)": (("tdp_w", ("",)), 1),
    "Memory (bytes)": (("memory_gb", ("",)), 1e9),
    "Memory bandwidth (byte/s)": (("memory_bandwidth_gb_s", ("",)), 1e9),
}
NO_FP16 = ("google-", "huawei-ascend-910c")
"""The tensor column is bf16 alone: TPUs have no fp16, and the 910C's fp16 has a column of its own."""


def listed_changes(recorded: Path, before: str, after: str) -> tuple[dict[tuple[str, str, str], object], set[str]]:
    """What epoch_revisions.csv says of the kept fields: fact -> new value, and the accelerators added or withdrawn."""
    changes: dict[tuple[str, str, str], object] = {}
    whole_rows = set()
    with (recorded / "specs" / "epoch_revisions.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if (row["snapshot_before"], row["snapshot_after"]) != (before, after) or row["hardware"] in NOT_KEPT:
                continue
            accelerator_id = REVISED[row["hardware"]]
            if row["field"] == "<row>":
                whole_rows.add(accelerator_id)
            elif row["field"] == "Release date":
                changes[accelerator_id, "release_on", ""] = row["value_after"] or None
            else:
                (metric, precisions), size = FIELDS[row["field"]]
                for precision in precisions:
                    if precision == "fp16" and len(precisions) == 2 and accelerator_id.startswith(NO_FP16):
                        continue
                    new = float(row["value_after"]) / size if row["value_after"] else None
                    changes[accelerator_id, metric, precision] = new
    return changes, whole_rows


@pytest.mark.shared
def test_consecutive_snapshots_differ_in_exactly_the_listed_revisions(recorded: Path) -> None:
    snapshots = recorded_snapshots(recorded)
    compared = 0
    for one, other in itertools.pairwise(snapshots):
        before, after = facts(one), facts(other)
        listed, whole_rows = listed_changes(recorded, f"{one.recorded_at:%Y-%m-%d}", f"{other.recorded_at:%Y-%m-%d}")
        changed = {
            fact: after.get(fact)
            for fact in before.keys() | after.keys()
            if before.get(fact) != after.get(fact) and fact[0] not in whole_rows
        }
        assert changed == pytest.approx(listed), (one.name, other.name)
        compared += len(changed)
        for accelerator_id in whole_rows:  # added, withdrawn or renamed
            assert any(fact[0] == accelerator_id for fact in after), accelerator_id
    assert compared > 30


@pytest.mark.shared
def test_the_figures_that_buyers_compare_are_those_of_the_table(recorded: Path) -> None:
    newest = facts(recorded_snapshots(recorded)[-1])
    assert newest["nvidia-h200-sxm-141gb", "memory_gb", ""] == 141.0
    assert newest["nvidia-h100-sxm-80gb", "memory_gb", ""] == 80.0
    assert newest["amd-mi300x-192gb", "peak_tflop_s", "bf16"] == 1307.4
    assert newest["nvidia-l4-24gb", "peak_tflop_s", "bf16"] == 121.0
    assert newest["nvidia-t4-16gb", "peak_tflop_s", "fp16"] == 65.13
    assert ("nvidia-t4-16gb", "peak_tflop_s", "bf16") not in newest
    assert ("nvidia-a10g-24gb", "peak_tflop_s", "bf16") not in newest  # 125 would be the A10's
