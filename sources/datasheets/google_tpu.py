"""Google's documentation of its TPUs: one page each, as the Markdown that Google serves beside the HTML.

Each page has one table of key specifications, with labels that changed over the years: ``Peak compute per chip (bf16)
| 197 TFLOPs``, ``Peak compute per chip (BF16) (TFLOPs) | 2307``, ``HBM2 capacity and bandwidth | 16 GB, 819 GBps``,
``Peak compute per chip | 275 teraflops (bf16 or int8)``. All are known by their whole text. Rows about pods, hosts and
slices are no figures of a chip. A newer page repeats older TPUs beside its own: each page speaks for its own alone.

The bandwidth between chips is both ways only where the label says so. Google has revised figures and units at once
(v5e: 819 GB/s, later 800 GiB/s, which is another number), and prints the memory of one TPU as 32 GB here and 32 GiB
there: all as printed. A translated page is refused: translations have turned GiBps into Gbps.
"""

import re
from collections.abc import Iterable, Iterator

from sources.datasheets.figures import Meaning, Subject, statement
from sources.markdown_tables import markdown_tables
from sources.markup_tables import Row as Printed
from sources.markup_tables import Table
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

PAGES = {
    "v2": ("google-tpu-v2", ("values", "v2 pod values")),
    "v3": ("google-tpu-v3", ("values", "v3 pod values")),
    "v4": ("google-tpu-v4", ("values", "v4 pod values")),
    "v5e": ("google-tpu-v5e", ("values", "v5e values")),
    "v5p": ("google-tpu-v5p", ("values", "v5p values")),
    "v6e": ("google-tpu-v6e", ("values", "v6e values")),
    "tpu7x": ("google-tpu-7x", ("values", "tpu7x", "tpu7x (ironwood)")),
}
"""Page -> whose it is, and the headers of the column that is its own."""
FIRST_COLUMNS = ("Specification", "Key specifications", "Key chip specifications")

_BANDWIDTH = Meaning("interconnect_gb_s", direction="both_ways")
FIGURES = {
    "peak compute per chip (bf16)": Meaning("peak_tflop_s", "bf16", sparsity="dense"),
    "peak compute per chip (fp8)": Meaning("peak_tflop_s", "fp8", sparsity="dense"),
    "peak compute per chip (int8)": Meaning("peak_top_s", "int8", sparsity="dense"),
    "hbm capacity per chip": Meaning("memory_gb"),
    "hbm bandwidth per chip": Meaning("memory_bandwidth_gb_s"),
    "bidirectional inter-chip interconnect (ici) bandwidth (per chip)": _BANDWIDTH,
    "bidirectional inter-chip interconnect (ici) bandwidth per chip": _BANDWIDTH,
    # in the old tables these do not say whether they are both ways
    "inter-chip interconnect (ici) bandwidth": Meaning("interconnect_gb_s"),
    "interchip interconnect bw": Meaning("interconnect_gb_s"),
}
MEMORY = ("hbm2 capacity and bandwidth", "hbm2e capacity and bandwidth")
COMPUTE = {
    "teraflops (bf16)": (Meaning("peak_tflop_s", "bf16", sparsity="dense"),),
    "teraflops (bf16 or int8)": (
        Meaning("peak_tflop_s", "bf16", sparsity="dense"),
        Meaning("peak_top_s", "int8", sparsity="dense"),
    ),
}
OF_MORE_THAN_A_CHIP = {
    *("all-reduce bandwidth per pod", "bf16 peak compute per pod", "bisection bandwidth per pod", "chips per host"),
    *("data center network bandwidth per pod", "dram per host", "ici ports per chip", "interconnect topology"),
    *("measured min/mean/max power", "number of chips per pod", "number of sparsecores per chip"),
    *("number of tensorcores per chip", "number of vcpus (4-chip vm)", "peak compute per pod"),
    *("per-host nic configuration", "performance/total cost of ownership (tco) (expected)", "ram (4-chip vm)"),
    *("tpu pod size", "data center network (dcn) bandwidth per chip"),
}
"""And what no column of ours is for. The measured power is of v2 to v4 under a workload, and no limit."""
_LABEL_WITH_UNIT = re.compile(r"(?P<label>.{1,200}?) \((?P<unit>TFLOPs|TOPs|GiB|GB|GBps|GiBps|Gbps)\)")
_GIVEN_UNIT_FIRST = re.compile(r"(?P<label>ram) \((?P<unit>GiB|GB)\) (?P<rest>\(4-chip vm\))", re.IGNORECASE)


