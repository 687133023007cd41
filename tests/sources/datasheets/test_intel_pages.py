"""Intel's pages. None is recorded: the pages here are written by hand, after what readers of them quote.

The markup of a GPU's page is that which public programs look for. The table of Gaudi figures is that of Intel's slides
and white paper, in HTML; the sentence of the documentation is quoted for Gaudi 2 alone.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.datasheets import intel_pages
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced


def gpu(*rows: tuple[str, str]) -> str:
    """A page of specifications with these rows."""
    shown = "".join(
        f'<div class="row tech-section-row"><div class="col-xs-6 col-lg-6 tech-label"><span>{label}</span></div>'
        f'<div class="col-xs-6 col-lg-6 tech-data"><span>{text}</span></div></div>'
        for label, text in rows
    )
    return f'<html><body><div class="tech-section" id="specs-1-0-1"><h3>GPU</h3>{shown}</div></body></html>'


MAX_1550 = gpu(
    ("Xe-cores", "128"),
    ("Graphics Max Dynamic Clock", "1600 MHz"),
    ("TDP", "600 W"),
    ("High Bandwidth Memory (HBM)", "128 GB"),
    ("Memory Type", "HBM2e"),
    ("Graphics Memory Bandwidth", "3276.8 GB/s"),
)
FLEX_170 = gpu(("TDP", "150 W"), ("Memory", "16 GB GDDR6"), ("Graphics Memory Bandwidth", "576 GB/s"))

SENTENCE = (
    "<p>The Gaudi® 2 memory subsystem includes 96 GB of HBM2E memories delivering 2.45 TB/sec bandwidth, in addition to"
    " a 48 MB of local SRAM.</p>"
)
TABLE = """<table><thead><tr><th>Feature / Product</th><th>Intel® Gaudi® 2 AI Accelerator</th>
<th>Intel® Gaudi® 3 AI Accelerator</th></tr></thead>
<tr><td>BF16 MME TFLOPs</td><td>432</td><td>1835</td></tr>
<tr><td>FP8 MME TFLOPs</td><td>865</td><td>1835</td></tr>
<tr><td>FP32 MME TFLOPs</td><td></td><td>229</td></tr>
<tr><td>BF16 Vector TFLOPs</td><td>11</td><td>28.7</td></tr>
<tr><td>FP32 Vector TFLOPs</td><td></td><td>14.3</td></tr>
<tr><td>MME Units</td><td>2</td><td>8</td></tr>
<tr><td>HBM Capacity</td><td>96 GB</td><td>128 GB</td></tr>
<tr><td>HBM Bandwidth</td><td>2.46 TB/s</td><td>3.7 TB/s</td></tr>
<tr><td>Networking</td><td>600 GB/s bidirectional</td><td>1200 GB/s bidirectional</td></tr>
<tr><td>TDP (OAM)</td><td>600W</td><td>900W(Air)/1200W(Liquid)</td></tr>
<tr><td>TDP (PCIe)</td><td></td><td>600 W</td></tr>
</table>"""
GAUDI = f"<html><body><h1>Gaudi Architecture</h1>{TABLE}</body></html>"
REVISED = GAUDI.replace("1835", "1678").replace("229", "210")
DOCUMENTED = f"<html><body><h1>Gaudi Architecture</h1>{SENTENCE}</body></html>"


def said(text: str, name: str) -> dict[str, Statement]:
    payload = Payload(text.encode(), name, datetime(2026, 11, 1, tzinfo=UTC))
    return {statement.scope["accelerator_id"]: statement for statement in intel_pages.parse(payload)}


def gaudis(text: str) -> dict[str, Statement]:
    return said(text, "intel-gaudi-architecture.html")


def figures(statement: Statement) -> dict[tuple[str, str, str], object]:
    return {
        (str(row["metric"]), str(row["precision"]), str(row["scope"])): row["value"] or row["value_raw"]
        for row in statement.rows
    }


def test_a_page_of_a_gpu_gives_memory_and_power() -> None:
    max_1550 = said(MAX_1550, "intel-max-1550.html")["intel-max-1550"]
    assert figures(max_1550) == {
        ("tdp_w", "", "gpu"): 600.0,
        ("memory_gb", "", "gpu"): 128.0,
        ("memory_type", "", "gpu"): "HBM2e",
        ("memory_bandwidth_gb_s", "", "gpu"): 3276.8,
    }
    assert (max_1550.complete, max_1550.refused, max_1550.ignored) == (False, [], 2)
    flex = said(FLEX_170, "intel-pages/intel-flex-170.html")["intel-flex-170-16gb"]
    assert figures(flex)["memory_gb", "", "gpu"] == 16.0


def test_a_rate_of_which_the_page_does_not_say_whether_it_is_dense_is_neither() -> None:
    page = gpu(("TDP", "150 W"), ("GPU Peak TOPS (Int8)", "256"), ("GPU Peak TOPS (Int4)", "512"))
    flex = said(page, "intel-flex-170.html")["intel-flex-170-16gb"]
    (rate,) = [row for row in flex.rows if row["metric"] == "peak_top_s"]
    assert (rate["precision"], rate["sparsity"], rate["value"]) == ("int8", "", 256.0)
    assert [refused.reason for refused in flex.refused] == ["unknown_label"]


def test_the_matrix_engine_and_the_vector_engine_are_two_facts() -> None:
    found = gaudis(GAUDI)
    gaudi3 = figures(found["intel-gaudi3"])
    assert gaudi3 == {
        ("peak_tflop_s", "bf16", "module"): 1835.0,
        ("peak_tflop_s", "fp8", "module"): 1835.0,  # as many as of BF16
        ("peak_tflop_s", "fp32", "module"): 229.0,
        ("peak_tflop_s", "bf16_vector", "module"): 28.7,
        ("peak_tflop_s", "fp32_vector", "module"): 14.3,
        ("memory_gb", "", "module"): 128.0,
        ("memory_bandwidth_gb_s", "", "module"): 3700.0,
        ("interconnect_gb_s", "", "module"): 1200.0,
        ("tdp_w", "", "board"): 600.0,  # of the PCIe card
    }
    assert [(refused.reason, refused.key["metric"]) for refused in found["intel-gaudi3"].refused] == [("unit", "tdp_w")]
    rates = [row for row in found["intel-gaudi3"].rows if row["metric"] == "peak_tflop_s"]
    assert {row["sparsity"] for row in rates} == {"dense"}
    (link,) = [row for row in found["intel-gaudi3"].rows if row["metric"] == "interconnect_gb_s"]
    assert link["direction"] == "both_ways"
    gaudi2 = figures(found["intel-gaudi2"])
    assert gaudi2["peak_tflop_s", "fp8", "module"] == 865.0
    assert gaudi2["tdp_w", "", "module"] == 600.0
    assert ("peak_tflop_s", "fp32", "module") not in gaudi2


def test_a_revised_page_gives_the_revised_rate_with_one_valid_time() -> None:
    before, after = gaudis(GAUDI)["intel-gaudi3"], gaudis(REVISED)["intel-gaudi3"]
    assert before.valid_at == after.valid_at == datetime(2024, 9, 1, tzinfo=UTC)
    assert figures(before)["peak_tflop_s", "bf16", "module"] == 1835.0
    assert figures(after)["peak_tflop_s", "bf16", "module"] == 1678.0


def test_the_sentence_of_the_documentation_gives_the_memory() -> None:
    assert {name: figures(one) for name, one in gaudis(DOCUMENTED).items()} == {
        "intel-gaudi2": {
            ("memory_gb", "", "module"): 96.0,
            ("memory_bandwidth_gb_s", "", "module"): 2450.0,
            ("memory_type", "", "module"): "HBM2E",
        }
    }


def test_where_sentence_and_table_differ_neither_is_believed_and_where_they_agree_it_is_one_fact() -> None:
    gaudi2 = gaudis(GAUDI.replace("</table>", f"</table>{SENTENCE}"))["intel-gaudi2"]
    assert figures(gaudi2)["memory_gb", "", "module"] == 96.0
    assert {(refused.reason, refused.row_text) for refused in gaudi2.refused} == {
        ("duplicate_key", "2.45 TB/sec"),
        ("duplicate_key", "2.46 TB/s"),
    }


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("BF16 MME TFLOPs", "BF16 sparse TFLOPs", "unknown_label"),
        ("<td>1835</td>", "<td>up to 1835</td>", "unit"),
        ("<td>128 GB</td>", "<td>128</td>", "unit"),
        ("<td>14.3</td>", "<td>0</td>", "zero_value"),
    ],
)
def test_a_figure_that_is_not_understood_is_refused_alone(before: str, after: str, reason: str) -> None:
    gaudi3 = gaudis(GAUDI.replace(before, after, 1))["intel-gaudi3"]
    assert {refused.reason for refused in gaudi3.refused} == {reason, "unit"}  # and the power of two coolings
    assert figures(gaudi3)["peak_tflop_s", "fp32", "module"] == 229.0


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("", "intel-max-1550.html", "empty"),
        ("<html><body>Access denied</body></html>", "intel-max-1550.html", "no row with a tech-label"),
        (gpu(("Xe-cores", "128")), "intel-max-1550.html", "no figure of intel-max-1550"),
        (MAX_1550, "intel-max-1350.html", "page 'max-1350'; expected one of max-1550"),
        (GAUDI[:-30], "intel-gaudi-architecture.html", "truncated"),
        ("<html><body>Sign in</body></html>", "intel-gaudi-architecture.html", "was the page redesigned"),
        (GAUDI.replace("Gaudi®", "Falcon"), "intel-gaudi-architecture.html", "was the page redesigned"),
    ],
)
def test_a_page_that_was_redesigned_is_an_error(text: str, name: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        said(text, name)


def test_every_live_address_is_read_by_the_source() -> None:
    live = intel_pages.SOURCE.live
    assert live is not None
    assert {address.name for address in live.addresses} <= set(intel_pages.SOURCE.reads)


@given(
    st.one_of(
        st.tuples(spliced(MAX_1550), st.just("intel-max-1550.html")),
        st.tuples(spliced(GAUDI), st.just("intel-gaudi-architecture.html")),
    )
)
def test_a_mutated_page_is_read_or_refused_as_a_whole(named: tuple[str, str]) -> None:
    try:
        found = said(*named)
    except PayloadError:
        return
    assert all(row["value"] is None or row["value"] > 0 for one in found.values() for row in one.rows)  # type: ignore[operator]
