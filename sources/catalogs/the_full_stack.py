"""Cloud GPU prices from August 2022 to May 2025, as The Full Stack's readers kept them by hand.

Two tables: ``cloud-gpus.csv`` (a machine's price an hour, the same per GPU, as spot) and ``serverless-gpus.csv``. There
is no date inside: a file is of its commit. It is not asked live: it has stood still since May 2025, and a list that is
fetched today would make prices of then look like today's.

The price is the total's, and the price per GPU must be that over the number of GPUs. Where it is not, either may be
wrong, and so may the number: such rows are refused (CUDO's totals hold a machine, its prices per GPU do not). Rows of
several cards that state the memory of one are refused too, unless their provider's rows all do so: RunPod.io's of May
2023 give one card's price, memory and processors beside a number of GPUs (an A100 at 1.69 divided by 8). Exoscale's
rows without a total have it in the column of the price per GPU: 0.92361, 1.70868 and 3.14028 for one, two and four.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from sources.clouds.offers import Quote, of_count, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.names import Alias, alias
from sources.payload import data_text
from sources.quantities import decimal_or_none
from sources.source import Payload, PayloadError, Refused, Row, Source, Statement

CLOUD_COLUMNS = ("Cloud", "GPU Type", "GPUs", "GPU RAM", "vCPUs", "RAM", "On-demand", "Per-GPU", "Spot", "Name")
SERVERLESS_COLUMNS = ("Vendor", "GPU Type", "GPUs", "GPU RAM", "vCPUs", "RAM", "Per-Hour", "Per-GPU")
PROVIDERS = {
    "AWS": "aws",
    "Azure": "azure",
    "Banana": "banana",
    "Baseten": "baseten",
    "Beam": "beam",
    "CR8DL": "cr8dl",
    "Cirrascale": "cirrascale",
    "Cirrascale Cloud Services": "cirrascale",
    "Covalent": "covalent",
    "Cudo Compute": "cudo",
    "Datacrunch": "datacrunch",
    "Dataoorts": "dataoorts",
    "DeepInfra": "deepinfra",
    "Denvr Dataworks": "denvr",
    "Exoscale": "exoscale",
    "FluidStack": "fluidstack",
    "GCP": "gcp",
    "Inferless": "inferless",
    "Jarvislabs": "jarvislabs",
    "Koyeb": "koyeb",
    "Lambda": "lambda",
    "Latitude.sh": "latitude",
    "Modal": "modal",
    "Mystic AI": "mystic",
    "NeevCloud": "neevcloud",
    "NovoNimbus": "novonimbus",
    "OVHcloud": "ovh",
    "Oblivus Cloud": "oblivus",
    "Oracle Cloud": "oci",
    "Paperspace": "paperspace",
    "Replicate": "replicate",
    "RunPod": "runpod",
    "RunPod.io": "runpod",
}
MACHINE_LISTS = {"AWS": "karpenter-aws", "Azure": "karpenter-azure", "GCP": "cyclenerd-gcp"}
"""Clouds whose machine types another source has settled already."""
MEMORY_OF_ONE_CARD = (
    "Cirrascale",
    "Cirrascale Cloud Services",
    "Dataoorts",
    "Denvr Dataworks",
    "FluidStack",
    "Modal",
    "RunPod",
)
"""Providers whose rows state the memory of one card at any number of them, at totals that grow with the number."""
TOTAL_AS_PER_GPU = ("Exoscale",)
KNOWN_ERRORS = {
    ("Lambda", "Quadro RTX 6000 (24 GB)", "4.40"): "processors, memory and price of the row of eight V100",
}
CENT = Decimal("0.01")
ROUNDING = Decimal("0.005")
"""Prices are rounded, some of them from a price a second: so a price per GPU may be off by less than a cent, or than
this share of it."""

_MEMORY = re.compile(r"\(([0-9]+) ?(?:GB)?\)")

Line = Mapping[str, str]


def parse(payload: Payload) -> Iterable[Statement]:
    is_serverless = "serverless" in payload.origin.path or "serverless" in payload.name
    lines, broken = _lines(payload, SERVERLESS_COLUMNS if is_serverless else CLOUD_COLUMNS)
    priced = [(place, line) for place, line in lines if line["Cloud"] != "Cloud"]
    read = [one for place, line in priced for one in _read_line(line, place, is_serverless=is_serverless)]
    rows, ambiguous = one_per_key([one for one in read if isinstance(one, dict)])
    yield Statement(
        table="rental_price",
        scope={"service_tier": "serverless" if is_serverless else ""},
        rows=rows,
        refused=broken + [one for one in read if isinstance(one, Refused)] + ambiguous,
        ignored=len(lines) - len(priced),  # a second header, where two lists were put together (2024-02-27)
    )


def _lines(payload: Payload, columns: Iterable[str]) -> tuple[list[tuple[str, Line]], list[Refused]]:
    """The lines, and those that have other fields than the header; empty ones at the end are no matter."""
    try:
        header, *lines = [line for line in csv.reader(io.StringIO(data_text(payload))) if line] or [[]]
    except csv.Error as error:
        raise PayloadError(f"{payload.name}: not CSV ({error})") from None
    missing = [name for name in columns if name not in header]
    if missing or not lines:
        wanted = f"no column {', '.join(missing)}" if missing else "a header and no row"
        raise PayloadError(f"{payload.name}: {wanted}; found {', '.join(header)[:200]}")
    if len(lines[-1]) < len(header):
        raise PayloadError(f"{payload.name}: the last line has {len(lines[-1])} of {len(header)} fields; truncated?")
    read, broken = [], []
    for place, line in ((f"line {number}", line) for number, line in enumerate(lines, start=2)):
        if len(line) < len(header) or any(line[len(header) :]):
            provider = PROVIDERS.get(line[0].strip())
            broken.append(Refused("columns", place, ",".join(line)[:400], {"provider": provider} if provider else {}))
        else:
            read.append((place, _named_alike(dict(zip(header, line, strict=False)))))
    return read, broken


def _named_alike(line: Line) -> Line:
    named = {"Cloud": line.get("Vendor", ""), "On-demand": line.get("Per-Hour", ""), "Spot": "", "Name": "", **line}
    return {name: value.strip() for name, value in named.items()}


def _read_line(line: Line, place: str, *, is_serverless: bool) -> Iterable[Row | Refused]:
    quote = _quote(line, place, "on_demand", _total(line), is_serverless=is_serverless)
    if reason := _problem(line):
        yield quote.refused(reason, **_known_accelerator(line))
        return
    yield _with_count(read_quote(quote), line, quote)
    if line["Spot"]:
        spot = _quote(line, place, "spot", _plain(line["Spot"]), is_serverless=is_serverless)
        yield _with_count(read_quote(spot), line, spot)


def _quote(line: Line, place: str, purchase_model: str, price: str, *, is_serverless: bool) -> Quote:
    source, spelling = _spelling(line)
    return Quote(
        source=source,
        spelling=spelling,
        provider=PROVIDERS.get(line["Cloud"], ""),
        sku=_machine(line),
        region="",
        purchase_model=purchase_model,
        service_tier="serverless" if is_serverless else "",
        price=price,
        locator=place,
        row_text=",".join(line[name] for name in CLOUD_COLUMNS),
        vcpu_count=decimal_or_none(line["vCPUs"]) or None,
        host_memory_gib=decimal_or_none(line["RAM"]) or None,
    )


def _machine(line: Line) -> str:
    """The machine type as its provider spells it: 'NC24ads A100 v4' is Azure's Standard_NC24ads_A100_v4."""
    return "Standard_" + line["Name"].replace(" ", "_") if line["Cloud"] == "Azure" and line["Name"] else line["Name"]


