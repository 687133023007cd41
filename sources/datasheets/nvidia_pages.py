"""NVIDIA's product pages of data-center GPUs: a table of specifications each, one column per form (SXM, NVL, PCIe).

The traps are in the footnotes. ``BFLOAT16 Tensor Core*  1,979 teraFLOPS`` is sparse, because further down stands
``* With sparsity``; the mark hangs on the label (H100, H200, there as 2), on the figure (L4) or on the second of two
(``362.05 | 733*``, L40S and A100), and what it means is looked up on the page itself. A tensor rate without such a mark
is refused: it would be a guess which of the two it is. Nothing is halved: on some chips that would be wrong.

Columns are known by their header, exactly; the page of one product has none and is known by its name. A power of ``Up
to 700W (configurable)`` is the limit that it says; a range is no figure. Tables of systems (HGX, DGX, NVL72) give
totals of many GPUs and are left alone. A page that calls its figures preliminary gives preliminary figures.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sources.datasheets.figures import Meaning, Subject, statement
from sources.html_tables import html_tables, parsed
from sources.markup_tables import Cell, Table
from sources.names import alias
from sources.payload import text
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

NAME = "nvidia-pages"
PAGES = {"h100": "", "h200": "", "a100": "", "l4": "L4", "l40s": "L40S"}
"""Page -> the spelling of its only product, where its table has no header."""

_TENSOR = {
    "tf32 tensor core": Meaning("peak_tflop_s", "tf32"),
    "bfloat16 tensor core": Meaning("peak_tflop_s", "bf16"),
    "fp16 tensor core": Meaning("peak_tflop_s", "fp16"),
    "fp8 tensor core": Meaning("peak_tflop_s", "fp8"),
    "int8 tensor core": Meaning("peak_top_s", "int8"),
    "peak int8 tensor tops": Meaning("peak_top_s", "int8"),
    "int4 tensor core": Meaning("peak_top_s", "int4"),
    "peak int4 tensor tops": Meaning("peak_top_s", "int4"),
}
_DENSE = {
    "fp64": Meaning("peak_tflop_s", "fp64", sparsity="dense"),
    "fp64 tensor core": Meaning("peak_tflop_s", "fp64_tensor", sparsity="dense"),
    "fp32": Meaning("peak_tflop_s", "fp32", sparsity="dense"),
}
_PLAIN = {
    "gpu memory": Meaning("memory_gb"),
    "gpu memory bandwidth": Meaning("memory_bandwidth_gb_s"),
    "memory bandwidth": Meaning("memory_bandwidth_gb_s"),
    "max thermal design power (tdp)": Meaning("tdp_w"),
    "max tdp power": Meaning("tdp_w"),
    "max power": Meaning("tdp_w"),
    "max power consumption": Meaning("tdp_w"),
}
NOT_FIGURES = {
    *(
        "confidential computing",
        "cuda cores",
        "decoders",
        "display ports",
        "form factor",
        "fourth-generation tensor cores",
    ),
    *("gpu architecture", "graphics bus", "interconnect", "interconnect interface", "max power connector"),
    *("media engines", "multi-instance gpu", "multi-instance gpu (mig)", "multi-instance gpus", "nebs ready"),
    *(
        "nvenc | nvdec | jpeg decoders",
        "nvidia ai enterprise",
        "nvlink support",
        "power connector",
        "rt core performance",
    ),
    *(
        "secure boot with root of trust",
        "server options",
        "thermal",
        "third-generation rt cores",
        "vgpu software support",
    ),
    *("virtual gpu (vgpu) software support",),
}
"""What is no figure of ours. The interconnect is a sentence about two links at once."""

_MARK = r"(?P<mark>\*{1,3}|[†‡]|(?<![\w.,])[1-9])[.)]?\s*"
_SPARSE = re.compile(_MARK + r"(?:shown\s+)?with\s+(?:structured\s+)?sparsity", re.IGNORECASE)
_PRELIMINARY = re.compile(r"preliminary\s+specifications", re.IGNORECASE)
_RAISED = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹", "123456789")
_UNITS = {"teraFLOPS": "TFLOPS", "teraFLOPs": "TFLOPS", "petaFLOPS": "PFLOPS", "petaFLOPs": "PFLOPS"}
_RATE = re.compile(r"(?P<figure>[0-9][0-9,]{0,9}(?:\.[0-9]{1,4})?)(?P<mark>[*†‡]{0,3})(?: ?(?P<unit>[A-Za-z/]{3,12}))?")
_MEMORY = re.compile(r"(?P<size>[0-9]{1,4} ?GB)(?: (?:HBM|GDDR)[0-9A-Za-z]{1,3}(?: with ECC)?)?")
_POWER = re.compile(r"(?:Up to )?(?P<power>[0-9]{2,4} ?W)(?: \(configurable\))?", re.IGNORECASE)
MAX_TEXT = 2_000_000


@dataclass(frozen=True)
class Page:
    sparse_marks: frozenset[str]
    """Footnote marks that say 'with sparsity'."""
    value_kind: str


def parse(payload: Payload) -> Iterable[Statement]:
    page = payload.name.rsplit("/", 1)[-1].split(".")[0]
    if page not in PAGES:
        raise PayloadError(f"{payload.name}: page {page!r}; expected one of {', '.join(PAGES)}")
    tables = [table for table in html_tables(payload) if _is_specification(table)]
    if not tables:
        raise PayloadError(f"{payload.name}: no table with the rows 'GPU Memory' and 'FP32'; was the page redesigned?")
    notes = _notes(payload)
    for table in tables:
        yield from _columns(payload, table, notes, only=PAGES[page])


def _is_specification(table: Table) -> bool:
    labels = {_label(row[0]) for row in _rows(table) if row}
    return {"gpu memory", "fp32"} <= labels


def _rows(table: Table) -> list[tuple[Cell, ...]]:
    """All rows, the header among them: in a table without one its first row is taken for it."""
    return [tuple(Cell(column.text) for column in table.columns), *(row.cells for row in table.rows)]


def _label(cell: Cell) -> str:
    return " ".join(cell.text.casefold().split())


def _notes(payload: Payload) -> Page:
    root = parsed(text(payload), name=payload.name)
    shown = " ".join(" ".join(root.itertext())[:MAX_TEXT].translate(_RAISED).split()) if root is not None else ""
    marks = frozenset(found["mark"] for found in _SPARSE.finditer(shown))
    return Page(marks, "preliminary" if _PRELIMINARY.search(shown) else "vendor_doc")


def _columns(payload: Payload, table: Table, page: Page, *, only: str) -> Iterator[Statement]:
    """One statement per column; a column that nobody has settled is refused as a whole."""
    head, *body = _rows(table)
    unknown = []
    if only and len(head) == 2:
        spellings = {1: only}
        body = [head, *body]
    else:
        spellings = {at: cell.text for at, cell in enumerate(head) if at}
    for at, spelling in spellings.items():
        meant = alias(NAME, spelling)
        if meant is None or not meant.accelerator_id:
            unknown.append(Refused("unknown_accelerator", f"{table.locator}, column {at + 1}", spelling[:400]))
            continue
        subject = Subject(meant.accelerator_id, "gpu", page.value_kind)
        facts: list[Row | Refused] = []
        ignored = 0
        for number, row in enumerate(body, start=1):
            if not row or not _label(row[0]) or _label(row[0]) in NOT_FIGURES:
                ignored += 1
                continue
            cell = row[at] if at < len(row) else Cell()
            facts += _facts(subject, row[0], cell, page, f"{table.locator}, row {number}: {row[0].text}"[:400])
        yield statement(payload, meant.accelerator_id, facts, ignored=ignored)
    if len(unknown) == len(spellings):
        raise PayloadError(f"{payload.name}: columns {', '.join(spellings.values())[:200]}; expected known products")
    if unknown:
        yield Statement("accelerator_spec", {}, [], unknown, complete=False)


def _facts(subject: Subject, label: Cell, cell: Cell, page: Page, where: str) -> Iterator[Row | Refused]:
    name, printed = _label(label), cell.text
    if name in _PLAIN:
        meaning = _PLAIN[name]
        pattern = {"memory_gb": _MEMORY, "tdp_w": _POWER}.get(meaning.metric)
        found = pattern.fullmatch(printed) if pattern else None
        yield subject.figure(meaning, found[1] if found else printed, where)
    elif name in _DENSE or name in _TENSOR:
        yield from _rates(subject, name, label, cell, page, where)
    else:
        yield subject.refused("unknown_label", f"{label.text} | {printed}", where)


def _rates(subject: Subject, name: str, label: Cell, cell: Cell, page: Page, where: str) -> Iterator[Row | Refused]:
    """One rate, or two: the first dense, the second marked as sparse."""
    read = [_RATE.fullmatch(part.strip()) for part in re.split(r"[|/](?![a-z])", cell.text)]
    parts = [part for part in read if part]
    if len(parts) != len(read) or len(parts) > 2:
        yield subject.refused("unit", f"{label.text} | {cell.text}", where)
        return
    if len(parts) == 2 and parts[0]["mark"]:
        yield subject.refused("sparsity", f"{label.text} | {cell.text}", where)
        return
    unit = parts[-1]["unit"] or ("TOPS" if name.endswith("tops") else "")
    raised = {mark.translate(_RAISED) for mark in (*label.footnotes, *cell.footnotes)}
    is_last_sparse = bool(page.sparse_marks & (raised | {parts[-1]["mark"]}))
    for at, part in enumerate(parts):
        is_sparse = is_last_sparse and at == len(parts) - 1
        meaning = _meaning(name, is_sparse=is_sparse, is_pair=len(parts) == 2 and is_last_sparse)
        if meaning is None:
            yield subject.refused("sparsity", f"{label.text} | {cell.text}", where)
        else:
            yield subject.figure(meaning, part["figure"], where, printed_unit=_UNITS.get(unit, unit))


def _meaning(name: str, *, is_sparse: bool, is_pair: bool) -> Meaning | None:
    """None where the page does not say which of the two a rate is."""
    if name in _DENSE:
        return None if is_sparse else _DENSE[name]
    if not is_sparse and not is_pair:
        return None
    tensor: Mapping[str, Meaning] = _TENSOR
    return Meaning(tensor[name].metric, tensor[name].precision, sparsity="sparse" if is_sparse else "dense")


_BASE = "https://www.nvidia.com/en-us/data-center"
SOURCE = Source(
    name=NAME,
    title="NVIDIA, product pages of data-center GPUs",
    homepage=f"{_BASE}/",
    licence="none stated",
    redistributable=False,
    kind="provider",
    tables=("accelerator_spec",),
    parse=parse,
    reads=tuple(pattern for page in PAGES for pattern in (f"{page}.html", f"*/{page}.html")),
    freshness_limit_hours=168,
    credit="NVIDIA",
    weaknesses="Most tensor rates are printed with sparsity alone; those give no dense rate.",
    live=Live(
        addresses=tuple(Address(f"{_BASE}/{page}/", f"{page}.html") for page in PAGES),
        is_scraped=True,
        max_bytes=10_000_000,
    ),
)
