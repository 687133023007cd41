"""Google Cloud prices per machine type and region since February 2022, as Cyclenerd's price file keeps them.

``pricing.yml`` says, under ``compute: instance: <type>: cost: <region>``, the price of an ``hour`` on demand and as
spot (``hour_spot``), and of a ``month`` of 730 hours on demand and committed for one and three years (``month_1y``,
``month_3y``). That a month is 730 hours is read off the file itself: month = 730 x hour in every row.

The file is 140,000 lines of which the accelerated machine types are a twentieth, so their blocks are cut out by
indentation before the YAML is read. Figures are sums of floats (88.4899999025753 for 88.49): they are rounded to a
millionth of a dollar an hour here, text included, so that noise makes no versions. Attached GPUs (T4, V100 on N1) are
not in it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sources.clouds.offers import Quote, read_quote
from sources.payload import data_text, read_yaml
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

ACCELERATED = re.compile(r"((a|g)[2-9][a-z]?-|ct\d|tpu)")
HOURS_PER_MONTH = 730
USD_STEP = Decimal("1e-6")
PURCHASE_MODELS = {"hour": "on_demand", "hour_spot": "spot", "month_1y": "reserved_1y", "month_3y": "reserved_3y"}
LAST_SECTION = "storage"
"""Sections stand in alphabetical order: where the last one is missing, the file was cut."""

_BLOCK = re.compile(r"^    ([a-z0-9-]+):$")
_REGION = re.compile(r"^        ([a-z0-9-]+):$")


def parse(payload: Payload) -> Iterable[Statement]:
    kept, plain_machines = _accelerated_part(payload)
    content = read_yaml(replace(payload, content=kept.encode()))
    if not isinstance(content, dict) or not isinstance(content.get("compute"), dict):
        raise PayloadError(f"{payload.name}: no 'compute: instance:' section; expected Cyclenerd's pricing.yml")
    about = content.get("about") or {}
    by_region: dict[str, list[Row | Refused | None]] = {region: [] for region in plain_machines}
    for region, read in _read(content["compute"].get("instance") or {}, payload):
        by_region.setdefault(region, []).append(read)
    if not by_region:
        raise PayloadError(f"{payload.name}: no machine type with a price per region; expected 'cost: <region>:'")
    for region, reads in sorted(by_region.items()):
        yield Statement(
            table="rental_price",
            scope={"provider": "gcp", "region": region},
            rows=[read for read in reads if isinstance(read, dict)],
            refused=[read for read in reads if isinstance(read, Refused)],
            valid_at=_generated_at(about, payload),
            ignored=plain_machines[region] + sum(read is None for read in reads),
        )


def _accelerated_part(payload: Payload) -> tuple[str, Counter[str]]:
    """The file without its plain machine types, and how many of those each region has."""
    kept, plain_machines = [], Counter[str]()
    section = subsection = machine = ""
    for line in data_text(payload).splitlines():
        if line and line[0] not in " -":
            section, subsection, machine = line.partition(":")[0], "", ""
        elif section == "compute" and line.startswith("  ") and line[2:3] not in ("", " "):
            subsection, machine = line.strip().partition(":")[0], ""
        elif subsection == "instance" and (opened := _BLOCK.match(line)):
            machine = opened.group(1)
        if section == "about" or (section == "compute" and subsection in ("", "instance") and _is_kept(machine)):
            kept.append(line)
        elif subsection == "instance" and (region := _REGION.match(line)):
            plain_machines[region.group(1)] += 1
    if section != LAST_SECTION:
        raise PayloadError(
            f"{payload.name}: ends in section {section!r}, not {LAST_SECTION!r}; truncated, or no price file?"
        )
    return "\n".join(kept) + "\n", plain_machines


def _is_kept(machine: str) -> bool:
    return not machine or bool(ACCELERATED.match(machine))


def _generated_at(about: Mapping[str, Any], payload: Payload) -> datetime | None:
    """The file's own time; the first version has none."""
    printed = about.get("timestamp")
    if printed is None:
        return None
    if not str(printed).isdecimal():
        raise PayloadError(f"{payload.name}: about.timestamp {printed!r}; expected seconds since 1970")
    return datetime.fromtimestamp(int(printed), tz=UTC)