def _spelling(line: Line) -> tuple[str, str]:
    """The source and the spelling that the alias table is asked for: a machine type settles more than a name."""
    count = decimal_or_none(line["GPUs"])
    listed = alias(MACHINE_LISTS.get(line["Cloud"], ""), _machine(line))
    if listed is not None and listed.is_settled and count is not None and listed.exact_count == Fraction(count):
        return MACHINE_LISTS[line["Cloud"]], _machine(line)
    name = line["GPU Type"]
    spellings = f"{line['Cloud']}/{name}", f"{name} {line['GPU RAM']}"
    return SOURCE.name, next((spelling for spelling in spellings if alias(SOURCE.name, spelling)), name)


def _alias(line: Line) -> Alias | None:
    return alias(*_spelling(line))


def _known_accelerator(line: Line) -> dict[str, str]:
    known = _alias(line)
    return {"accelerator_id": known.accelerator_id} if known is not None and known.accelerator_id else {}


def _total(line: Line) -> str:
    if not line["On-demand"] and line["Cloud"] in TOTAL_AS_PER_GPU:
        return _plain(line["Per-GPU"])
    return _plain(line["On-demand"])


def _plain(price: str) -> str:
    return price.replace("$", "").replace(",", "").strip()


def _problem(line: Line) -> str:
    """What is wrong with a row as a whole: its prices, its number of GPUs or their memory contradict each other."""
    total, per_gpu = decimal_or_none(_total(line)), decimal_or_none(_plain(line["Per-GPU"]))
    count, memory = decimal_or_none(line["GPUs"]), decimal_or_none(line["GPU RAM"])
    if line["Cloud"] not in PROVIDERS:
        return "unknown_provider"
    if (line["Cloud"], line["GPU Type"], _plain(line["On-demand"])) in KNOWN_ERRORS:
        return "known_error"
    if count is None or count <= 0:
        return "accelerator_count"
    if total is None:
        return "missing_price"
    if line["On-demand"] and per_gpu is not None and abs(total / count - per_gpu) >= max(CENT, per_gpu * ROUNDING):
        return "per_gpu_not_total"
    stated = _MEMORY.search(line["GPU Type"])
    is_of_one = stated is not None and memory == Decimal(stated.group(1))
    return "accelerator_count" if count > 1 and is_of_one and line["Cloud"] not in MEMORY_OF_ONE_CARD else ""


def _with_count(read: Row | Refused | None, line: Line, quote: Quote) -> Row | Refused:
    """The row of as many accelerators as the line says, where the alias is of one."""
    if not isinstance(read, dict):
        return read or quote.refused("unknown_accelerator")
    known, count = _alias(line), decimal_or_none(line["GPUs"])
    if quote.source != SOURCE.name or known is None or known.exact_count is None or count is None:
        return read
    return of_count(read, known.exact_count * Fraction(count))


SOURCE = Source(
    name="the-full-stack",
    title="Cloud GPUs, a list kept by hand by The Full Stack",
    homepage="https://github.com/the-full-stack/website/tree/main/docs/cloud-gpus",
    licence="MIT",
    redistributable=True,
    kind="hand_kept",
    tables=("rental_price",),
    parse=parse,
    reads=("docs__cloud-gpus__*/*.csv", "docs/cloud-gpus/*-gpus.csv"),
    upstream_paths=("docs/cloud-gpus/cloud-gpus.csv", "docs/cloud-gpus/serverless-gpus.csv"),
    credit="The Full Stack and contributors",
    weaknesses=(
        "Rows stand unchanged for years: in 2025 those of Lambda, AWS and Dataoorts (an H100 at 0.69, an "
        "advertisement) are of 2023 and 2024. No regions. Forms of A100 and H100 are mostly unstated."
    ),
)
