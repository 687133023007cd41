"""Prices of 21 GPU clouds on 2026-05-24, as gpu-pricing (tardellirs) gathered them by hand from the clouds' pages.

One list, ``src/data/offerings.json``: an offer is one GPU for one hour, with caveats beside it in plain words. The day
in ``collected_at`` is when it was so; the three versions of 2026-05-24 and 25 differ in their caveats alone. It is not
asked live: nothing moves the day but the hand of its keeper. What the caveats say decides what is believed:

- *estimated* (Jarvis Labs' spot as 56 % off, Vast's as half, one of Verda's): nobody asked that price.
- *site labels 180 GB* (Thunder Compute): the page's label contradicts the card's memory, and its prices look shifted as
  well (an H100 costs the same shared and dedicated, an L40 dedicated as much as an H100).
- *billed separately*: CoreWeave's classic page and Salad price the card alone. Modal too, but that is how its
  serverless price is known everywhere, and the other sources give it so.
- *sold in 8x node*: the offer is eight of them.
- *min live offer*, *cheapest host*, *across providers*: the least that anybody asked, for a number of GPUs and a kind
  of host that are not stated, so approximate (``vast`` knows them, and its least prices are listed).
- *references July 2024; prices may be stale* (TensorDock): approximate. The page did show them: another collector read
  the same ten from July to August 2026, and the ledger has those.
- *fluctuates*, *dynamic*, *rarely available* say how long a price holds, not that it is inexact: listed, as elsewhere.

``is_spot`` is taken for a term where ``tier`` says the same. For the two whose tier is ``marketplace`` it is a guess:

- Akash has leases that stay until one closes them, and no other kind (the list's own providers.json: 'on-demand only').
- Spheron's are 'likely spot, not guaranteed on-demand': its B200 at 1.71 is Verda's spot price, its GH200 at 1.88 was
  on demand in July. Those are refused. So are RunPod's three 'Active spot', all above its on-demand prices: an A100 at
  2.17 and a 4090 at 0.77 are active workers of its serverless (0.00060 and 0.00021 a second).

Names are per card: ``interconnect`` says SXM, PCIe or NVL; NVLink is no form, and neither is nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sources.clouds.offers import Quote, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.names import alias
from sources.payload import read_json, utc
from sources.quantities import decimal_or_none
from sources.source import Payload, PayloadError, Refused, Row, Source, Statement

FIELDS = ("id", "provider_id", "gpu_model", "vram_gb", "interconnect", "tier", "is_spot", "price_usd_hour")
PROVIDERS = {
    "genesis-cloud": "genesiscloud",
    "jarvis-labs": "jarvislabs",
    "thunder-compute": "thundercompute",
    "vast-ai": "vast",
    "verda": "datacrunch",
}
"""Where the upstream's name of a cloud is not the one that the ledger knows it by (DataCrunch was renamed Verda)."""
TERMS = {
    "on-demand": ("on_demand", ""),
    "spot": ("spot", ""),
    "secure": ("on_demand", "secure"),
    "community": ("on_demand", "community"),
}
"""The upstream's ``tier`` -> purchase model and service tier."""
MARKETPLACE_TERMS = {"akash": ("on_demand", "")}
SEVERAL_PRODUCTS_OF_A_CARD = ("dataoorts", "novita")
"""Whose offers of one card are told apart by their ids alone: series of Dataoorts, Novita's faster hosts."""
REFUSED = {
    "estimated": "estimated_price",
    "site labels": "contradicted_memory",
    "billed separately": "card_without_machine",
}
"""What a caveat says -> why its offer is not believed."""
SERVERLESS = "Serverless billing per second"
NOT_SPOT = "Active spot"
APPROXIMATE = ("min live offer", "min price from cheapest host", "across providers", "prices may be stale")
APPROXIMATE_NOTE = "approximate price"
_NODE = re.compile(r"sold in ([1-9][0-9]?)x node")

Offer = Mapping[str, Any]


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    if not isinstance(content, list) or not content:
        raise PayloadError(f"{payload.name}: expected a list of offers of gpu-pricing")
    seen: dict[str, dict[datetime, list[tuple[int, Offer]]]] = defaultdict(lambda: defaultdict(list))
    for number, offer in enumerate(content):
        provider, day = _checked(offer, number, payload)
        seen[provider][day].append((number, offer))
    for provider, days in sorted(seen.items()):
        for day, offers in sorted(days.items()):
            yield _statement(provider, offers, valid_at=day, complete=len(days) == 1)


def _checked(offer: Any, number: int, payload: Payload) -> tuple[str, datetime]:
    missing = [name for name in (*FIELDS, "collected_at") if not isinstance(offer, dict) or name not in offer]
    if missing:
        raise PayloadError(f"{payload.name}: offer {number} has no {', '.join(missing)}")
    provider, day = offer["provider_id"], offer["collected_at"]
    if not isinstance(provider, str) or not provider or not isinstance(day, str):
        raise PayloadError(f"{payload.name}: offer {number}: expected a provider and the day it was asked on")
    return PROVIDERS.get(provider, provider), utc(day, payload=payload)