def _read(machines: Mapping[str, Any], payload: Payload) -> Iterator[tuple[str, Row | Refused | None]]:
    for machine, fields in machines.items():
        costs = fields.get("cost") if isinstance(fields, dict) else None
        if not isinstance(costs, dict):
            raise PayloadError(f"{payload.name}: {machine} has no 'cost:' per region")
        for region, cost in costs.items():
            for name in PURCHASE_MODELS:
                if name in cost:
                    yield region, _read_price(machine, region, name, cost=cost, fields=fields)


def _read_price(
    machine: str, region: str, name: str, *, cost: Mapping[str, str], fields: Mapping[str, str]
) -> Row | Refused | None:
    hourly = _per_hour(cost, name)
    monthly = name.startswith("month")
    quote = Quote(
        source=SOURCE.name,
        spelling=machine,
        provider="gcp",
        sku=machine,
        region=region,
        purchase_model=PURCHASE_MODELS[name],
        price="" if hourly is None else str(hourly),
        price_raw=f"{hourly} (a month of {HOURS_PER_MONTH} h / {HOURS_PER_MONTH})" if monthly else "",
        locator=f"compute/instance/{machine}/cost/{region}/{name}",
        row_text=f"{machine} {region} {name}: {cost[name]} (hour: {cost.get('hour')}, month: {cost.get('month')})",
        vcpu_count=decimal_or_none(str(fields.get("cpu", ""))),
        host_memory_gib=decimal_or_none(str(fields.get("ram", ""))),
    )
    problem = _problem(cost, name)
    return quote.refused(problem) if problem else read_quote(quote)


def _per_hour(cost: Mapping[str, str], name: str) -> Decimal | None:
    printed = decimal_or_none(str(cost.get(name, "")))
    if printed is None:
        return None
    hourly = printed / HOURS_PER_MONTH if name.startswith("month") else printed
    return hourly.quantize(USD_STEP, rounding=ROUND_HALF_EVEN)


def _problem(cost: Mapping[str, str], name: str) -> str:
    """What a region's prices say against each other.

    A commitment at the list price is a copy of it (a2-ultragpu until August 2024). A commitment above the list price
    shows that the latter lacks a part (an A100 in Toronto for 0.688 on demand and 2.467 committed): then none is taken.
    """
    on_demand = _per_hour(cost, "month")
    committed = {term: _per_hour(cost, term) for term in ("month_1y", "month_3y")}
    if on_demand is None:
        return ""
    if any(price is not None and price > on_demand for price in committed.values()):
        return "commitment_above_on_demand"
    return "placeholder_price" if committed.get(name) == on_demand else ""


SOURCE = Source(
    name="cyclenerd-gcp",
    title="Google Cloud price list, as kept by Cyclenerd's cost calculator",
    homepage="https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator",
    licence="Apache-2.0",
    redistributable=True,
    kind="copy",
    tables=("rental_price",),
    parse=parse,
    reads=("pricing/*.yml", "pricing.yml"),
    upstream_paths=("pricing.yml",),
    credit="Nils Knieling",
    weaknesses=(
        "No attached GPUs, TPUs, A3 Ultra or A4; prices also in regions that have no such machine (marked suspect); "
        "A100 in northamerica-northeast2 listed without the GPU until December 2022."
    ),
    freshness_limit_hours=336,
    live=Live(
        (
            Address(
                "https://raw.githubusercontent.com/Cyclenerd/google-cloud-pricing-cost-calculator/HEAD/pricing.yml",
                "pricing.yml",
            ),
        )
    ),
)
