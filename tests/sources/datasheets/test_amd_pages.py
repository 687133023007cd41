"""AMD's list of accelerators. None is recorded: the pages here are written by hand, after AMD's own export of it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from sources.datasheets import amd_pages
from sources.names import aliases
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced

FP8 = "Peak Eight-bit Precision (FP8) Performance (E5M2, E4M3)"
FP8_SPARSE = "Peak Eight-bit Precision (FP8) Performance with Structured Sparsity (E5M2, E4M3)"
OCP = "Peak Open Compute Project Eight-bit Precision Matrix (OCP-FP8) Performance (E5M2, E4M3)"
OCP_SPARSE = (
    "Peak Open Compute Project Eight-bit Precision Matrix (OCP-FP8) Performance with Structured Sparsity (E5M2, E4M3)"
)
FP4 = "Peak Microscaling Four-bit Precision Matrix (MXFP4) Performance"
MXFP8 = "Peak Microscaling Eight-bit Precision Matrix (MXFP8) Performance"
HALF, HALF_SPARSE = (f"Peak Half Precision (FP16) Performance{end}" for end in ("", " with Structured Sparsity"))
HALF_MATRIX = "Peak Half Precision Matrix (FP16) Performance"
HALF_MATRIX_SPARSE = f"{HALF_MATRIX} with Structured Sparsity"
SINGLE, SINGLE_MATRIX = "Peak Single Precision (FP32) Performance", "Peak Single Precision Matrix (FP32) Performance"
DOUBLE, DOUBLE_MATRIX = "Peak Double Precision (FP64) Performance", "Peak Double Precision Matrix (FP64) Performance"
TF32 = "Peak Single Precision (TF32 Matrix) Performance"
TF32_SPARSE = "Peak Single Precision (TF32) Performance with Structured Sparsity"
INT8, INT8_SPARSE = (f"Peak INT8 Performance{end}" for end in ("", " with Structured Sparsity"))
INT8_MATRIX, INT8_MATRIX_SPARSE = (f"Peak INT8 Matrix Performance{end}" for end in ("", " with Structured Sparsity"))
BF16, BF16_SPARSE = "Peak bfloat16", "Peak bfloat16 with Strutured Sparsity"
BF16_MATRIX = "Peak bfloat16 (BF16) Matrix Performance"
BF16_MATRIX_SPARSE = f"{BF16_MATRIX} with Structured Sparsity"
INT4 = "Peak INT4 Performance"
TDP, TBP = "Thermal Design Power (TDP)", "Typical Board Power (TBP)"
SIZE, TYPE, BANDWIDTH = "Dedicated Memory Size", "Dedicated Memory Type", "Peak Memory Bandwidth"
FORM, LINK = "GPU Form Factor", "Peak Infinity Fabric™ Link Bandwidth"

MI355X = {
    "Name": "AMD Instinct™ MI355X",
    "Peak Engine Clock": "2400 MHz",
    FP4: "10.1 PFLOPs",
    MXFP8: "5 PFLOPs",
    OCP: "5 PFLOPs",
    OCP_SPARSE: "10.1 PFLOPs",
    HALF_MATRIX: "2.5 PFLOPs",
    HALF_MATRIX_SPARSE: "5 PFLOPs",
    HALF: "157.3 TFLOPs",
    SINGLE_MATRIX: "157.3 TFLOPs",
    SINGLE: "157.3 TFLOPs",
    DOUBLE_MATRIX: "78.6 TFLOPs",
    DOUBLE: "78.6 TFLOPs",
    INT8_MATRIX: "5 POPs",
    INT8_MATRIX_SPARSE: "10.1 POPs",
    BF16_MATRIX: "2.5 PFLOPs",
    BF16_MATRIX_SPARSE: "5 PFLOPs",
    TBP: "1400W (TBP)",
    SIZE: "288 GB",
    TYPE: "HBM3E",
    BANDWIDTH: "8 TB/s",
    FORM: "OAM Module",
    LINK: "153 GB/s",
}
MI350P = {"Name": "AMD Instinct™ MI350P", TBP: "600W TBP (Max); 450W TBP configurable", SIZE: "144 GB"}
MI300X = {
    "Name": "AMD Instinct™ MI300X",
    FP8: "2.61 PFLOPs",
    FP8_SPARSE: "5.22 PFLOPs",
    HALF: "1.3 PFLOPs",
    HALF_SPARSE: "2.61 PFLOPs",
    TF32: "653.7 TFLOPs",
    TF32_SPARSE: "1.3 PFLOPs",
    SINGLE_MATRIX: "163.4 TFLOPs",
    SINGLE: "163.4 TFLOPs",
    DOUBLE_MATRIX: "163.4 TFLOPs",
    DOUBLE: "81.7 TFLOPs",
    INT8: "2.6 POPs",
    INT8_SPARSE: "5.22 POPs",
    BF16: "1.3 PFLOPs",
    BF16_SPARSE: "2.61 PFLOPs",
    TBP: "750W Peak",
    SIZE: "192 GB",
    TYPE: "HBM3",
    BANDWIDTH: "5.3 TB/s",
    FORM: "OAM Module",
    LINK: "128 GB/s",
}
MI250X = {
    "Name": "AMD Instinct™ MI250X",
    HALF: "383 TFLOPs",
    SINGLE_MATRIX: "95.7 TFLOPs",
    SINGLE: "47.9 TFLOPs",
    DOUBLE_MATRIX: "95.7 TFLOPs",
    DOUBLE: "47.9 TFLOPs",
    INT4: "383 TOPs",
    INT8: "383 TOPs",
    BF16: "383 TFLOPs",
    TDP: "500W | 560W Peak",
    SIZE: "128 GB",
    TYPE: "HBM2e",
    BANDWIDTH: "3.2 TB/s",
    FORM: "OAM Module",
    LINK: "100 GB/s",
}
MI210 = {
    "Name": "AMD Instinct™ MI210",
    HALF: "181 TFLOPs",
    BF16: "181 TFLOPs",
    SIZE: "64 GB",
    BANDWIDTH: "1.6 TB/s",
    FORM: "PCIe® Add-in Card",
}
MI25 = {"Name": "Instinct™ MI25", DOUBLE: "768 GFLOPs", SIZE: "16 GB", BANDWIDTH: "484 GB/s", TBP: "300W Peak"}


def page(*products: dict[str, str]) -> str:
    columns = list(dict.fromkeys(label for product in products for label in product))
    head = "".join(f"<th>{label}</th>" for label in columns)
    rows = ["".join(f"<td>{product.get(label, '')}</td>" for label in columns) for product in products]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<html><body><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></body></html>"


LIST = page(MI355X, MI350P, MI300X, MI250X, MI210, MI25)


def said(text: str, name: str = "instinct-accelerators.html") -> dict[str, Statement]:
    payload = Payload(text.encode(), name, datetime(2026, 11, 1, tzinfo=UTC))
    return {statement.scope.get("accelerator_id", ""): statement for statement in amd_pages.parse(payload)}


def figures(statement: Statement) -> dict[tuple[str, str, str], object]:
    return {
        (str(row["metric"]), str(row["precision"]), str(row["sparsity"])): row["value"] or row["value_raw"]
        for row in statement.rows
        if row["scope"] != "link"
    }


def test_2_61_petaflops_are_fp8_dense_and_fp16_sparse() -> None:
    mi300x = said(LIST)["amd-mi300x-192gb"]
    assert (mi300x.complete, mi300x.refused) == (False, [])
    assert figures(mi300x) == {
        ("peak_tflop_s", "fp8", "dense"): 2610.0,
        ("peak_tflop_s", "fp8", "sparse"): 5220.0,
        ("peak_tflop_s", "fp16", "dense"): 1300.0,
        ("peak_tflop_s", "fp16", "sparse"): 2610.0,
        ("peak_tflop_s", "bf16", "dense"): 1300.0,
        ("peak_tflop_s", "bf16", "sparse"): 2610.0,  # 'Strutured'
        ("peak_tflop_s", "tf32", "dense"): 653.7,
        ("peak_tflop_s", "tf32", "sparse"): 1300.0,
        ("peak_tflop_s", "fp32_tensor", "dense"): 163.4,
        ("peak_tflop_s", "fp32", "dense"): 163.4,
        ("peak_tflop_s", "fp64_tensor", "dense"): 163.4,
        ("peak_tflop_s", "fp64", "dense"): 81.7,
        ("peak_top_s", "int8", "dense"): 2600.0,
        ("peak_top_s", "int8", "sparse"): 5220.0,
        ("tdp_w", "", ""): 750.0,
        ("memory_gb", "", ""): 192.0,
        ("memory_type", "", ""): "HBM3",
        ("memory_bandwidth_gb_s", "", ""): 5300.0,
        ("form_factor", "", ""): "OAM Module",
    }


def test_beside_a_matrix_rate_the_plain_fp16_rate_is_that_of_the_vector_units() -> None:
    mi355x = said(LIST)["amd-mi355x-288gb"]
    found = figures(mi355x)
    assert found["peak_tflop_s", "fp16", "dense"] == 2500.0
    assert found["peak_tflop_s", "fp16", "sparse"] == 5000.0
    assert found["peak_tflop_s", "fp16_vector", "dense"] == 157.3
    assert found["peak_tflop_s", "fp8", "dense"] == 5000.0  # once, though MXFP8 has it too
    assert found["peak_tflop_s", "fp8", "sparse"] == 10100.0
    assert found["peak_tflop_s", "fp4", "dense"] == 10100.0
    assert ("peak_tflop_s", "fp4", "sparse") not in found
    assert found["peak_top_s", "int8", "dense"] == 5000.0
    assert found["tdp_w", "", ""] == 1400.0
    assert (mi355x.refused, mi355x.ignored) == ([], 3)  # the name, the clock, MXFP8


def test_a_module_of_two_dies_is_no_gpu_and_has_a_power_and_a_peak() -> None:
    found = said(LIST)
    mi250x = found["amd-mi250x-128gb"]
    assert {row["scope"] for row in mi250x.rows} == {"module", "link"}
    assert figures(mi250x)["peak_tflop_s", "bf16", "dense"] == 383.0
    assert figures(mi250x)["tdp_w", "", ""] == 500.0
    assert {row["scope"] for row in found["amd-mi300x-192gb"].rows} == {"gpu", "link"}
    assert figures(found["amd-mi210-64gb"])["form_factor", "", ""] == "PCIe® Add-in Card"
    assert figures(found["amd-mi25-16gb"])["peak_tflop_s", "fp64", "dense"] == 0.768


def test_the_bandwidth_of_one_link_is_no_bandwidth_of_the_gpu_and_has_no_direction() -> None:
    (link,) = [row for row in said(LIST)["amd-mi300x-192gb"].rows if row["metric"] == "interconnect_gb_s"]
    assert (link["scope"], link["direction"], link["value"]) == ("link", "", 128.0)


def test_columns_about_software_may_be_more_than_the_reader_keeps() -> None:
    software = {f"Supported Technology {number}": "Yes" for number in range(90)}
    assert figures(said(page({**MI300X, **software}))["amd-mi300x-192gb"]) == figures(said(LIST)["amd-mi300x-192gb"])


def test_a_product_that_nobody_offers_is_ignored_and_one_that_nobody_has_settled_is_refused() -> None:
    assert (said(LIST)[""].refused, said(LIST)[""].ignored) == ([], 1)  # MI350P
    rest = said(page(MI300X, {**MI210, "Name": "AMD Instinct™ MI500X"}))[""]
    assert [(refused.reason, refused.row_text) for refused in rest.refused] == [
        ("unknown_accelerator", "AMD Instinct™ MI500X")
    ]


def test_a_product_that_stands_twice_with_one_figure_is_not_believed_in_it() -> None:
    twice = said(page(MI210, {"Name": MI210["Name"], SIZE: "128 GB", BANDWIDTH: ""}))["amd-mi210-64gb"]
    assert [refused.reason for refused in twice.refused] == ["duplicate_key"] * 2
    assert ("memory_gb", "", "") not in figures(twice)


@pytest.mark.parametrize(
    ("label", "text", "reason"),
    [
        (SIZE, "192", "unit"),
        (SIZE, "up to 192 GB", "unit"),
        (BANDWIDTH, "5.3 Tb", "unit"),
        (FP8, "2.61 POPs", "unit"),
        (INT8, "2.6 PFLOPs", "unit"),
        (BF16, "0 PFLOPs", "zero_value"),
        (TBP, "600W TBP (Max); 450W TBP configurable", "unit"),
        (HALF_MATRIX_SPARSE.replace("Half", "Third"), "1 PFLOPs", "unknown_label"),
        ("Peak OCP FP8 Performance", "2.61 PFLOPs", "unknown_label"),
    ],
)
def test_a_figure_that_is_not_understood_is_refused_alone(label: str, text: str, reason: str) -> None:
    mi300x = said(page({**MI300X, label: text}))["amd-mi300x-192gb"]
    assert [refused.reason for refused in mi300x.refused] == [reason]
    assert mi300x.refused[0].key["accelerator_id"] == "amd-mi300x-192gb"
    assert len(mi300x.rows) == len(MI300X) - 1 - (label in MI300X)


def test_a_sparse_rate_of_the_vector_units_is_refused() -> None:
    mi355x = said(page({**MI355X, HALF_SPARSE: "314.6 TFLOPs"}))["amd-mi355x-288gb"]
    assert [refused.reason for refused in mi355x.refused] == ["sparsity"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (LIST[:-200], "truncated"),
        ("<html><body>Access denied</body></html>", "no table with columns Name, Dedicated Memory Size"),
        (LIST.replace("Dedicated Memory Size", "Memory"), "no table with columns"),
        (page({**MI210, "Name": "AMD Radeon™ X"}), "no known product; .* found AMD Radeon"),
        (page({"Name": MI210["Name"], SIZE: "n/a", BANDWIDTH: "n/a"}), "no figure of amd-mi210-64gb"),
    ],
)
def test_a_page_that_was_redesigned_is_an_error(text: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        said(text)


def test_every_spelling_of_the_source_is_an_accelerator_or_says_why_not() -> None:
    mine = [one for (source, _), one in aliases().items() if source == amd_pages.NAME]
    assert len(mine) == 17
    assert all(one.is_settled or (one.exact_count == 0 and one.note) for one in mine)


@given(spliced(LIST))
def test_a_mutated_page_is_read_or_refused_as_a_whole(page: str) -> None:
    try:
        found = said(page)
    except PayloadError:
        return
    assert all(row["value"] is None or row["value"] > 0 for one in found.values() for row in one.rows)  # type: ignore[operator]
