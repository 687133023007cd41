"""Daily prices per GPU hour of some 34 clouds since July 2026, as gpurentalprices.com publishes them.

``offers`` are prices of one GPU for one hour; ``providers`` says of each provider whether today's fetch succeeded.
A provider whose fetch failed is carried forward with the rows (and ``fetched_at``) of its last good day: that makes a
statement of that day, not of today. A provider that failed and has no rows states nothing.

``min_gpus`` is the smallest number that is rented together, and so the offer: eight at 2.70 each are an offer of eight
for 21.60. One provider sells the same GPU singly and in eights at different prices.

Names are the upstream's own and normalised by it, with slips: memory and name can contradict each other, and several
products can share one name. Offers that end up under one key at different prices are refused together, for which of
them was meant cannot be told.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sources.clouds.offers import Quote, read_quote
from sources.names import alias
from sources.payload import read_json, utc
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

TERMS = {
    "on-demand": ("on_demand", ""),
    "spot": ("spot", ""),
    "secure": ("on_demand", "secure"),
    "community": ("on_demand", "community"),
    "serverless": ("on_demand", "serverless"),
}
"""The upstream's ``kind`` -> purchase model and service tier."""
PRICED_WITHOUT_MACHINE = ("gcp",)
"""Providers whose price here is the card's alone, where the machine it needs is billed beside it: an L4 at 0.56 is
rented for 0.71 at least, as g2-standard-4."""
FIELDS = ("provider", "gpu", "vram_gb", "usd_hr", "kind", "fetched_at")


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    if not isinstance(content, dict) or not {"offers", "providers"} <= content.keys():
        raise PayloadError(f"{payload.name}: no 'offers' and 'providers'; expected a snapshot of gpu-rental-prices")
    if not isinstance(content["offers"], list) or not isinstance(content["providers"], dict):
        raise PayloadError(f"{payload.name}: expected a list of offers and a map of providers")
    offers: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for number, offer in enumerate(content["offers"]):
        offers[_checked(offer, number, payload)["provider"]].append((number, offer))
    fetches = content["providers"]
    for provider in sorted({*offers, *(name for name, fetch in fetches.items() if fetch.get("ok") is True)}):
        fetched = [offer["fetched_at"] for _, offer in offers[provider]] or [fetches[provider]["last_verified"]]
        yield _statement(provider, offers[provider], valid_at=max(utc(time, payload=payload) for time in fetched))


def _checked(offer: Any, number: int, payload: Payload) -> dict[str, Any]:
    missing = [name for name in FIELDS if not isinstance(offer, dict) or name not in offer]
    if missing:
        raise PayloadError(f"{payload.name}: offers[{number}] has no {', '.join(missing)}")
    return dict(offer)


def _statement(provider: str, offers: Iterable[tuple[int, dict[str, Any]]], *, valid_at: datetime) -> Statement:
    reads = [(_quote(offer, number), offer) for number, offer in offers]
    read = [_read(quote, offer) for quote, offer in reads]
    rows = [row for row in read if isinstance(row, dict)]
    refused = [row for row in read if isinstance(row, Refused)]
    unique, ambiguous = _one_per_key(rows)
    return Statement(
        table="rental_price",
        scope={"provider": provider},
        rows=unique,
        refused=refused + ambiguous,
        valid_at=valid_at,
        ignored=sum(row is None for row in read),
    )


def _quote(offer: Mapping[str, Any], number: int) -> Quote:
    purchase_model, service_tier = TERMS.get(offer["kind"], ("", ""))
    spelling = f"{offer['gpu']}|{offer['vram_gb']}"
    of_provider = f"{offer['provider']}/{spelling}"
    return Quote(
        source=SOURCE.name,
        spelling=of_provider if alias(SOURCE.name, of_provider) else spelling,
        provider=offer["provider"],
        sku="",
        region="",
        purchase_model=purchase_model,
        service_tier=service_tier,
        price=str(offer["usd_hr"]),
        locator=f"offers[{number}]",
        row_text=" ".join(f"{name}={offer[name]}" for name in (*FIELDS, "min_gpus") if name in offer),
    )


def _read(quote: Quote, offer: Mapping[str, Any]) -> Row | Refused | None:
    if offer["kind"] not in TERMS:
        return Refused("purchase_model", quote.locator, quote.row_text, {"provider": quote.provider})
    if quote.provider in PRICED_WITHOUT_MACHINE:
        return Refused("card_without_machine", quote.locator, quote.row_text, {"provider": quote.provider})
    read = read_quote(quote)
    return _together(read, offer, quote) if isinstance(read, dict) else read


def _together(row: Row, offer: Mapping[str, Any], quote: Quote) -> Row | Refused:
    """The row of as many as are rented together."""
    least = decimal_or_none(str(offer.get("min_gpus") or 1))
    if least is None or least < 1 or least != least.to_integral_value():
        return quote.refused("min_gpus", accelerator_id=str(row["accelerator_id"]))
    count, price = Decimal(str(row["accelerator_count"])), Decimal(str(row["price_usd_per_hour"]))
    return {**row, "accelerator_count": count * least, "price_usd_per_hour": price * least}


def _one_per_key(rows: Iterable[Row]) -> tuple[list[Row], list[Refused]]:
    """Rows whose key is stated once or always at the same price; the others refused, every one of them."""
    by_key: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        names = ("sku", "accelerator_id", "accelerator_count", "purchase_model", "service_tier")
        by_key[tuple(row[name] for name in names)].append(row)
    unique = [same[0] for same in by_key.values() if len({row["price_usd_per_hour"] for row in same}) == 1]
    ambiguous = [same for same in by_key.values() if len({row["price_usd_per_hour"] for row in same}) > 1]
    return unique, list(_refusals(ambiguous))


def _refusals(ambiguous: Iterable[list[Row]]) -> Iterator[Refused]:
    for same in ambiguous:
        for row in same:
            key = {name: str(row[name]) for name in ("provider", "sku", "region", "zone", "accelerator_id")}
            terms = {name: str(row[name]) for name in ("purchase_model", "service_tier")}
            yield Refused("duplicate_key", str(row["locator"]), _told(row, of=len(same)), {**key, **terms})


def _told(row: Row, *, of: int) -> str:
    return f"{row['provider']} {row['accelerator_id']} {row['service_tier']} {row['price_raw']}: one of {of} offers"


SOURCE = Source(
    name="adriannutiu",
    title="GPU rental prices, daily (gpurentalprices.com)",
    homepage="https://github.com/adriannutiu/gpu-rental-prices",
    licence="CC-BY-4.0",
    redistributable=True,
    kind="aggregator",
    tables=("rental_price",),
    parse=parse,
    began_on=date(2026, 7, 5),
    reads=("data__snapshots__*/*.json", "data__latest/*.json", "data/snapshots/*.json", "data/latest.json"),
    upstream_paths=("data/latest.json", "data/snapshots/*.json"),
    credit="GPU rental price data by gpurentalprices.com, CC BY 4.0",
    weaknesses=(
        "No region and no instance type; Google Cloud's prices are of the GPU without its machine; "
        "AWS's are those from before the cut of June 2025."
    ),
    freshness_limit_hours=48,
    live=Live(
        (
            Address(
                "https://raw.githubusercontent.com/adriannutiu/gpu-rental-prices/HEAD/data/latest.json",
                "data/latest.json",
            ),
        )
    ),
)
