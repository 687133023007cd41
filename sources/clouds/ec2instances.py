"""AWS's machine prices from 2013 to 2017, on demand and reserved, as ec2instances.info kept them.

One JSON list of machine types, each with ``pricing: <region>: linux``: until spring 2015 the price on demand itself,
later ``ondemand`` and ``reserved``, whose figures are an hour's already, with what was paid upfront spread over the
term. "N/A" is not offered. A file has no date inside. Of the reservations one per term is taken, as of today's list of
AWS (``aws_price_list``): standard, without upfront payment, else all upfront. AWS began to sell three years without
upfront payment in 2017, so that a P2's step up of that summer is one of the terms; ``price_raw`` says which.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeGuard

from sources.clouds.committed_prices import problem
from sources.clouds.offers import Quote, read_quote
from sources.payload import read_json
from sources.quantities import decimal_or_none
from sources.source import Payload, PayloadError, Refused, Row, Source, Statement

ACCELERATED = re.compile(r"(cg\d|f\d|g\d|p\d)\.")
NOT_OFFERED = "N/A"
PAID = ("noUpfront", "allUpfront")
"""In order of preference."""
NAMES = {"reserved_1y": ("yrTerm1Standard", "yrTerm1"), "reserved_3y": ("yrTerm3Standard", "yrTerm3")}
"""Until 2016 the standard class was the only one and had no name."""


def parse(payload: Payload) -> Iterable[Statement]:
    machines = read_json(payload)
    if not isinstance(machines, list) or not machines:
        raise PayloadError(
            f"{payload.name}: no list of machine types; expected www/instances.json of ec2instances.info"
        )
    reads: dict[str, list[Row | Refused | None]] = defaultdict(list)
    plain: dict[str, int] = defaultdict(int)
    for number, machine in enumerate(machines):
        name, pricing = _checked(machine, number, payload)
        for region, of_region in pricing.items():
            if ACCELERATED.match(name):
                reads[region].extend(_read(machine, region, of_region, payload))
            else:
                plain[region] += 1
    if not reads and not plain:
        raise PayloadError(f"{payload.name}: {len(machines)} machine types without a region; expected 'pricing'")
    for region in dict.fromkeys((*reads, *plain)):
        yield Statement(
            table="rental_price",
            scope={"provider": "aws", "region": region},
            rows=[read for read in reads[region] if isinstance(read, dict)],
            refused=[read for read in reads[region] if isinstance(read, Refused)],
            ignored=plain[region] + sum(read is None for read in reads[region]),
        )


def _checked(machine: Any, number: int, payload: Payload) -> tuple[str, Mapping[str, Any]]:
    name, pricing = (machine.get("instance_type"), machine.get("pricing")) if isinstance(machine, dict) else ("", None)
    if not isinstance(name, str) or not isinstance(pricing, dict):
        raise PayloadError(f"{payload.name}: [{number}] has no instance_type with pricing per region")
    return name, pricing


def _read(machine: Mapping[str, Any], region: str, of_region: Any, payload: Payload) -> Iterator[Row | Refused | None]:
    if not isinstance(of_region, dict):
        raise PayloadError(f"{payload.name}: {machine['instance_type'][:40]!r} has a region without prices per system")
    linux = of_region.get("linux")
    prices = linux if isinstance(linux, dict) else {"ondemand": linux}
    listed = prices.get("ondemand")
    if _is_price(listed):
        yield read_quote(_quote(machine, region, "on_demand", listed))
    reserved = prices.get("reserved")
    if isinstance(reserved, dict):
        for model in NAMES:
            yield from _reserved(machine, region, model, reserved, listed=listed)


def _is_price(printed: Any) -> TypeGuard[str]:
    return isinstance(printed, str) and printed != NOT_OFFERED


def _reserved(
    machine: Mapping[str, Any], region: str, model: str, reserved: Mapping[str, Any], *, listed: Any
) -> Iterator[Row | Refused | None]:
    sold = [f"{name}.{paid}" for paid in PAID for name in NAMES[model] if _is_price(reserved.get(f"{name}.{paid}"))]
    if sold:
        printed = reserved[sold[0]]
        quote = _quote(machine, region, model, printed, price_raw=f"{sold[0]}: {printed}")
        read, hourly = read_quote(quote), decimal_or_none(printed)
        on_demand = decimal_or_none(listed) if _is_price(listed) else None
        reason = problem(hourly, on_demand) if hourly is not None else ""
        yield quote.refused(reason) if reason and isinstance(read, dict) else read


def _quote(machine: Mapping[str, Any], region: str, model: str, price: str, *, price_raw: str = "") -> Quote:
    name = machine["instance_type"]
    return Quote(
        source=SOURCE.name,
        spelling=name,
        provider="aws",
        sku=name,
        region=region,
        purchase_model=model,
        price=price,
        price_raw=price_raw,
        locator=f"{name}/pricing/{region}/linux/{model}",
        row_text=f"{name} {region} linux {model} {price_raw or price}",
        vcpu_count=_number(machine.get("vCPU")),
        host_memory_gib=_number(machine.get("memory")),
    )


def _number(printed: Any) -> Decimal | None:
    return decimal_or_none(printed) if isinstance(printed, str) else None


SOURCE = Source(
    name="ec2instances",
    title="AWS instance prices 2013 to 2017, as kept by ec2instances.info",
    homepage="https://github.com/vantage-sh/ec2instances.info",
    licence="MIT",
    redistributable=False,
    kind="copy",
    tables=("rental_price",),
    parse=parse,
    reads=("www__instances/*.json", "www/instances.json"),
    upstream_paths=("www/instances.json",),
    credit="ec2instances.info contributors, Vantage",
    weaknesses="Dated by its commits; some regions come and go; reserved terms since August 2015.",
)
