"""Machine prices of some twenty clouds since July 2022, per region and zone, as SkyPilot's catalogue keeps them.

``catalogs/<version>/<cloud>/vms.csv`` has a line per machine type and zone with its ``Price`` and ``SpotPrice`` an
hour. The cloud is in the path alone, and the order of the columns changes. There is no date inside: a file is of its
commit. For AWS, Google Cloud and Lambda it is made from the cloud's own list every few hours; other clouds' files were
kept by hand, and some stood still for months, which is why the whole is an aggregator and no copy.

What a name means depends on the cloud: SkyPilot's A100 is the 40 GB card, its H100 on Azure is two different cards.
AWS's and Azure's machine types are read as every list of theirs reads them. Elsewhere an alias is ``cloud/type`` where
the type settles the form, else ``cloud/name``, and counts one; how many there are, ``AcceleratorCount`` says. (On Azure
that column is wrong: 12 for the eight H100 of an ND96isr, 1 for an eighth of an MI25. On AWS "Inferentia" is both.)

A TPU's name says its size: TensorCores up to v4 and for v5p, of which a chip has two, and chips for v5e and v6e.
Google Cloud lists a machine and its cards on two lines (``skypilot_google``); cards without a machine are refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from sources.catalogs.skypilot_google import MACHINE_LIST, Numbered, with_their_cards
from sources.clouds.offers import Quote, of_count, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.names import alias
from sources.payload import read_csv
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

COLUMNS = ("InstanceType", "AcceleratorName", "AcceleratorCount", "MemoryGiB", "Region", "Price", "SpotPrice")
PROVIDERS = {"do": "digitalocean", "ovhcloud": "ovh"}
"""Where the upstream's name of a cloud is not ours."""
MACHINE_LISTS = {"aws": "karpenter-aws", "azure": "karpenter-azure", "gcp": MACHINE_LIST}
"""Clouds whose machine types another source has settled already."""
LISTED_BY_REGION = ("aws", "azure", "gcp")
"""Which of these clouds' regions a file holds is the upstream's setting (the US alone in 2022): what lacks a region
does not say that nothing is offered there. Other clouds' files are all that they offer."""
SPOT_COPIED_FROM_LIST = ("azure", "runpod")
"""Clouds whose ``SpotPrice`` repeats the list price where there is none: 98.32 for both on a Standard_ND96isr_H100_v5,
and 0.0 for both of sizes not yet priced."""
CARD_MEMORY_AS_HOST = ("paperspace", "runpod")
"""Clouds in whose files ``MemoryGiB`` is the memory of the cards: 80 for a machine with one H100."""
REFRESHED = ("aws", "gcp", "lambda")
"""Clouds whose files the upstream makes anew every few hours. Fetched today, others' would make old prices new ones."""
USD_STEP = Decimal("1e-6")
"""Finer digits are noise of floats: 0.6406674783999999."""

_PLACE = re.compile(
    r"(?:^|/)catalogs(?:/|__)v(?P<version>[0-9]{1,3})(?:/|__)(?P<cloud>[a-z]+)(?:(?:/|__)vms)?(?:\.csv$|/)"
)
_TPU = re.compile(r"(tpu-v[0-9a-z]+)-([0-9]{1,6})")
_TIERS = {"_SECURE": "secure", "_COMMUNITY": "community"}

Line = Mapping[str, str]


def parse(payload: Payload) -> Iterable[Statement]:
    cloud, version = _place(payload)
    groups: dict[str, list[Numbered]] = {}
    for number, line in enumerate(read_csv(payload, columns=COLUMNS), start=2):
        groups.setdefault(line["Region"] if cloud in LISTED_BY_REGION else "", []).append((f"line {number}", line))
    provider = {"provider": PROVIDERS.get(cloud, cloud)}
    for region, listed in groups.items():
        lines = with_their_cards(listed, version=version) if cloud == "gcp" else listed
        accelerated = [(place, line) for place, line in lines if line["AcceleratorName"].strip()]
        read = [one for place, line in accelerated for one in _read_line(cloud, line, place)]
        rows, ambiguous = one_per_key([one for one in read if isinstance(one, dict)])
        yield Statement(
            table="rental_price",
            scope={**provider, "region": region} if cloud in LISTED_BY_REGION else provider,
            rows=rows,
            refused=[one for one in read if isinstance(one, Refused)] + ambiguous,
            ignored=len(lines) - len(accelerated) + sum(one is None for one in read),
        )


def _place(payload: Payload) -> tuple[str, int]:
    """The cloud and the version of the catalogue: both stand in the path alone."""
    for path in (payload.origin.path, payload.name):
        if found := _PLACE.search(path):
            return found["cloud"], int(found["version"])
    raise PayloadError(f"{payload.name}: of which cloud? expected a path like catalogs/v8/aws/vms.csv")


