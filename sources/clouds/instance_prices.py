"""Price lists of a cloud's machine types: (time, region, type, price) -> one complete statement per region.

A region that a file lacks is not closed by it: each region of an answer is a scope of its own.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sources.clouds.offers import Quote, read_quote
from sources.payload import data_text, read_csv
from sources.source import Payload, PayloadError, Refused, Statement

COLUMNS = ("generated_at", "region", "instance_type", "price_per_hour", "currency")
HEADER_LENGTH = 4000
"""A generated file says when it was generated after its licence, well within this many characters."""


@dataclass(frozen=True)
class Listed:
    """One line of a price list, as printed."""

    generated_at: str
    region: str
    instance_type: str
    price_per_hour: str
    currency: str


_GENERATED = re.compile(r"^// generated at (\S+)(?: for (\S+))?", re.MULTILINE)
_REGION = re.compile(r'^\t"([a-z0-9-]+)": \{$|^\t\w+\["([a-z0-9-]+)"\] = map|= \w+\[.*\{"([a-z0-9-]+)": \{')
_PRICE = re.compile(r'"([^"]+)":\s*([0-9.eE+-]+),')


def read_price_list(payload: Payload) -> list[Listed]:
    """The lines of a generated Go price map, or of the same as CSV."""
    content = data_text(payload)
    if _GENERATED.search(content, 0, HEADER_LENGTH):
        return _read_go_map(content, payload)
    return [Listed(*(row[name] for name in COLUMNS)) for row in read_csv(payload, columns=COLUMNS)]


def _read_go_map(source_text: str, payload: Payload) -> list[Listed]:
    """The lines of a Go map; yuan where the region is one of AWS China's.

    The region in the header ("for us-east-1") names the caller, and holds only where the map itself has no regions.
    """
    if not source_text.rstrip().endswith("}"):
        raise PayloadError(f"{payload.name}: a price map without its closing brace; truncated?")
    header = _GENERATED.search(source_text, 0, HEADER_LENGTH)
    generated_at, region = (header.group(1), header.group(2) or "") if header else ("", "")
    listed = []
    for line in source_text.splitlines():
        if line.lstrip().startswith("//"):
            continue
        if opened := _REGION.search(line):
            region = next(name for name in opened.groups() if name)
        for instance_type, price in _PRICE.findall(line):
            currency = "CNY" if region.startswith("cn-") else "USD"
            listed.append(Listed(generated_at, region, instance_type, price, currency))
    if not listed or not all(line.region for line in listed):
        raise PayloadError(f"{payload.name}: {len(listed)} prices, not all in a region; expected a map per region")
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
        read = [read_quote(_quote(line, source=source, provider=provider)) for line in with_accelerator]
        yield Statement(
            table="rental_price",
            scope={"provider": provider, "region": region},
            rows=[row for row in read if isinstance(row, dict)],
            refused=[row for row in read if isinstance(row, Refused)],
            valid_at=valid_at(lines[0].generated_at),
            ignored=len(lines) - len(with_accelerator) + sum(row is None for row in read),
        )


def _quote(line: Listed, *, source: str, provider: str) -> Quote:
    return Quote(
        source=source,
        spelling=line.instance_type,
        provider=provider,
        sku=line.instance_type,
        region=line.region,
        purchase_model="on_demand",
        price=line.price_per_hour,
        currency=line.currency,
        locator=f"{line.region}/{line.instance_type}",
        row_text=",".join((line.region, line.instance_type, line.price_per_hour, line.currency)),
    )
