"""Google Cloud's own price list: the Cloud Billing Catalog, summed up to the machines that are rented.

The catalog prices parts: a GPU an hour, a core an hour, a GiB of memory an hour, each for the regions it names, on
demand and as spot ("Preemptible"). A GPU without the machine it needs is no offer (an L4 at 0.56 is rented for 0.71 at
least), so no part is a row: a row is a machine type of fixed size (``gcp_machines.csv``), the sum of its three parts,
where the region has all of them. GPUs that are attached to machines of any size (T4, V100), and series whose machines
bring more than these three parts (A2 Ultra and A3: local disks), are left; so are commitments, which are bought per
part and say so in words that were not recorded.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from sources.clouds.offers import Quote, read_quote
from sources.payload import read_json
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

URL = "https://cloudbilling.googleapis.com/v1/services/6F81-5844-456A/skus?currencyCode=USD&pageSize=5000"
"""The service is Compute Engine."""
MODELS = {"OnDemand": "on_demand", "Preemptible": "spot"}
UNITS = {"gpu": "h", "core": "h", "ram": "GiBy.h"}
MAX_BYTES = 256 << 20
NANOS = Decimal(10) ** -9
_GPU = re.compile(r"(?P<name>Nvidia [A-Za-z0-9 ]+?) GPU (?P<spot>attached to Spot Preemptible VMs )?running in \S.*")
_HOST = re.compile(r"(?P<spot>Spot Preemptible )?(?P<name>[A-Z]\d) Instance (?P<kind>Core|Ram) running in \S.*")
Key = tuple[str, str, str, str]
"""Kind of part (a key of ``UNITS``), its name, purchase model, region."""


@dataclass(frozen=True)
class Machine:
    """A machine type and how much of which part it is made of."""

    name: str
    gpu: str
    series: str
    gpu_count: Decimal
    core_count: Decimal
    ram_gib: Decimal


@cache
def _machines() -> list[Machine]:
    table = files("sources.clouds").joinpath("gcp_machines.csv").read_text(encoding="utf-8")
    return [
        Machine(
            name=row["machine"],
            gpu=row["gpu"],
            series=row["series"],
            gpu_count=Decimal(row["gpu_count"]),
            core_count=Decimal(row["core_count"]),
            ram_gib=Decimal(row["ram_gib"]),
        )
        for row in csv.DictReader(table.splitlines())
    ]


def next_page(page: Any) -> str | None:
    """The address of the page after ``page``."""
    token = page.get("nextPageToken") if isinstance(page, dict) else None
    return f"{URL}&pageToken={quote(token, safe='')}" if isinstance(token, str) and token else None


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    pages = content if isinstance(content, list) else [content]
    prices: dict[Key, set[str]] = defaultdict(set)
    left: dict[str, int] = defaultdict(int)
    for sku in _skus(pages, payload):
        part = _part(sku)
        for region in _regions(sku, payload):
            if part is None:
                left[region] += 1
            else:
                prices[*part, region].add(_price(sku, UNITS[part[0]]))
    if not prices:
        raise PayloadError(f"{payload.name}: no GPU and no part of a machine with one; expected the Billing Catalog")
    for region in dict.fromkeys((*(key[3] for key in prices), *left)):
        reads = list(_read(region, prices))
        yield Statement(
            table="rental_price",
            scope={"provider": "gcp", "region": region},
            rows=[read for read in reads if isinstance(read, dict)],
            refused=[read for read in reads if isinstance(read, Refused)],
            complete=next_page(pages[-1]) is None,
            ignored=left[region],
        )


def _skus(pages: list[Any], payload: Payload) -> Iterator[Mapping[str, Any]]:
    for number, page in enumerate(pages):
        listed = page.get("skus") if isinstance(page, dict) else None
        if not isinstance(listed, list):
            raise PayloadError(f"{payload.name}: page {number} has no list 'skus'; expected the Billing Catalog")
        for place, sku in enumerate(listed):
            if not isinstance(sku, dict) or not isinstance(sku.get("description"), str):
                raise PayloadError(f"{payload.name}: [{number}].skus[{place}] has no description")
            yield sku


def _regions(sku: Mapping[str, Any], payload: Payload) -> list[str]:
    regions = sku.get("serviceRegions")
    if not isinstance(regions, list) or not all(isinstance(region, str) for region in regions):
        raise PayloadError(f"{payload.name}: {sku['description'][:60]!r} has no list 'serviceRegions'")
    return regions


def _part(sku: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Kind, name and purchase model of a part that one of our machines is made of; its words and usage agree."""
    category = sku.get("category")
    usage = category.get("usageType") if isinstance(category, dict) else None
    read = _GPU.fullmatch(sku["description"]) or _HOST.fullmatch(sku["description"])
    if read is None or not isinstance(usage, str) or usage != ("Preemptible" if read["spot"] else "OnDemand"):
        return None
    is_gpu = read.re is _GPU
    if not any(read["name"] == (machine.gpu if is_gpu else machine.series) for machine in _machines()):
        return None
    return ("gpu" if is_gpu else read["kind"].lower()), read["name"], MODELS[usage]


