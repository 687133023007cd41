"""AWS's pages about its chips. None is recorded: the pages here are written by hand, after what the pages print."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from sources.datasheets import aws_neuron
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced

TRAINIUM2 = """.. _trainium2-arch:

Trainium2 Architecture
======================

Each Trainium2 chip consists of the following components:

+----------------------------------+-----------------------------------------------------+
| Compute                          | Eight NeuronCore-v3 that collectively deliver:      |
|                                  |                                                     |
|                                  | * 1,299 FP8 TFLOPS                                  |
|                                  | * 667 BF16/FP16/TF32 TFLOPS                         |
|                                  | * 2,563 FP8/FP16/BF16/TF32 sparse TFLOPS            |
|                                  | * 181 FP32 TFLOPS                                   |
+----------------------------------+-----------------------------------------------------+
| Device Memory                    | 96 GiB of device memory with 2.9 TB/sec of          |
|                                  | bandwidth.                                          |
+----------------------------------+-----------------------------------------------------+
| Data Movement                    | 3.5 TB/sec of DMA bandwidth, with inline            |
|                                  | memory compression and decompression.               |
+----------------------------------+-----------------------------------------------------+
| NeuronLink                       | NeuronLink-v3 for chip-to-chip interconnect         |
|                                  | provides 1.28 TB/sec bandwidth per chip.            |
+----------------------------------+-----------------------------------------------------+
| Programmability                  | Dynamic shapes and control flow.                    |
+----------------------------------+-----------------------------------------------------+

Trainium2 performance improvements
==================================

.. list-table::
    :header-rows: 1

    *   -
        - Trainium
        - Trainium2
    *   - FP8 (TFLOPS)
        - 191
        - 1299
"""
TRAINIUM = """Each Trainium chip consists of:

+----------------------------------+----------------------------------+
| Compute                          | Two :ref:`NeuronCore-v2          |
|                                  | <neuroncores-v2-arch>`           |
|                                  | delivering 380 INT8 TOPS,        |
|                                  | 190 FP16/BF16/cFP8/TF32 TFLOPS,  |
|                                  | and 47.5 FP32 TFLOP.             |
+----------------------------------+----------------------------------+
| Device Memory                    | 32 GiB of device memory (for     |
|                                  | storing model state), with 820   |
|                                  | GiB/sec of bandwidth.            |
+----------------------------------+----------------------------------+
| NeuronLink                       | NeuronLink-v2 for chip-to-chip   |
+----------------------------------+----------------------------------+
"""
TRAINIUM_BEFORE = """Each Trainium device consists of:

-  Compute:
    * 2x :ref:`NeuronCore-v2 <neuroncores-v2-arch>` cores, delivering 420 INT8 TOPS, 190 FP16/BF16/cFP8/TF32 TFLOPS, and
      47.5 FP32 TFLOPS.

-  Device Memory:
    * 32GB of device memory (for storing model state), with 820 GB/sec of bandwidth.

-  Data movement:
    * 1 TB/sec of DMA bandwidth, with inline memory compression/decompression.

-  NeuronLink:
    * NeuronLink-v2 for device-to-device interconnect.
"""
TRAINIUM3 = """Each Trainium3 chip consists of the following components:

.. list-table::
    :widths: auto

    *   - Compute
        - Eight NeuronCore-v4 cores that collectively deliver:

          * 2,517 MXFP8/MXFP4 TFLOPS
          * 671 BF16/FP16/TF32 TFLOPS
          * 2,517 FP16/BF16/TF32 sparse TFLOPS
          * 183 FP32 TFLOPS

    *   - Device memory
        - 144 GiB of device memory, with 4.9 TB/sec of bandwidth.

    *   - NeuronLink
        - NeuronLink-v4 for device-to-device interconnect provides 2.56 TB/sec bandwidth per device.

    *   - Programmability
        - Dynamic shapes.
"""
INFERENTIA = """Each Inferentia chip consists of:

