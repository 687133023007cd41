"""What Prime Intellect's marketplace asked in autumn 2025 for seven GPUs, every half hour, as tugot17 recorded it.

A file is one GPU and form; a line is one look at the market. ``by_config`` gives for every number of GPUs (``8x``) the
cheapest machine: its total an hour and, from the third look on, whose it is (``best_deal``: cloud, country, socket, and
whether it may be taken back). That is an offer, and the only one here: ``by_provider`` has the least price of each
cloud too, but mixes those that may be taken back (an H200 for 1.30) with those that stay, and does not say for how
many GPUs; ``price_stats`` are of the market.

The clouds' machines stand at the clouds' own prices (RunPod's H100 at 2.69, Hyperstack's at 1.90), so they are taken
for theirs. A line names only the cheapest, so what it leaves out may well be offered. What is odd:

- Nebius stands at 2.12 for an H100 and 2.67 for an H200. That is its price of the card alone (2.118 and 2.668), to
  which it then added CPUs and memory: 2.95 and 3.50. Those are refused.
- Machines of clouds behind a code (``dc_roan``) and Prime Intellect's own (``primecompute``) are Prime Intellect's.
- Totals are rounded to cents: three at 10.79 are 3.60 each.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sources.clouds.offers import Quote, of_count, read_quote
from sources.payload import data_text, read_json, utc
from sources.source import Payload, PayloadError, Refused, Row, Source, Statement

FIELDS = ("timestamp", "gpu_type", "by_config")
DEAL = ("provider", "location", "socket", "spot")
PROVIDERS = {"lambdalabs": "lambda", "crusoecloud": "crusoe"}
"""Where the upstream's name of a cloud is not the one that the ledger knows it by."""
SOLD_BY_MARKETPLACE = re.compile(r"dc_[a-z0-9_]+|primecompute")
PRICED_WITHOUT_MACHINE = ("nebius",)
TERMS = {True: "spot", False: "on_demand"}
_CONFIG = re.compile(r"([1-9][0-9]{0,3})x")


def parse(payload: Payload) -> Iterable[Statement]:
    lines = [line for line in data_text(payload).splitlines() if line.strip()]
    for number, line in enumerate(lines, start=1):
        look = read_json(replace(payload, name=f"{payload.name}, line {number}", content=line.encode()))
        missing = [name for name in FIELDS if not isinstance(look, dict) or name not in look]
        if missing:
            raise PayloadError(f"{payload.name}: line {number} has no {', '.join(missing)}")
        if not isinstance(look["by_config"], dict) or not isinstance(look["timestamp"], str):
            raise PayloadError(f"{payload.name}: line {number}: expected a time and prices per number of GPUs")
        yield _statement(look, number, payload)


def _statement(look: Mapping[str, Any], number: int, payload: Payload) -> Statement:
    read = list(_read(look, number))
    rows = [row for row in read if isinstance(row, dict)]
    # Looks of one moment stand in seven files: each answers for its own accelerator.
    accelerators = {str(row["accelerator_id"]) for row in rows}
    return Statement(
        table="rental_price",
        scope={"accelerator_id": accelerators.pop()} if len(accelerators) == 1 else {},
        rows=rows,
        refused=[row for row in read if isinstance(row, Refused)],
        valid_at=utc(look["timestamp"], payload=payload),
        complete=False,
        ignored=sum(row is None for row in read),
    )


def _read(look: Mapping[str, Any], number: int) -> Iterator[Row | Refused | None]:
    for config, prices in look["by_config"].items():
        deal = prices.get("best_deal") if isinstance(prices, dict) else None
        if isinstance(deal, dict) and all(name in deal for name in DEAL) and _CONFIG.fullmatch(config):
            yield _offer(look, number, config, prices, deal)
        else:
            yield None


def _offer(
    look: Mapping[str, Any], number: int, config: str, prices: Mapping[str, Any], deal: Mapping[str, Any]
) -> Row | Refused | None:
    cloud = str(deal["provider"]).lower()
    is_marketplace = bool(SOLD_BY_MARKETPLACE.fullmatch(cloud))
    quote = Quote(
        source=SOURCE.name,
        spelling=f"{look['gpu_type']}|{deal['socket']}",
        provider="primeintellect" if is_marketplace else PROVIDERS.get(cloud, cloud),
        sku=cloud if is_marketplace else "",
        region=str(deal["location"] or ""),
        purchase_model=TERMS.get(deal["spot"], "") if isinstance(deal["spot"], bool) else "",
        price=str(prices.get("min_total")),
        locator=f"line {number}, by_config[{config}]",
        row_text=f"{look['timestamp']} {look['gpu_type']} {config}: {prices.get('min_total')} {dict(deal)}"[:400],
    )
    if not quote.purchase_model:
        return quote.refused("purchase_model")
    if quote.provider in PRICED_WITHOUT_MACHINE:
        return quote.refused("card_without_machine")
    read = read_quote(quote)
    return of_count(read, Fraction(Decimal(config.removesuffix("x")))) if isinstance(read, dict) else read


SOURCE = Source(
    name="tugot17",
    title="Prime Intellect marketplace, half-hourly (tugot17/gpu-price-tracker)",
    homepage="https://github.com/tugot17/gpu-price-tracker",
    licence="MIT",
    redistributable=True,
    kind="aggregator",
    tables=("rental_price",),
    parse=parse,
    began_on=date(2025, 10, 19),
    reads=("data__summary__*/*.jsonl", "data/summary/*.jsonl"),
    upstream_paths=tuple(
        f"data/summary/{name}.jsonl"
        for name in (
            "A100_80GB_PCIe",
            "A100_80GB_SXM4",
            "B200_180GB",
            "GH200_96GB",
            "H100_80GB_PCIe",
            "H100_80GB_SXM5",
            "H200_141GB",
        )
    ),
    credit="tugot17",
    weaknesses=(
        "Four weeks from 2025-10-19 to 2025-11-16. Only the cheapest machine of each number of GPUs; service tiers are "
        "not stated; Nebius without the host."
    ),
)
