"""NVIDIA's product pages. None is recorded: the pages here are written by hand, after what the pages print."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from sources.datasheets import nvidia_pages
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced

H100 = """<html><body><h2>Product Specifications</h2><table>
<tr><th></th><th>H100 SXM</th><th>H100 NVL</th></tr>
<tr><td>FP64</td><td>34 teraFLOPS</td><td>30 teraFLOPs</td></tr>
<tr><td>FP64 Tensor Core</td><td>67 teraFLOPS</td><td>60 teraFLOPs</td></tr>
<tr><td>FP32</td><td>67 teraFLOPS</td><td>60 teraFLOPs</td></tr>
<tr><td>BFLOAT16 Tensor Core*</td><td>1,979 teraFLOPS</td><td>1,671 teraFLOPS</td></tr>
<tr><td>INT8 Tensor Core*</td><td>3,958 TOPS</td><td>3,341 TOPS</td></tr>
<tr><td>GPU Memory</td><td>80GB</td><td>94GB</td></tr>
<tr><td>GPU Memory Bandwidth</td><td>3.35TB/s</td><td>3.9TB/s</td></tr>
<tr><td>Decoders</td><td>7 NVDEC<br>7 JPEG</td><td>7 NVDEC<br>7 JPEG</td></tr>
<tr><td>Max Thermal Design Power (TDP)</td><td>Up to 700W (configurable)</td><td>350-400W (configurable)</td></tr>
<tr><td>Interconnect</td><td>NVIDIA NVLink: 900GB/s<br>PCIe Gen5: 128GB/s</td><td>NVLink: 600GB/s</td></tr>
</table><p>* With sparsity</p></body></html>"""
L4 = """<html><body><table>
<tr><td>FP32</td><td>30.3 teraFLOPs</td></tr>
<tr><td>TF32 Tensor Core</td><td>120 teraFLOPS*</td></tr>
<tr><td>BFLOAT16 Tensor Core</td><td>242 teraFLOPS*</td></tr>
<tr><td>FP8 Tensor Core</td><td>485 teraFLOPs*</td></tr>
<tr><td>GPU Memory</td><td>24GB</td></tr>
<tr><td>GPU memory bandwidth</td><td>300GB/s</td></tr>
<tr><td>Form factor</td><td>1-slot low-profile, PCIe</td></tr>
</table><p>* Shown with sparsity. Specifications are one-half lower without sparsity.</p></body></html>"""
L40S = """<html><body><table>
<tr><td>GPU Memory</td><td>48GB GDDR6 with ECC</td></tr>
<tr><td>Memory Bandwidth</td><td>864GB/s</td></tr>
<tr><td>FP32</td><td>91.6 TFLOPS</td></tr>
<tr><td>TF32 Tensor Core</td><td>183 / 366* TFLOPS</td></tr>
<tr><td>BFLOAT16 Tensor Core</td><td>362.05 | 733* TFLOPS</td></tr>
<tr><td>Peak INT8 Tensor TOPS</td><td>733 | 1,466*</td></tr>
<tr><td>Max Power Consumption</td><td>350W</td></tr>
</table><p>* With Sparsity</p></body></html>"""
A100 = """<html><body><table><thead>
<tr><th></th><th>A100 80GB PCIe</th><th>A100 80GB SXM</th></tr></thead>
<tr><td>FP64</td><td colspan="2">9.7 TFLOPS</td></tr>
<tr><td>FP32</td><td colspan="2">19.5 TFLOPS</td></tr>
<tr><td>BFLOAT16 Tensor Core</td><td colspan="2">312 TFLOPS | 624 TFLOPS*</td></tr>
<tr><td>GPU Memory</td><td>80GB HBM2e</td><td>80GB HBM2e</td></tr>
<tr><td>GPU Memory Bandwidth</td><td>1,935 GB/s</td><td>2,039 GB/s</td></tr>
<tr><td>Max Thermal Design Power (TDP)</td><td>300W</td><td>400W ***</td></tr>
</table><p>* With sparsity<br>** SXM4 GPUs via HGX boards<br>*** 400W TDP for standard configuration</p>"""
H200 = """<html><body><table>
<tr><th>Specification</th><th>H200 SXM<sup>1</sup></th><th>H200 NVL<sup>1</sup></th></tr>
<tr><td>FP32</td><td>67 TFLOPS</td><td>60 TFLOPS</td></tr>
<tr><td>FP8 Tensor Core<sup>2</sup></td><td>3,958 TFLOPS</td><td>3,341 TFLOPS</td></tr>
<tr><td>GPU Memory</td><td>141GB</td><td>141GB</td></tr>
<tr><td>GPU Memory Bandwidth</td><td>4.8TB/s</td><td>4.8TB/s</td></tr>
</table><p><sup>1</sup> Preliminary specifications. May be subject to change.<br><sup>2</sup> With sparsity.</p>"""

Key = tuple[str, str, str]


def said(page: str, name: str = "h100.html") -> dict[str, Statement]:
    payload = Payload(page.encode(), name, datetime(2026, 11, 1, tzinfo=UTC))
    return {statement.scope.get("accelerator_id", ""): statement for statement in nvidia_pages.parse(payload)}


def figures(statement: Statement) -> dict[Key, object]:
    return {(str(row["metric"]), str(row["precision"]), str(row["sparsity"])): row["value"] for row in statement.rows}


def test_each_column_is_a_form_and_a_starred_label_is_sparse() -> None:
    found = said(H100)
    assert set(found) == {"nvidia-h100-sxm-80gb", "nvidia-h100-nvl-94gb"}
    assert figures(found["nvidia-h100-sxm-80gb"]) == {
        ("peak_tflop_s", "fp64", "dense"): 34.0,
        ("peak_tflop_s", "fp64_tensor", "dense"): 67.0,
        ("peak_tflop_s", "fp32", "dense"): 67.0,
        ("peak_tflop_s", "bf16", "sparse"): 1979.0,  # and no dense rate: the page has none
        ("peak_top_s", "int8", "sparse"): 3958.0,
        ("memory_gb", "", ""): 80.0,
        ("memory_bandwidth_gb_s", "", ""): 3350.0,
        ("tdp_w", "", ""): 700.0,
    }
    assert found["nvidia-h100-sxm-80gb"].ignored == 2  # decoders, interconnect
    assert {row["value_kind"] for row in found["nvidia-h100-sxm-80gb"].rows} == {"vendor_doc"}


def test_a_range_of_power_is_no_figure_and_the_rest_of_the_column_goes_on() -> None:
    nvl = said(H100)["nvidia-h100-nvl-94gb"]
    assert [(refused.reason, refused.key["metric"]) for refused in nvl.refused] == [("unit", "tdp_w")]
    assert figures(nvl)["memory_gb", "", ""] == 94.0


def test_a_starred_figure_is_sparse_and_the_first_row_of_a_table_without_a_header_is_a_row() -> None:
    l4 = said(L4, "l4.html")["nvidia-l4-24gb"]
    assert figures(l4) == {
        ("peak_tflop_s", "fp32", "dense"): 30.3,
        ("peak_tflop_s", "tf32", "sparse"): 120.0,
        ("peak_tflop_s", "bf16", "sparse"): 242.0,  # dense is 121
        ("peak_tflop_s", "fp8", "sparse"): 485.0,
        ("memory_gb", "", ""): 24.0,
        ("memory_bandwidth_gb_s", "", ""): 300.0,
    }
    assert l4.refused == []


def test_of_two_rates_the_first_is_dense_and_the_starred_one_is_sparse() -> None:
    assert figures(said(L40S, "l40s.html")["nvidia-l40s-48gb"]) == {
        ("memory_gb", "", ""): 48.0,
        ("memory_bandwidth_gb_s", "", ""): 864.0,
        ("peak_tflop_s", "fp32", "dense"): 91.6,
        ("peak_tflop_s", "tf32", "dense"): 183.0,
        ("peak_tflop_s", "tf32", "sparse"): 366.0,
        ("peak_tflop_s", "bf16", "dense"): 362.05,
        ("peak_tflop_s", "bf16", "sparse"): 733.0,
        ("peak_top_s", "int8", "dense"): 733.0,
        ("peak_top_s", "int8", "sparse"): 1466.0,
        ("tdp_w", "", ""): 350.0,
    }


def test_a_cell_over_both_columns_is_both_forms_and_three_stars_are_another_note() -> None:
    found = said(A100, "a100.html")
    pcie, sxm = (figures(found[f"nvidia-a100-{form}-80gb"]) for form in ("pcie", "sxm"))
    assert pcie["peak_tflop_s", "bf16", "dense"] == sxm["peak_tflop_s", "bf16", "dense"] == 312.0
    assert pcie["peak_tflop_s", "bf16", "sparse"] == 624.0
    assert (pcie["memory_bandwidth_gb_s", "", ""], sxm["memory_bandwidth_gb_s", "", ""]) == (1935.0, 2039.0)
    assert (pcie["tdp_w", "", ""], sxm["tdp_w", "", ""]) == (300.0, 400.0)


def test_a_page_that_calls_its_figures_preliminary_gives_preliminary_ones() -> None:
    found = said(H200, "h200.html")
    assert figures(found["nvidia-h200-nvl-141gb"])["peak_tflop_s", "fp8", "sparse"] == 3341.0
    assert {row["value_kind"] for row in found["nvidia-h200-sxm-141gb"].rows} == {"preliminary"}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("<p>* With sparsity</p>", "", "sparsity"),  # a star that nobody explains
        ("* With sparsity", "* Boost clock", "sparsity"),
        ("BFLOAT16 Tensor Core*", "BFLOAT16 Tensor Core", "sparsity"),
        ("BFLOAT16 Tensor Core*", "FP4 Tensor Core*", "unknown_label"),
        ("1,979 teraFLOPS", "up to 1,979 teraFLOPS", "unit"),
        ("1,979 teraFLOPS", "1,979 TOPS", "unit"),
        ("1,979 teraFLOPS", "989* | 1,979*", "sparsity"),
        ("1,979 teraFLOPS", "990 | 1,979 | 3,958 teraFLOPS", "unit"),
        ("<td>80GB</td>", "<td>80</td>", "unit"),
        ("3.35TB/s", "3.35 Tb", "unit"),
    ],
)
def test_a_figure_that_could_mean_two_things_is_refused(before: str, after: str, reason: str) -> None:
    sxm = said(H100.replace(before, after))["nvidia-h100-sxm-80gb"]
    assert {refused.reason for refused in sxm.refused} == {reason}
    assert ("peak_tflop_s", "fp32", "dense") in figures(sxm)


def test_a_form_that_is_not_known_is_refused_and_the_others_go_on() -> None:
    found = said(H100.replace("H100 NVL", "H100 XL"))
    assert set(found) == {"nvidia-h100-sxm-80gb", ""}
    assert [(refused.reason, refused.row_text) for refused in found[""].refused] == [("unknown_accelerator", "H100 XL")]


@pytest.mark.parametrize(
    ("page", "name", "says"),
    [
        ("", "h100.html", "empty"),
        ("<html><body>Access denied</body></html>", "h100.html", "no table with the rows"),
        (H100[:200], "h100.html", "no table with the rows"),
        (H100.replace("H100 SXM", "A").replace("H100 NVL", "B"), "h100.html", "columns A, B; expected known products"),
        (H100, "hgx.html", "page 'hgx'; expected one of h100"),
    ],
)
def test_a_page_that_was_redesigned_is_an_error(page: str, name: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        said(page, name)


@given(spliced(L40S))
def test_a_mutated_page_is_read_or_refused_as_a_whole(page: str) -> None:
    try:
        found = said(page, "l40s.html")
    except PayloadError:
        return
    assert all(row["value"] > 0 for statement in found.values() for row in statement.rows)  # type: ignore[operator]