def _statement(provider: str, offers: Iterable[tuple[int, Offer]], *, valid_at: datetime, complete: bool) -> Statement:
    read = [_read(offer, number, provider) for number, offer in offers]
    rows, ambiguous = one_per_key([one for one in read if isinstance(one, dict)])
    return Statement(
        table="rental_price",
        scope={"provider": provider},
        rows=rows,
        refused=[one for one in read if isinstance(one, Refused)] + ambiguous,
        valid_at=valid_at,
        complete=complete,
        ignored=sum(one is None for one in read),
    )


def _read(offer: Offer, number: int, provider: str) -> Row | Refused | None:
    caveats = offer.get("caveats") or []
    is_readable = isinstance(caveats, list) and all(isinstance(one, str) for one in caveats)
    said = " ".join(caveats) if is_readable else ""
    quote = _quote(offer, number, provider, said)
    known = alias(SOURCE.name, quote.spelling)
    if known is not None and not known.is_accelerated:
        return None
    if reason := _problem(offer, quote, said) if is_readable else "caveats":
        return _refused(quote, reason, known.accelerator_id if known is not None else "")
    read = read_quote(quote)
    return _together(read, said) if isinstance(read, dict) else read


def _quote(offer: Offer, number: int, provider: str, said: str) -> Quote:
    purchase_model, service_tier = _terms(offer, provider)
    note = str(offer.get("notes") or "")
    is_approximate = any(words in said for words in APPROXIMATE) or APPROXIMATE_NOTE in note
    return Quote(
        source=SOURCE.name,
        spelling=_spelling(offer),
        provider=provider,
        sku=_product(offer) if provider in SEVERAL_PRODUCTS_OF_A_CARD else "",
        region="",
        purchase_model=purchase_model,
        service_tier="serverless" if SERVERLESS in said else service_tier,
        price=str(offer["price_usd_hour"]),
        price_state="approximate" if is_approximate else "listed",
        locator=f"[{number}] {offer['id']}"[:200],
        row_text=(" ".join(f"{name}={offer[name]}" for name in FIELDS) + f" ({note}) {said}")[:400],
        vcpu_count=decimal_or_none(str(offer.get("vcpu"))) or None,
        host_memory_gib=decimal_or_none(str(offer.get("ram_gb"))) or None,
    )


def _spelling(offer: Offer) -> str:
    """The name, memory and form; with the provider before them where it has documented what they leave open."""
    spelling = f"{offer['gpu_model']}|{offer['vram_gb']}|{offer['interconnect'] or ''}"
    of_provider = f"{offer['provider_id']}/{spelling}"
    return of_provider if alias(SOURCE.name, of_provider) else spelling


def _product(offer: Offer) -> str:
    return str(offer["id"]).removeprefix(f"{offer['provider_id']}-").removesuffix(f"-{offer['tier']}")


def _terms(offer: Offer, provider: str) -> tuple[str, str]:
    if offer["tier"] == "marketplace":
        return MARKETPLACE_TERMS.get(provider, ("", ""))
    terms = TERMS.get(str(offer["tier"]), ("", ""))
    return terms if offer["is_spot"] is (terms[0] == "spot") else ("", "")


def _problem(offer: Offer, quote: Quote, said: str) -> str:
    for words, reason in REFUSED.items():
        if words in said and not (reason == "card_without_machine" and SERVERLESS in said):
            return reason
    return "" if quote.purchase_model and NOT_SPOT not in str(offer.get("notes")) else "purchase_model"


def _refused(quote: Quote, reason: str, accelerator_id: str) -> Refused:
    """What the offer says nothing about stays out of its key: terms that cannot be told, a card that may be another."""
    key = {**quote.key, "accelerator_id": accelerator_id}
    untold = {"purchase_model", "service_tier"} if reason == "purchase_model" or not quote.purchase_model else set()
    if reason == "contradicted_memory" or not accelerator_id:
        untold.add("accelerator_id")
    told = {name: value for name, value in key.items() if name not in untold}
    return Refused(reason, quote.locator, quote.row_text, told)


def _together(row: Row, said: str) -> Row:
    """The row of as many as are rented together; nothing says whose processors those of a node would be."""
    if (node := _NODE.search(said)) is None:
        return row
    count, price = Decimal(str(row["accelerator_count"])), Decimal(str(row["price_usd_per_hour"]))
    together = {"accelerator_count": count * int(node[1]), "price_usd_per_hour": price * int(node[1])}
    return {**row, **together, "vcpu_count": None, "host_memory_gib": None}


SOURCE = Source(
    name="tardellirs",
    title="GPU prices of 21 clouds in May 2026 (tardellirs/gpu-pricing)",
    homepage="https://github.com/tardellirs/gpu-pricing",
    licence="MIT",
    redistributable=True,
    kind="hand_kept",
    tables=("rental_price",),
    parse=parse,
    reads=("src__data__offerings/*.json", "src/data/offerings.json"),
    upstream_paths=("src/data/offerings.json",),
    credit="tardellirs",
    weaknesses=(
        "One day, 2026-05-24. No regions and mostly no machine types. Akash's and Vast's prices are the least that any "
        "host asked, TensorDock's those of a page that dates itself July 2024; Novita's spot was rarely to be had."
    ),
)