def parse(payload: Payload) -> Iterable[Statement]:
    page = payload.name.rsplit("/", 1)[-1].split(".")[0]
    if page not in PAGES:
        raise PayloadError(f"{payload.name}: page {page!r}; expected one of {', '.join(PAGES)}")
    accelerator_id, own = PAGES[page]
    subject = Subject(accelerator_id, "chip")
    facts: list[Row | Refused] = []
    ignored = 0
    for table, column in _specifications(payload, own):
        for row in table.rows:
            label, printed = row.cells[0].text if row.cells else "", _cell(row, column)
            if _plain(label)[0] in OF_MORE_THAN_A_CHIP:
                ignored += 1
            else:
                facts += _facts(subject, label, printed, row.locator)
    yield statement(payload, accelerator_id, facts, ignored=ignored)


def _specifications(payload: Payload, own: tuple[str, ...]) -> list[tuple[Table, int]]:
    """The tables of key specifications, each with the place of the page's own column."""
    tables = markdown_tables(payload)
    found = []
    for table in tables:
        heads = [column.text.casefold() for column in table.columns]
        if heads and heads[0] in [name.casefold() for name in FIRST_COLUMNS]:
            found += [(table, at) for at, head in enumerate(heads) if head in own]
    if not found:
        seen = "; ".join(" | ".join(column.text for column in table.columns)[:100] for table in tables[:5])
        raise PayloadError(
            f"{payload.name}: no table of {' or '.join(FIRST_COLUMNS)} with a column {' or '.join(own)}; "
            f"found {seen or 'no table'}"
        )
    return found


def _cell(row: Printed, column: int) -> str:
    return row.cells[column].text if column < len(row.cells) else ""


def _plain(label: str) -> tuple[str, str]:
    """The label in lower case without its unit, and the unit: 'HBM capacity per chip (GiB)' gives GiB."""
    if first := _GIVEN_UNIT_FIRST.fullmatch(label):
        return f"{first['label']} {first['rest']}".casefold(), first["unit"]
    found = _LABEL_WITH_UNIT.fullmatch(label)
    return (found["label"].casefold(), found["unit"]) if found else (label.casefold(), "")


def _facts(subject: Subject, label: str, printed: str, locator: str) -> Iterator[Row | Refused]:
    plain, unit = _plain(label)
    where = f"{locator}: {label}"[:400]
    if plain in FIGURES:
        yield subject.figure(FIGURES[plain], printed, where, printed_unit=unit)
    elif plain in MEMORY and printed.count(", ") == 1:
        capacity, bandwidth = printed.split(", ")
        yield subject.figure(Meaning("memory_gb"), capacity, where)
        yield subject.figure(Meaning("memory_bandwidth_gb_s"), bandwidth, where)
    elif plain == "peak compute per chip" and printed.partition(" ")[2] in COMPUTE:
        figure, _, said = printed.partition(" ")
        for meaning in COMPUTE[said]:
            unit = "TFLOPS" if meaning.metric == "peak_tflop_s" else "TOPS"
            yield subject.figure(meaning, figure, where, printed_unit=unit)
    else:
        yield subject.refused("unknown_label", f"{label} | {printed}", where)


_BASE = "https://docs.cloud.google.com/tpu/docs"
SOURCE = Source(
    name="google-tpu",
    title="Google, documentation of Cloud TPU",
    homepage=_BASE,
    licence="CC-BY-4.0",
    redistributable=True,
    kind="provider",
    tables=("accelerator_spec",),
    parse=parse,
    reads=tuple(pattern for page in PAGES for pattern in (f"{page}.md.txt", f"*/{page}.md.txt")),
    freshness_limit_hours=168,
    credit="Google",
    weaknesses="Units have been changed without the number (GB, GiB); rates are dense, and no power limit is printed.",
    live=Live(
        addresses=tuple(Address(f"{_BASE}/{page}.md.txt", f"{page}.md.txt") for page in PAGES),
        is_scraped=True,
        max_bytes=2_000_000,
    ),
)
