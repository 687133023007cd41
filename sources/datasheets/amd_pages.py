"""AMD's list of accelerator specifications: one HTML table, a row per Instinct product and a column per figure.

What has been seen is AMD's own export of this table as CSV (in 2026: 108 columns, 17 products) and, of two product
pages, the labels and figures, which are the same: ``Peak Half Precision (FP16) Performance  1.3 PFLOPs``, ``... with
Structured Sparsity  2.61 PFLOPs``. The page itself was not: that its table stands in the HTML, and is not filled in by
a script, is assumed.

A rate has a column of its own for sparsity (one of them misspelt ``Strutured``), so the other one is dense. The traps:

* 2.61 PFLOPs of an MI300X are FP8 dense and FP16 sparse, which the column alone tells.
* ``Peak Half Precision (FP16) Performance`` is the rate of the matrix units on CDNA 3 and before, and of the vector
  units on CDNA 4, which have a column ``... Matrix (FP16) ...`` beside it (157.3 TFLOPs and 2.5 PFLOPs).
* TF32 is a matrix format; FP32 and FP64 have a vector and a matrix rate each.
* An MI250 or MI250X is one OAM module of two dies, which systems count as two GPUs; its figures are those of both.
* ``500W | 560W Peak`` is the thermal design power and its peak.
* Figures are rounded, and rounded down: 3.2 TB/s is 3,276.8 GB/s, which is more than 2 % away.

MXFP8 repeats FP8, and nobody asks for MXFP6. The bandwidth is that of one Infinity Fabric link, direction not stated.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from sources.datasheets.figures import Meaning, Subject, statement
from sources.html_tables import html_tables
from sources.markup_tables import Row as Printed
from sources.markup_tables import expect_tables
from sources.names import alias
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

NAME = "amd-pages"
PAGE = "instinct-accelerators"
EXPECTED = ("Name", "Dedicated Memory Size", "Peak Memory Bandwidth")
MODULES = ("amd-mi250-128gb", "amd-mi250x-128gb")
"""Of two dies each; the others are one GPU."""

_SPARSE = (" with structured sparsity", " with strutured sparsity")
_RATES = {
    "peak microscaling four-bit precision matrix (mxfp4) performance": Meaning("peak_tflop_s", "fp4"),
    "peak open compute project eight-bit precision matrix (ocp-fp8) performance (e5m2, e4m3)": Meaning(
        "peak_tflop_s", "fp8"
    ),
    "peak eight-bit precision (fp8) performance (e5m2, e4m3)": Meaning("peak_tflop_s", "fp8"),
    "peak half precision matrix (fp16) performance": Meaning("peak_tflop_s", "fp16"),
    "peak half precision (fp16) performance": Meaning("peak_tflop_s", "fp16"),
    "peak bfloat16 (bf16) matrix performance": Meaning("peak_tflop_s", "bf16"),
    "peak bfloat16": Meaning("peak_tflop_s", "bf16"),
    "peak single precision (tf32 matrix) performance": Meaning("peak_tflop_s", "tf32"),
    "peak single precision (tf32) performance": Meaning("peak_tflop_s", "tf32"),
    "peak single precision matrix (fp32) performance": Meaning("peak_tflop_s", "fp32_tensor"),
    "peak single precision (fp32) performance": Meaning("peak_tflop_s", "fp32"),
    "peak double precision matrix (fp64) performance": Meaning("peak_tflop_s", "fp64_tensor"),
    "peak double precision (fp64) performance": Meaning("peak_tflop_s", "fp64"),
    "peak int8 matrix performance": Meaning("peak_top_s", "int8"),
    "peak int8 performance": Meaning("peak_top_s", "int8"),
    "peak int4 performance": Meaning("peak_top_s", "int4"),
}
"""Label without what it says of sparsity -> what it is."""
_FP16, _FP16_MATRIX = "peak half precision (fp16) performance", "peak half precision matrix (fp16) performance"
_PLAIN = {
    "dedicated memory size": Meaning("memory_gb"),
    "peak memory bandwidth": Meaning("memory_bandwidth_gb_s"),
}
_TEXTS = {"dedicated memory type": "memory_type", "gpu form factor": "form_factor"}
_POWER = ("thermal design power (tdp)", "typical board power (tbp)")
_LINK = "peak infinity fabric™ link bandwidth"
_MICROSCALED = "peak microscaling {}-bit precision matrix (mxfp{}) performance"
NOT_FIGURES = {"peak engine clock", _MICROSCALED.format("six", 6), _MICROSCALED.format("eight", 8)}
"""Of the columns called peak, those that are no figure of ours; no other column is one."""
_WATTS = re.compile(r"(?P<power>[0-9]{2,4} ?W)(?: Peak| \(TBP\)| TBP)?(?: \| [0-9]{2,4} ?W Peak)?")


def parse(payload: Payload) -> Iterable[Statement]:
    tables = expect_tables(payload, html_tables(payload, whole=True), *EXPECTED)
    facts: dict[str, list[Row | Refused]] = {}
    ignored: dict[str, int] = {}
    unknown: list[Refused] = []
    products = 0
    for row in (row for table in tables for row in table.rows):
        spelling = row.text("Name")
        if not spelling:
            continue
        meant = alias(NAME, spelling)
        if meant is None or (meant.is_accelerated and not meant.accelerator_id):
            unknown.append(Refused("unknown_accelerator", row.locator, spelling[:400]))
        elif not meant.is_accelerated:
            products += 1
        else:
            subject = Subject(meant.accelerator_id, "module" if meant.accelerator_id in MODULES else "gpu")
            said = list(_facts(subject, row))
            facts.setdefault(meant.accelerator_id, []).extend(said)
            ignored[meant.accelerator_id] = len([cell for cell in row.cells if cell.text]) - len(said)
    if not facts:
        seen = "; ".join(refused.row_text for refused in unknown)[:200]
        raise PayloadError(f"{payload.name}: no known product; expected AMD Instinct ones; found {seen or 'none'}")
    for accelerator_id, said in facts.items():
        yield statement(payload, accelerator_id, said, ignored=ignored[accelerator_id])
    if unknown or products:
        yield Statement("accelerator_spec", {}, [], unknown, complete=False, ignored=products)


def _facts(subject: Subject, row: Printed) -> Iterator[Row | Refused]:
    printed = {
        " ".join(column.text.casefold().split()): cell.text
        for column, cell in zip(row.columns, row.cells, strict=False)
        if cell.text
    }
    for label, text in printed.items():
        where = f"{row.locator}: {row.text('Name')}: {label}"[:400]
        dense = _without_sparsity(label)
        if dense in _RATES:
            yield _rate(subject, dense, printed, text, where, is_sparse=dense != label)
        elif label in _PLAIN:
            yield subject.figure(_PLAIN[label], text, where)
        elif label in _POWER:
            found = _WATTS.fullmatch(text)
            yield subject.figure(Meaning("tdp_w"), found["power"] if found else text, where)
        elif label in _TEXTS:
            yield subject.text(_TEXTS[label], text[:400], where)
        elif label == _LINK:
            link = Subject(subject.accelerator_id, "link", subject.value_kind)
            yield link.figure(Meaning("interconnect_gb_s"), text, where)
        elif label.startswith("peak ") and dense not in NOT_FIGURES:
            yield subject.refused("unknown_label", f"{label} | {text}", where)


def _without_sparsity(label: str) -> str:
    for said in _SPARSE:
        label = label.replace(said, "")
    return label


def _rate(
    subject: Subject, dense: str, printed: Mapping[str, str], text: str, where: str, *, is_sparse: bool
) -> Row | Refused:
    meaning = _RATES[dense]
    precision = meaning.precision
    if dense == _FP16 and _FP16_MATRIX in printed:
        if is_sparse:  # the vector units know no sparsity
            return subject.refused("sparsity", f"{dense} | {text}", where)
        precision = "fp16_vector"
    return subject.figure(Meaning(meaning.metric, precision, sparsity="sparse" if is_sparse else "dense"), text, where)


_LIST = "https://www.amd.com/en/products/specifications/accelerators.html"
SOURCE = Source(
    name=NAME,
    title="AMD, accelerator specifications",
    homepage=_LIST,
    licence="none stated",
    redistributable=False,
    kind="provider",
    tables=("accelerator_spec",),
    parse=parse,
    reads=(f"{PAGE}.html", f"*/{PAGE}.html"),
    freshness_limit_hours=168,
    credit="AMD",
    weaknesses="Rounded to two or three digits; of the links it gives one, without a direction.",
    live=Live(addresses=(Address(_LIST, f"{PAGE}.html"),), is_scraped=True, max_bytes=10_000_000),
)
