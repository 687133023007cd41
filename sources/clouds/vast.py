"""The cheapest machine that Vast.ai's marketplace rents out, per GPU, number of GPUs and kind of host.

Vast's search answers with asks: a machine (or a part of it), the price its owner wants, and an id that is gone when the
machine is rented. In three weeks of July and August 2026 a sixth of the ids, and a quarter of the machines, were there
the next day, so an ask makes no key. What is kept is what a buyer asks of a market: the least that eight H100 SXM cost
right now, in a data centre or at any host. Such a key (accelerator, number, kind of host) is there the next day in four
cases of five. By country too it would be one in two, and percentiles would be prices at which nothing is for rent.

- Only asks that Vast itself shows by default count: verified, for rent, on demand. Of the others (bids, machines never
  verified or verified no more) nothing is said: they are counted as ignored, as are asks above the cheapest.
- ``dph_total`` is dollars an hour for the whole ask with the eight gigabytes of disk of a default search.
- ``min_bid`` is the floor of an auction, sometimes above ``dph_total``, and no price.
- ``hosting_type`` 1 is a data centre (Vast's secure cloud); 0 is any host.
- One name covers several cards, which ``gpu_ram`` (MiB, for one GPU) tells apart: A100 of 40 and 80 GB, and cards with
  more memory than were ever sold, which stay unknown. Error correction takes some: 23028 is a 24 GB card too.
- Owners ask what they like (80 dollars for two A5000). The door lets that in; the ledger compares with the market.

The search gives 64 asks at a time, so pages follow the price, until one holds a single price: the last. Recorded asks
stand one to a line, with the time (``scraped_at``) and the search (``rental_type``) beside each.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import quote as url_quoted

from sources.clouds.offers import Quote, of_count, read_quote
from sources.names import alias
from sources.payload import data_text, read_json, utc
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

FIELDS = ("id", "gpu_name", "gpu_ram", "num_gpus", "dph_total", "verification", "hosting_type")
TIERS = {"0": "community", "1": "secure"}
USD_STEP = Decimal("1e-6")
"""``dph_total`` is a sum of floats: 0.022222222222222223."""
MOST_GPUS = 10_000
PAGE = 64
SEARCH = "https://console.vast.ai/api/v0/bundles/?q="

Ask = Mapping[str, Any]


def parse(payload: Payload) -> Iterable[Statement]:
    asks, is_whole = _asks(payload)
    if not asks:
        raise PayloadError(f"{payload.name}: no ask at all; expected the machines that Vast.ai rents out")
    by_time: dict[str, list[tuple[int, Ask]]] = {}
    for number, ask in enumerate(asks):
        missing = [name for name in FIELDS if not isinstance(ask, dict) or name not in ask]
        if missing:
            raise PayloadError(f"{payload.name}: ask {number} has no {', '.join(missing)}")
        by_time.setdefault(str(ask.get("scraped_at", "")), []).append((number, ask))
    for time, seen in by_time.items():
        yield _statement(seen, valid_at=utc(time, payload=payload) if time else None, complete=is_whole)


def _asks(payload: Payload) -> tuple[list[Any], bool]:
    """The asks of an answer, of a list of pages or of a recorded file; and whether those are all."""
    lines = [line for line in data_text(payload).splitlines() if line.strip()]
    if '"scraped_at"' in lines[0]:
        return [read_json(replace(payload, content=line.encode())) for line in lines], True
    content = read_json(payload)
    pages = content if isinstance(content, list) else [content]
    if not all(isinstance(page, dict) and isinstance(page.get("offers"), list) for page in pages):
        raise PayloadError(f"{payload.name}: no list of 'offers'; expected answers of Vast.ai's search")
    return [ask for page in pages for ask in page["offers"]], not pages or _next_page(pages[-1]) is None


def _statement(seen: Iterable[tuple[int, Ask]], *, valid_at: datetime | None, complete: bool) -> Statement:
    cheapest: dict[tuple[object, ...], Row] = {}
    refused: list[Refused] = []
    ids: set[str] = set()
    count = 0
    for number, ask in seen:
        count += 1
        if str(ask["id"]) in ids or not _is_for_rent(ask):
            continue
        ids.add(str(ask["id"]))
        read = _read(ask, number)
        if isinstance(read, Refused):
            refused.append(read)
        elif read is not None:
            key = (read["sku"], read["accelerator_id"], read["accelerator_count"], read["service_tier"])
            cheapest[key] = min(cheapest.get(key, read), read, key=_price)
    return Statement(
        table="rental_price",
        scope={"provider": "vast"},
        rows=list(cheapest.values()),
        refused=refused,
        valid_at=valid_at,
        complete=complete,
        ignored=count - len(cheapest) - len(refused),
    )


def _is_for_rent(ask: Ask) -> bool:
    is_on_demand = ask.get("rental_type", "on-demand") == "on-demand" and ask.get("is_bid") is not True
    is_free = ask.get("rentable") is not False and ask.get("rented") is not True
    return ask["verification"] == "verified" and is_on_demand and is_free


def _price(row: Row) -> Decimal:
    return Decimal(str(row["price_usd_per_hour"]))


def _read(ask: Ask, number: int) -> Row | Refused | None:
    spelling = f"{ask['gpu_name']}|{ask['gpu_ram']}"
    known = alias(SOURCE.name, spelling)
    total = decimal_or_none(str(ask["dph_total"]))
    price = None if total is None else total.quantize(USD_STEP, rounding=ROUND_HALF_EVEN)
    quote = Quote(
        source=SOURCE.name,
        spelling=spelling,
        provider="vast",
        # A card that nobody knows is another product than its namesake, about whose asks it says nothing.
        sku=str(ask["gpu_name"]) if known is not None and known.is_settled else spelling,
        region="",
        purchase_model="on_demand",
        service_tier=TIERS.get(str(ask["hosting_type"]), ""),
        price="" if price is None else f"{price:f}",
        locator=f"ask {number} (id {ask['id']})"[:200],
        row_text=" ".join(f"{name}={ask.get(name)}" for name in (*FIELDS, "min_bid", "geolocation"))[:400],
    )
    read = read_quote(quote)
    return _together(read, ask, quote) if isinstance(read, dict) else read


def _together(row: Row, ask: Ask, quote: Quote) -> Row | Refused:
    """The row of as many GPUs as the ask is for."""
    number = decimal_or_none(str(ask["num_gpus"]))
    if number is None or not 1 <= number <= MOST_GPUS or number != number.to_integral_value():
        return quote.refused("num_gpus", accelerator_id=str(row["accelerator_id"]))
    return of_count(row, Fraction(Decimal(str(row["accelerator_count"])) * number))


def _search(cheapest: str = "") -> str:
    """The address of the asks from a price on."""
    query: dict[str, object] = {
        "verified": {"eq": True},
        "rentable": {"eq": True},
        "type": "on-demand",
        "order": [["dph_total", "asc"], ["id", "asc"]],
        "limit": PAGE,
    }
    text = json.dumps(query)
    return SEARCH + url_quoted(text if not cheapest else f'{text[:-1]}, "dph_total": {cheapest}}}')


def _next_page(page: Any) -> str | None:
    """The asks from the last price of ``page`` on, those at that price again; None where the search ends.

    The server decides how many asks a page has. Where a full one has a single price, the next begins above it: what is
    left out then costs as much as what was seen.
    """
    offers = page.get("offers") if isinstance(page, dict) else None
    if not isinstance(offers, list) or not offers:
        return None
    first, last = (
        decimal_or_none(str(ask.get("dph_total"))) if isinstance(ask, dict) else None for ask in (offers[0], offers[-1])
    )
    if first is None or last is None or last < first:
        return None
    if first < last:
        return _search(f'{{"gte": {last:f}}}')
    return _search(f'{{"gt": {last:f}}}') if len(offers) >= PAGE or page.get("truncated") is True else None


SOURCE = Source(
    name="vast",
    title="Vast.ai marketplace: cheapest verified asks",
    homepage="https://vast.ai/pricing",
    licence="none stated; the recorded asks come from a repository without a licence",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("data__raw__vast__*/*.jsonl", "vast-asks.json"),
    freshness_limit_hours=48,
    credit="Vast.ai",
    weaknesses=(
        "The cheapest ask is one machine, anywhere in the world, that may be taken a minute later; countries and the "
        "host's CPUs are left out. No interruptible (bid) or reserved prices. Cards of less than 12 GB, laptop chips "
        "and cards with modified memory are left out."
    ),
    live=Live(addresses=(Address(_search(), "vast-asks.json", next_page=_next_page),)),
)