def _price(sku: Mapping[str, Any], unit: str) -> str:
    """Dollars as text; '' where it is not one flat price in dollars for the unit that the part is counted in."""
    timeline = sku.get("pricingInfo")
    newest = timeline[-1] if isinstance(timeline, list) and timeline else None
    expression = newest.get("pricingExpression") if isinstance(newest, dict) else None
    if not isinstance(expression, dict) or expression.get("usageUnit") != unit:
        return ""
    rates = expression.get("tieredRates")
    rate = rates[0] if isinstance(rates, list) and len(rates) == 1 else None
    price = rate.get("unitPrice") if isinstance(rate, dict) else None
    if not isinstance(price, dict) or price.get("currencyCode") != "USD":
        return ""
    units, nanos = price.get("units", "0"), price.get("nanos", "0")
    is_number = all(isinstance(text, str) and text.isdecimal() and len(text) < 10 for text in (units, nanos))
    return f"{Decimal(units) + Decimal(nanos) * NANOS:f}" if is_number else ""


def _read(region: str, prices: Mapping[Key, set[str]]) -> Iterator[Row | Refused | None]:
    for machine in _machines():
        for model in MODELS.values():
            if ("gpu", machine.gpu, model, region) in prices:
                yield _read_machine(machine, model, region, prices)


def _read_machine(machine: Machine, model: str, region: str, prices: Mapping[Key, set[str]]) -> Row | Refused | None:
    parts = [
        (machine.gpu_count, prices.get(("gpu", machine.gpu, model, region), set())),
        (machine.core_count, prices.get(("core", machine.series, model, region), set())),
        (machine.ram_gib, prices.get(("ram", machine.series, model, region), set())),
    ]
    told = " + ".join(f"{count} x {'/'.join(sorted(found)) or 'nothing'}" for count, found in parts)
    sums = [count * Decimal(next(iter(found))) for count, found in parts if len(found) == 1 and "" not in found]
    offer = Quote(
        source=SOURCE.name,
        spelling=machine.name,
        provider="gcp",
        sku=machine.name,
        region=region,
        purchase_model=model,
        price=f"{sum(sums):f}" if len(sums) == len(parts) else "",
        price_raw=told,
        locator=f"{machine.name}/{region}/{model}",
        row_text=f"{machine.name} {region} {model}: GPU, cores, GiB: {told}",
        vcpu_count=machine.core_count,
        host_memory_gib=machine.ram_gib,
    )
    return offer.refused("duplicate_key") if any(len(found) > 1 for _, found in parts) else read_quote(offer)


SOURCE = Source(
    name="gcp-billing",
    title="Google Cloud Billing Catalog",
    homepage="https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list",
    licence="Google APIs Terms of Service",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("gcp-billing-skus*.json", "pkg__cloud__gcp__test__skus/*.json"),
    freshness_limit_hours=48,
    credit="Google Cloud",
    weaknesses="A2 and G2 on demand and as spot only: what is made of more or other parts is left out; no commitments.",
    live=Live(
        addresses=(Address(URL, "gcp-billing-skus.json", next_page=next_page),),
        key_variable="GCP_BILLING_API_KEY",
        key_header="X-Goog-Api-Key",
        key_format="{key}",
        max_bytes=MAX_BYTES,
    ),
)
