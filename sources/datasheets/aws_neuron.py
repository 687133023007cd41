"""AWS's documentation of Trainium and Inferentia chips: one page each, as reStructuredText in the Neuron repository.

A chip's components stand in a table drawn with characters, in a ``list-table`` or, years ago, in a list, and the
figures in sentences: ``1,299 FP8 TFLOPS``, ``2,563 FP8/FP16/BF16/TF32 sparse TFLOPS``, ``96 GiB of device memory with
2.9 TB/sec of bandwidth``. So the text from 'chip consists of' to the end of the components is read, without its markup,
for these sentences. One sentence gives a figure to each format that it names.

GiB/sec and GB/sec are not the same, and the page has had both for one number (820). What a page compares a chip with
stands further down and is another chip's. cFP8 (configurable FP8) and MXFP8 are the FP8 of a chip, MXFP4 its FP4.
Whether the link between chips is counted both ways is not said.
"""

import re
from collections.abc import Iterable, Iterator

from sources.datasheets.figures import Meaning, Subject, statement
from sources.payload import data_text
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

PAGES = {
    "trainium": ("aws-trainium1", "Trainium"),
    "trainium2": ("aws-trainium2", "Trainium2"),
    "trainium3": ("aws-trainium3", "Trainium3"),
    "inferentia": ("aws-inferentia1", "Inferentia"),
    "inferentia2": ("aws-inferentia2", "Inferentia2"),
}
FORMATS = {
    "bf16": "bf16",
    "cfp8": "fp8",
    "fp16": "fp16",
    "fp32": "fp32",
    "fp8": "fp8",
    "int8": "int8",
    "mxfp4": "fp4",
    "mxfp8": "fp8",
    "tf32": "tf32",
}
_MAX_BYTES = 200_000
_ROLE = re.compile(r":[a-z]{1,20}:`(?P<shown>[^`<]{0,200})(?:<[^`>]{0,200}>)?`")
_DRAWN = re.compile(r"^\s*\+[-=+]{3,}\+\s*$|^\s*:[a-z-]{1,30}:.*$|^\s*\.\. .*$", re.MULTILINE)
_RATE = re.compile(
    r"(?<![\w.,])(?P<figure>[0-9][0-9,]{0,9}(?:\.[0-9]{1,4})?)\s(?P<formats>[A-Za-z0-9]{2,8}(?:/[A-Za-z0-9]{2,8}){0,7})"
    r"\s(?P<sparse>sparse\s)?(?P<unit>TFLOPS?|TOPS)\b"
)
_MEMORY = re.compile(
    r"(?P<capacity>[0-9]{1,4}\s?Gi?B) of (?:high-bandwidth |HBM of )?device (?:DRAM )?memory?"
    r"(?: \([^()]{1,80}\)){0,2},? with (?P<bandwidth>[0-9]{1,4}(?:\.[0-9]{1,3})?\s?[GT]i?B/sec) of bandwidth"
)
_LINK = re.compile(r"provides (?P<bandwidth>[0-9]{1,4}(?:\.[0-9]{1,3})?\s?[GT]i?B/sec) bandwidth per (?:chip|device)")
_END = "Programmability|For a |performance improvements"
_RATE_UNIT = {"TFLOP": "TFLOPS", "TFLOPS": "TFLOPS", "TOPS": "TOPS"}


def parse(payload: Payload) -> Iterable[Statement]:
    page = payload.name.rsplit("/", 1)[-1].split(".")[0]
    if page not in PAGES:
        raise PayloadError(f"{payload.name}: page {page!r}; expected one of {', '.join(PAGES)}")
    accelerator_id, name = PAGES[page]
    facts = _facts(Subject(accelerator_id, "chip"), _components(payload, name))
    yield statement(payload, accelerator_id, facts, ignored=0)


def _components(payload: Payload, name: str) -> str:
    """What the page says a chip consists of, as one line of plain text."""
    if len(payload.content) > _MAX_BYTES:
        raise PayloadError(f"{payload.name}: {len(payload.content)} bytes; such a page has at most {_MAX_BYTES}")
    plain = _ROLE.sub(lambda role: role["shown"], _DRAWN.sub(" ", data_text(payload).replace("\r", "")))
    line = " ".join(re.sub(r"[|*]|^\s*-\s", " ", plain, flags=re.MULTILINE).split())
    found = re.search(rf"Each {name} (?:chip|device) consists of(?P<components>.*?NeuronLink.*?)(?:{_END}|$)", line)
    if found is None:
        raise PayloadError(f"{payload.name}: no 'Each {name} chip consists of ... NeuronLink ...'; redesigned?")
    return found["components"]


def _facts(subject: Subject, text: str) -> Iterator[Row | Refused]:
    for rate in _RATE.finditer(text):
        yield from _rates(subject, rate)
    for memory in _MEMORY.finditer(text):
        where = memory[0][:200]
        yield subject.figure(Meaning("memory_gb"), memory["capacity"], where)
        yield subject.figure(Meaning("memory_bandwidth_gb_s"), memory["bandwidth"], where)
    for link in _LINK.finditer(text):
        yield subject.figure(Meaning("interconnect_gb_s"), link["bandwidth"], link[0])


def _rates(subject: Subject, rate: re.Match[str]) -> Iterator[Row | Refused]:
    """The rate for each format that it is for; formats that are one to us (FP8 and cFP8) are one fact."""
    formats = {FORMATS.get(name.casefold(), "") for name in rate["formats"].split("/")}
    unit = _RATE_UNIT[rate["unit"]]
    for precision in sorted(formats):
        metric = "peak_tflop_s" if unit == "TFLOPS" else "peak_top_s"
        if not precision or (precision == "int8") != (metric == "peak_top_s"):
            yield subject.refused("unknown_label", rate[0], rate[0])
            continue
        meaning = Meaning(metric, precision, sparsity="sparse" if rate["sparse"] else "dense")
        yield subject.figure(meaning, rate["figure"], rate[0], printed_unit=unit)


_FOLDERS = ("about-neuron/arch/neuron-hardware", "general/arch/neuron-hardware")
_RAW = f"https://raw.githubusercontent.com/aws-neuron/aws-neuron-sdk/master/{_FOLDERS[0]}"
SOURCE = Source(
    name="aws-neuron",
    title="AWS Neuron documentation, chips",
    homepage="https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/index.html",
    licence="CC-BY-SA-4.0",
    redistributable=False,
    kind="provider",
    tables=("accelerator_spec",),
    parse=parse,
    reads=tuple(pattern for page in PAGES for pattern in (f"{page}.rst", f"*/{page}.rst")),
    upstream_paths=tuple(f"{folder}/{page}.rst" for folder in _FOLDERS for page in PAGES),
    freshness_limit_hours=168,
    credit="Amazon Web Services",
    weaknesses="Figures stand in sentences; one way or both is not said of the links.",
    live=Live(
        addresses=tuple(Address(f"{_RAW}/{page}.rst", f"{page}.rst") for page in PAGES),
        max_bytes=_MAX_BYTES,
    ),
)
