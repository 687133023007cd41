"""Price lists of a cloud's machine types: (time, region, type, price) -> one complete statement per region.

A region that a file lacks is not closed by it: each region of an answer is a scope of its own.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sources.names import alias
from sources.source import Payload, PayloadError, Refused, Row, Statement


@dataclass(frozen=True)
class Listed:
    """One line of a price list, as printed."""

    generated_at: str
    region: str
    instance_type: str
    price_per_hour: str
    currency: str


_GENERATED = re.compile(r"// generated at (\S+)(?: for (\S+))?")
_REGION = re.compile(r'^\t?"([a-z0-9-]+)": \{|InitialOnDemandPrices\w* = .*"([a-z0-9-]+)": \{')
_PRICE = re.compile(r'"([A-Za-z0-9_.-]+)":\s*([0-9.eE+-]+),')


def read_go_map(source_text: str, payload: Payload, currency: str = "USD") -> list[Listed]:
    """The lines of a generated Go price map; yuan where the region is one of AWS China's."""
    generated = _GENERATED.search(source_text)
    if generated is None:
        raise PayloadError(f"{payload.name}: no '// generated at' line; expected a generated price map")
    listed, region = [], generated.group(2) or ""
    for line in source_text.splitlines():
        if line.lstrip().startswith("//"):
            found = _GENERATED.search(line)
            region = (found.group(2) or region) if found else region
            continue
        if opened := _REGION.search(line):
            region = opened.group(1) or opened.group(2)
        for instance_type, price in _PRICE.findall(line):
            money = "CNY" if region.startswith("cn-") else currency
            listed.append(Listed(generated.group(1), region, instance_type, price, money))
    if not listed:
        raise PayloadError(f"{payload.name}: a price map without a price; expected lines of '\"type\": price,'")
    return listed


def statements_by_region(
    listed: Iterable[Listed],
    *,
    source: str,
    provider: str,
    accelerated: re.Pattern[str],
    valid_at: Callable[[str], datetime | None],
) -> Iterable[Statement]:
    """One complete statement per region, of the machine types that ``accelerated`` matches."""
    regions: dict[str, list[Listed]] = {}
    for line in listed:
        regions.setdefault(line.region, []).append(line)
    for region, lines in regions.items():
        with_accelerator = [line for line in lines if accelerated.match(line.instance_type)]
        read = [_row(line, source=source, provider=provider) for line in with_accelerator]
        yield Statement(
            table="rental_price",
            scope={"provider": provider, "region": region},
            rows=[row for row in read if isinstance(row, dict)],
            refused=[row for row in read if isinstance(row, Refused)],
            valid_at=valid_at(lines[0].generated_at),
            ignored=len(lines) - len(with_accelerator) + sum(row is None for row in read),
        )


def _row(line: Listed, *, source: str, provider: str) -> Row | Refused | None:
    locator = f"{line.region}/{line.instance_type}"
    key = {"provider": provider, "sku": line.instance_type, "region": line.region, "purchase_model": "on_demand"}
    printed = f"{line.region},{line.instance_type},{line.price_per_hour},{line.currency}"
    known = alias(source, line.instance_type)
    if known is None:
        return Refused("unknown_accelerator", locator, printed, key)
    if not known.accelerator_id:
        return None
    try:
        price = Decimal(line.price_per_hour)
    except InvalidOperation:
        return Refused("missing_price", locator, printed, key)
    count = known.accelerator_count or Decimal(1)
    return {
        **key,
        "zone": "",
        "accelerator_id": known.accelerator_id,
        "accelerator_count": count,
        "service_tier": "",
        "price_state": "listed",
        "price_usd_per_hour": price,
        "price_usd_per_accelerator_hour": price / count,
        "price_raw": line.price_per_hour,
        "currency": line.currency,
        "vcpu_count": None,
        "host_memory_gib": None,
        "locator": locator,
    }
