"""Intel's pages: the specifications of a data-center GPU (Max, Flex), and the documentation of Gaudi.

A GPU's page has no table: each row is a ``tech-section-row`` with a ``tech-label`` and a ``tech-data`` (so many public
programs read Intel's pages), and the page is known by the number of the product in its address. Readers quote of that
of the Max 1550 ``High Bandwidth Memory (HBM)  128 GB``, ``TDP  600W`` and 3276.8 GB/s, and of that of a graphics card
``Memory  12 GB GDDR6`` and ``Graphics Memory Bandwidth  456 GB/s``; the other spellings below are guesses at the rest.
Nobody quotes a rate of FP64 to FP8 of them.

The page on Gaudi's architecture says in a sentence ``The Gaudi 2 memory subsystem includes 96 GB of HBM2E memories
delivering 2.45 TB/sec bandwidth``. Rates stand in the tables of Intel's white papers and slides, a column for each
Gaudi: ``BF16 MME TFLOPs  432  1678``. Should the page have such a table, it is read; so far nobody quotes one of it.

* MME, or Matrix, is the matrix engine; TPC, or Vector, the other one: FP32 of Gaudi 3 is 229 or 14.3. The rate of the
  vector engine is a format of its own (``fp32_vector``), as everywhere.
* Gaudi has no sparsity, so its rates are dense. They were announced at 1,750 MHz (1,835 TFLOPs) and revised to those of
  1,600 MHz (1,678): a later page replaces an earlier one.
* Gaudi 3 is an OAM module of 900 W (air) or 1,200 W (liquid), which is no one figure, or a PCIe card of 600 W. What a
  label says of the form, the scope says: ``module`` or ``board``.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sources.datasheets.figures import Meaning, Subject, statement
from sources.html_tables import cell_of, page_text, parsed, tables_of
from sources.markup_tables import Table
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

GPUS = {
    "max-1550": ("intel-max-1550", 232873, "intel-data-center-gpu-max-1550"),
    "max-1100": ("intel-max-1100", 232876, "intel-data-center-gpu-max-1100"),
    "flex-170": ("intel-flex-170-16gb", 230019, "intel-data-center-gpu-flex-170"),
}
"""Page -> whose it is, and its number and name in the address."""
GAUDI_PAGE = "gaudi-architecture"
GAUDIS = {"1": "intel-gaudi1", "2": "intel-gaudi2", "3": "intel-gaudi3"}
_PREFIX = "intel-"

_GPU_FIGURES = {
    "tdp": Meaning("tdp_w"),
    "high bandwidth memory (hbm)": Meaning("memory_gb"),
    "dedicated high bandwidth memory": Meaning("memory_gb"),
    "dedicated memory size": Meaning("memory_gb"),
    "memory size": Meaning("memory_gb"),
    "memory": Meaning("memory_gb"),
    "memory bandwidth": Meaning("memory_bandwidth_gb_s"),
    "graphics memory bandwidth": Meaning("memory_bandwidth_gb_s"),
    # the page does not say whether they are dense
    "gpu peak tops (int8)": Meaning("peak_top_s", "int8"),
}
_GPU_TEXTS = {"memory type": "memory_type", "form factor": "form_factor", "board form factor": "form_factor"}
_SIZE = re.compile(r"(?P<size>[0-9]{1,4} ?GB)(?: (?:HBM|GDDR)[0-9A-Za-z]{1,3}(?: ECC)?)?")
_RATE_IN_LABEL = re.compile(r"\b(?:T|P|GF)?(?:FLOPS?|OPS)\b", re.IGNORECASE)

_GAUDI = re.compile(r"(?:Intel )?Gaudi ?(?P<number>[123])(?: AI)?(?: Accelerator)?", re.IGNORECASE)
_GAUDI_RATE = re.compile(
    r"(?P<format>FP32|TF32|BF16|FP16|FP8) (?P<engine>MME|Matrix|TPC|Vector) (?P<unit>TFLOPS?)", re.IGNORECASE
)
_VECTOR = ("tpc", "vector")
_GAUDI_FIGURES = {
    "hbm capacity": (Meaning("memory_gb"), ""),
    "hbm bandwidth": (Meaning("memory_bandwidth_gb_s"), ""),
    "peak hbm bw": (Meaning("memory_bandwidth_gb_s"), ""),
    "embedded nic bw (bi-directional)": (Meaning("interconnect_gb_s", direction="both_ways"), ""),
    "networking (bidirectional)": (Meaning("interconnect_gb_s", direction="both_ways"), ""),
    "tdp (oam)": (Meaning("tdp_w"), "module"),
    "tdp (pcie)": (Meaning("tdp_w"), "board"),
}
"""Label -> what it is, and of which form where it says so."""
_BOTH_WAYS = re.compile(r"(?P<bandwidth>.{1,40}) bi-?directional", re.IGNORECASE)
_MEMORY = re.compile(
    r"The Gaudi (?P<number>[123]) memory subsystem includes (?P<capacity>[0-9]{1,4} ?GB) of (?P<type>HBM[0-9][Ee]?)"
    r" memor(?:y|ies) delivering (?P<bandwidth>[0-9]{1,4}(?:\.[0-9]{1,3})? ?[GT]B/s(?:ec)?) bandwidth"
)
_MARKS = str.maketrans("", "", "®™")


def parse(payload: Payload) -> Iterable[Statement]:
    page = payload.name.rsplit("/", 1)[-1].split(".")[0].removeprefix(_PREFIX)
    if page in GPUS:
        yield _gpu(payload, GPUS[page][0])
    elif page == GAUDI_PAGE:
        yield from _gaudis(payload)
    else:
        raise PayloadError(f"{payload.name}: page {page!r}; expected one of {', '.join((*GPUS, GAUDI_PAGE))}")


def _gpu(payload: Payload, accelerator_id: str) -> Statement:
    root = parsed(page_text(payload), name=payload.name)
    rows = list(_labelled(root)) if root is not None else []
    if not rows:
        raise PayloadError(f"{payload.name}: no row with a tech-label and a tech-data; was the page redesigned?")
    subject = Subject(accelerator_id, "gpu")
    facts: list[Row | Refused] = []
    for number, (label, printed) in enumerate(rows, start=1):
        where = f"row {number}: {label}"[:400]
        plain = label.casefold()
        if plain in _GPU_FIGURES:
            found = _SIZE.fullmatch(printed)
            unit = "TOPS" if plain.endswith("tops (int8)") else ""
            figure = found["size"] if found else printed
            facts.append(subject.figure(_GPU_FIGURES[plain], figure, where, printed_unit=unit))
        elif plain in _GPU_TEXTS and printed:
            facts.append(subject.text(_GPU_TEXTS[plain], printed[:400], where))
        elif _RATE_IN_LABEL.search(label):
            facts.append(subject.refused("unknown_label", f"{label} | {printed}", where))
    return statement(payload, accelerator_id, facts, ignored=len(rows) - len(facts))


def _labelled(root: Any) -> Iterator[tuple[str, str]]:
    """Label and text of each row."""
    for row in root.iter("div"):
        if "tech-section-row" in _classes(row):
            cells = {name: one for one in row.iter("div") for name in _classes(one) if name.startswith("tech-")}
            if "tech-label" in cells and "tech-data" in cells:
                yield cell_of(cells["tech-label"]).text, cell_of(cells["tech-data"]).text


def _classes(element: Any) -> list[str]:
    return str(element.get("class", "")).split()


def _gaudis(payload: Payload) -> Iterator[Statement]:
    text = page_text(payload, whole=True)
    facts: dict[str, list[Row | Refused]] = {}
    ignored = 0
    for table in tables_of(text, name=payload.name):
        columns = _gaudi_columns(table)
        for row in table.rows if columns else ():
            for at, number in columns.items():
                said = _gaudi_fact(
                    Subject(GAUDIS[number], "module"),
                    row.cells[0].text if row.cells else "",
                    row.cells[at].text if at < len(row.cells) else "",
                    row.locator,
                )
                ignored += said is None
                facts.setdefault(number, []).extend([said] if said else [])
    root = parsed(text, name=payload.name)
    shown = " ".join(" ".join(root.itertext()).translate(_MARKS).split()) if root is not None else ""
    for found in _MEMORY.finditer(shown):
        subject, where = Subject(GAUDIS[found["number"]], "module"), found[0]
        facts.setdefault(found["number"], []).extend(
            (
                subject.figure(Meaning("memory_gb"), found["capacity"], where),
                subject.figure(Meaning("memory_bandwidth_gb_s"), found["bandwidth"], where),
                subject.text("memory_type", found["type"], where),
            )
        )
    if not facts:
        raise PayloadError(
            f"{payload.name}: no sentence 'The Gaudi 2 memory subsystem includes ...' and no table with columns"
            " of Gaudi; was the page redesigned?"
        )
    for number, said_of_it in sorted(facts.items()):
        yield statement(payload, GAUDIS[number], _once(said_of_it), ignored=ignored)
        ignored = 0


def _gaudi_columns(table: Table) -> dict[int, str]:
    """Place of a column -> the number of its Gaudi."""
    heads = enumerate(column.text.translate(_MARKS) for column in table.columns)
    return {at: found["number"] for at, head in heads if at and (found := _GAUDI.fullmatch(" ".join(head.split())))}


def _gaudi_fact(subject: Subject, label: str, printed: str, locator: str) -> Row | Refused | None:
    where = f"{locator}: {label}"[:400]
    if not printed:
        return None
    if rate := _GAUDI_RATE.fullmatch(label):
        precision = rate["format"].casefold() + ("_vector" if rate["engine"].casefold() in _VECTOR else "")
        meaning = Meaning("peak_tflop_s", precision, sparsity="dense")
        return subject.figure(meaning, printed, where, printed_unit="TFLOPS")
    plain = label.casefold()
    if plain == "networking" and (both := _BOTH_WAYS.fullmatch(printed)):
        plain, printed = "networking (bidirectional)", both["bandwidth"]
    if plain in _GAUDI_FIGURES:
        meaning, form = _GAUDI_FIGURES[plain]
        return (Subject(subject.accelerator_id, form) if form else subject).figure(meaning, printed, where)
    return subject.refused("unknown_label", f"{label} | {printed}", where) if _RATE_IN_LABEL.search(label) else None


def _once(facts: list[Row | Refused]) -> list[Row | Refused]:
    """A figure that a table and a sentence print alike is one fact; where they differ, both stand, to be refused."""
    kept: dict[tuple[object, ...], Row | Refused] = {}
    for at, fact in enumerate(facts):
        if isinstance(fact, dict):
            said = tuple(value for column, value in fact.items() if column not in ("value_raw", "unit_raw", "locator"))
            kept.setdefault((*said, fact["value_raw"] if fact["value"] is None else None), fact)
        else:
            kept[(at,)] = fact
    return list(kept.values())


_SKU = "https://www.intel.com/content/www/us/en/products/sku"
_GAUDI_ADDRESS = "https://docs.habana.ai/en/latest/Gaudi_Overview/Gaudi_Architecture.html"
_NAMES = tuple(f"{_PREFIX}{page}.html" for page in (*GPUS, GAUDI_PAGE))
SOURCE = Source(
    name="intel-pages",
    title="Intel, specifications of data-center GPUs and documentation of Gaudi",
    homepage=_GAUDI_ADDRESS,
    licence="none stated",
    redistributable=False,
    kind="provider",
    tables=("accelerator_spec",),
    parse=parse,
    reads=tuple(pattern for name in _NAMES for pattern in (name, f"*/{name}")),
    freshness_limit_hours=168,
    credit="Intel",
    weaknesses="Memory and power; rates of few chips, and those of Gaudi stand mostly in PDF documents.",
    live=Live(
        addresses=(
            *(
                Address(f"{_SKU}/{number}/{name}/specifications.html", f"{_PREFIX}{page}.html")
                for page, (_, number, name) in GPUS.items()
            ),
            Address(_GAUDI_ADDRESS, f"{_PREFIX}{GAUDI_PAGE}.html"),
        ),
        is_scraped=True,
        max_bytes=10_000_000,
    ),
)