+---------------+-------------------------------------------+
| Compute       | Four                                      |
|               | :ref:`NeuronCore-v1 <neuroncores-v1-arch>`|
|               | cores, delivering 128 INT8 TOPS and 64    |
|               | FP16/BF16 TFLOPS                          |
+---------------+-------------------------------------------+
| Device Memory | 8GiB of device DRAM memory (for storing   |
|               | parameters and intermediate state), with  |
|               | 50 GiB/sec of bandwidth                   |
+---------------+-------------------------------------------+
| NeuronLink    | Enables co-optimization of latency        |
+---------------+-------------------------------------------+
"""
INFERENTIA2_MEMORY = (
    "32GiB of high-bandwidth device memor (HBM) (for storing model state), with 820 GiB/sec of bandwidth"
)


def said(text: str, name: str) -> Statement:
    (found,) = aws_neuron.parse(Payload(text.encode(), name, datetime(2026, 11, 1, tzinfo=UTC)))
    return found


def figures(statement: Statement) -> dict[tuple[str, str, str], object]:
    return {(str(row["metric"]), str(row["precision"]), str(row["sparsity"])): row["value"] for row in statement.rows}


def test_each_format_of_a_sentence_is_a_fact_and_sparse_is_what_says_so() -> None:
    statement = said(TRAINIUM2, "trainium2.rst")
    assert statement.scope == {"accelerator_id": "aws-trainium2"}
    assert (statement.complete, statement.refused) == (False, [])
    assert figures(statement) == {
        ("peak_tflop_s", "fp8", "dense"): 1299.0,  # not the 191 and 1299 of the comparison further down
        ("peak_tflop_s", "bf16", "dense"): 667.0,
        ("peak_tflop_s", "fp16", "dense"): 667.0,
        ("peak_tflop_s", "tf32", "dense"): 667.0,
        ("peak_tflop_s", "fp8", "sparse"): 2563.0,
        ("peak_tflop_s", "bf16", "sparse"): 2563.0,
        ("peak_tflop_s", "fp16", "sparse"): 2563.0,
        ("peak_tflop_s", "tf32", "sparse"): 2563.0,
        ("peak_tflop_s", "fp32", "dense"): 181.0,
        ("memory_gb", "", ""): 103.079215104,  # 96 * 2^30 / 10^9
        ("memory_bandwidth_gb_s", "", ""): 2900.0,  # not the 3.5 TB/sec of DMA
        ("interconnect_gb_s", "", ""): 1280.0,
    }
    assert {row["direction"] for row in statement.rows} == {""}
    assert {row["scope"] for row in statement.rows} == {"chip"}


def test_what_a_page_says_of_another_chip_further_down_is_not_read() -> None:
    compared = said(f"{TRAINIUM2}\nIt follows Trainium with 191 BF16 TFLOPS and 420 INT8 TOPS.\n", "trainium2.rst")
    assert figures(compared) == figures(said(TRAINIUM2, "trainium2.rst"))


def test_a_revised_page_gives_the_revised_figures_with_one_valid_time() -> None:
    before, after = said(TRAINIUM_BEFORE, "trainium.rst"), said(TRAINIUM, "trainium.rst")
    assert before.valid_at == after.valid_at == datetime(2022, 10, 1, tzinfo=UTC)
    assert figures(before)["peak_top_s", "int8", "dense"] == 420.0
    assert figures(after)["peak_top_s", "int8", "dense"] == 380.0
    assert figures(before)["memory_bandwidth_gb_s", "", ""] == 820.0
    assert figures(after)["memory_bandwidth_gb_s", "", ""] == 880.46829568  # 820 GiB/sec
    assert figures(after)["peak_tflop_s", "fp8", "dense"] == 190.0  # cFP8
    assert figures(after)["peak_tflop_s", "fp32", "dense"] == 47.5  # '47.5 FP32 TFLOP.'


def test_the_formats_of_trainium3_are_microscaled_ones() -> None:
    found = figures(said(TRAINIUM3, "trainium3.rst"))
    assert found["peak_tflop_s", "fp8", "dense"] == found["peak_tflop_s", "fp4", "dense"] == 2517.0
    assert ("peak_tflop_s", "fp8", "sparse") not in found
    assert found["interconnect_gb_s", "", ""] == 2560.0


def test_the_page_without_a_word_on_programmability_and_the_one_with_a_slip_are_read_too() -> None:
    assert figures(said(INFERENTIA, "inferentia.rst")) == {
        ("peak_top_s", "int8", "dense"): 128.0,
        ("peak_tflop_s", "fp16", "dense"): 64.0,
        ("peak_tflop_s", "bf16", "dense"): 64.0,
        ("memory_gb", "", ""): 8.589934592,
        ("memory_bandwidth_gb_s", "", ""): 53.6870912,
    }
    slip = INFERENTIA.replace("Each Inferentia ", "Each Inferentia2 ").replace("Enables", f"{INFERENTIA2_MEMORY}. E")
    statement = said(slip, "inferentia2.rst")
    assert [refused.reason for refused in statement.refused] == ["duplicate_key"] * 4  # 8 and 32, 50 and 820
    alone = slip.replace("8GiB of device", "Some")
    assert figures(said(alone, "inferentia2.rst"))["memory_gb", "", ""] == 34.359738368


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("1,299 FP6 TFLOPS", "unknown_label"),
        ("1,299 FP8 TOPS", "unknown_label"),
        ("1,299 INT8 TFLOPS", "unknown_label"),
        ("0 FP8 TFLOPS", "zero_value"),
    ],
)
def test_a_rate_that_is_not_understood_is_refused_alone(sentence: str, reason: str) -> None:
    statement = said(TRAINIUM2.replace("1,299 FP8 TFLOPS", sentence), "trainium2.rst")
    assert [refused.reason for refused in statement.refused] == [reason]
    assert ("peak_tflop_s", "fp8", "dense") not in figures(statement)
    assert len(statement.rows) == 11


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("", "trainium2.rst", "empty"),
        ("<!doctype html><html></html>", "trainium2.rst", "HTML"),
        (TRAINIUM2[:300], "trainium2.rst", "redesigned"),
        (TRAINIUM2, "trainium.rst", "no 'Each Trainium chip consists of"),
        (TRAINIUM2, "trn2-arch.rst", "page 'trn2-arch'; expected one of trainium"),
        ("Each Trainium2 chip consists of NeuronLink.", "trainium2.rst", "no figure of aws-trainium2"),
    ],
)
def test_a_page_that_was_redesigned_is_an_error(text: str, name: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        said(text, name)


@given(spliced(TRAINIUM2))
def test_a_mutated_page_is_read_or_refused_as_a_whole(page: str) -> None:
    try:
        statement = said(page, "trainium2.rst")
    except PayloadError:
        return
    assert all(row["value"] > 0 for row in statement.rows)  # type: ignore[operator]