def _read_line(cloud: str, line: Line, place: str) -> Iterator[Row | Refused | None]:
    """The offers of a line: on demand, as spot, both; one refusal where it has no price at all."""
    printed = {"on_demand": line["Price"].strip(), "spot": line["SpotPrice"].strip()}
    if cloud == "gcp" and not line["InstanceType"] and not _TPU.fullmatch(line["AcceleratorName"]):
        yield _quote(cloud, line, place, "on_demand", printed["on_demand"]).refused("card_without_machine")
        return
    if not any(printed.values()):
        yield _quote(cloud, line, place, "on_demand", "").refused("missing_price")
        return
    for purchase_model, price in printed.items():
        if not price:
            continue
        quote = _quote(cloud, line, place, purchase_model, price)
        read = _with_count(read_quote(quote), line, quote)
        copied = purchase_model == "spot" and cloud in SPOT_COPIED_FROM_LIST and price == printed["on_demand"]
        yield quote.refused("placeholder_price") if copied and isinstance(read, dict) else read
        if read is None:
            return


def _quote(cloud: str, line: Line, place: str, purchase_model: str, price: str) -> Quote:
    sku = line["AcceleratorName"] if _TPU.fullmatch(line["AcceleratorName"]) else line["InstanceType"].strip()
    memory = None if cloud in CARD_MEMORY_AS_HOST else decimal_or_none(line["MemoryGiB"])
    vcpus = decimal_or_none(line.get("vCPUs", ""))
    source, spelling = _spelling(cloud, line)
    return Quote(
        source=source,
        spelling=spelling,
        provider=PROVIDERS.get(cloud, cloud),
        sku=sku,
        region=line["Region"],
        purchase_model=purchase_model,
        service_tier=next((tier for ending, tier in _TIERS.items() if sku.endswith(ending)), ""),
        price=_without_noise(price),
        locator=place,
        row_text=",".join(value for name, value in line.items() if name.lower() != "gpuinfo"),
        vcpu_count=vcpus or None,
        host_memory_gib=memory or None,
    )


def _spelling(cloud: str, line: Line) -> tuple[str, str]:
    """The source and the spelling that the alias table is asked for."""
    if tpu := _TPU.fullmatch(line["AcceleratorName"]):
        return SOURCE.name, f"{cloud}/{tpu.group(1)}"
    if cloud in MACHINE_LISTS:
        return MACHINE_LISTS[cloud], line["InstanceType"]
    of_type = f"{cloud}/{line['InstanceType'].partition('::')[0]}"
    return SOURCE.name, of_type if alias(SOURCE.name, of_type) else f"{cloud}/{line['AcceleratorName']}"


def _without_noise(price: str) -> str:
    number = decimal_or_none(price)
    rounded = number.quantize(USD_STEP, rounding=ROUND_HALF_EVEN) if number is not None else None
    return price if number is None or number == rounded else str(rounded)


def _with_count(read: Row | Refused | None, line: Line, quote: Quote) -> Row | Refused | None:
    """The row of as many accelerators as the line says, where the alias is of one; and of its zone."""
    if not isinstance(read, dict):
        return read
    row = {**read, "zone": line.get("AvailabilityZone", "").strip()}
    if quote.source != SOURCE.name:
        return row
    tpu = _TPU.fullmatch(line["AcceleratorName"])
    listed = decimal_or_none(line["AcceleratorCount"])
    one = alias(quote.source, quote.spelling)
    if listed is None or listed <= 0 or one is None or one.exact_count is None:
        return quote.refused("accelerator_count", accelerator_id=str(row["accelerator_id"]))
    exact = one.exact_count * Fraction(listed) * (int(tpu.group(2)) if tpu else 1)
    if not exact:
        return quote.refused("accelerator_count", accelerator_id=str(row["accelerator_id"]))
    return of_count(row, exact)


def _live(cloud: str) -> Address:
    path = f"catalogs/v8/{cloud}/vms.csv"
    return Address(f"https://raw.githubusercontent.com/skypilot-org/skypilot-catalog/master/{path}", path)


SOURCE = Source(
    name="skypilot-catalog",
    title="Machine prices per region and zone, as SkyPilot's catalogue keeps them",
    homepage="https://github.com/skypilot-org/skypilot-catalog",
    licence="Apache-2.0",
    redistributable=True,
    kind="aggregator",
    tables=("rental_price",),
    parse=parse,
    reads=("catalogs__v*/*.csv", "catalogs/v*/*/vms.csv", "catalogs/v[1-3]/*.csv"),
    upstream_paths=("catalogs/v*/*/vms.csv",),
    freshness_limit_hours=48,
    credit="SkyPilot contributors",
    weaknesses=(
        "Some clouds' files were kept by hand and stood still for months. Google Cloud's T4, V100, P100, P4 and K80 "
        "are priced without a machine and left out; its machines come without local disks. Spot prices that repeat "
        "the list price, as of Azure's new sizes, are left out. AWS's zones are one account's names until November "
        "2022."
    ),
    live=Live(addresses=tuple(_live(cloud) for cloud in REFRESHED)),
)
