"""GMI Cloud's page of prices: the least that an hour of each GPU costs, as the provider prints it today.

A card per GPU: a heading ('NVIDIA H100 GPU'), and beneath it the price ('from $2.00') right before its unit
('/GPU-hour'), or 'Pre order' in its place. The same figures stand in the page's description, in its questions and
answers and in the data that its script reads, so a dollar sign says nothing: a price is what stands before the unit,
and a unit that no card accounts for means that the page was made anew.

The prices are 'from': on demand costs that much, or more, and a commitment is agreed with its sales.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sources.clouds.offers import Quote
from sources.clouds.printed_offers import page_statement, read_printed
from sources.html_tables import LEVELS, cell_of, page_text, parsed, texts_of
from sources.source import Address, Live, Payload, PayloadError, Source, Statement

PROVIDER = "gmicloud"
CARD = re.compile(r"(NVIDIA|AMD) .{1,60}")
_UNIT = re.compile(r"(?P<price>.{0,60}?)/ ?GPU-h(?:ou)?r", re.IGNORECASE)


def parse(payload: Payload) -> Iterable[Statement]:
    cards: dict[str, str] = {}
    for heading, printed in _priced(payload):
        if not CARD.fullmatch(heading) or heading in cards:
            raise PayloadError(
                f"{payload.name}: {printed!r} a GPU-hour under {heading[:60]!r}; expected one price under each GPU"
            )
        cards[heading] = printed
    if not cards:
        raise PayloadError(f"{payload.name}: no price '/GPU-hour'; expected a card for each GPU")
    reads = [read_printed(_quote(name, printed), printed, unit="per GPU-hour") for name, printed in cards.items()]
    yield page_statement(payload, PROVIDER, reads)


def _priced(payload: Payload) -> Iterator[tuple[str, str]]:
    """Each price with the heading above it."""
    root = parsed(page_text(payload, whole=True), name=payload.name)
    heading = ""
    for shown, node in texts_of(root) if root is not None else ():
        above = next((one for one in (node, *node.iterancestors()) if one.tag in LEVELS), None)
        if above is not None:
            heading = cell_of(above).text
        elif found := _UNIT.fullmatch(shown):
            yield heading, found["price"].strip() or _before(node, payload)


def _before(unit: Any, payload: Payload) -> str:
    """What the element before the unit shows."""
    previous = unit.getprevious()
    if previous is None:
        raise PayloadError(f"{payload.name}: '/GPU-hour' with nothing before it; expected a price")
    return cell_of(previous).text


def _quote(name: str, printed: str) -> Quote:
    return Quote(
        source=SOURCE.name,
        spelling=name,
        provider=PROVIDER,
        sku="",  # the card's name, and no machine's
        region="",
        purchase_model="on_demand",
        price="",
        price_raw=f"{printed}/GPU-hour",
        locator=f"card {name}",
        row_text=f"{name}: {printed}/GPU-hour",
    )


SOURCE = Source(
    name="gmicloud-pricing",
    title="GMI Cloud, prices per GPU",
    homepage="https://www.gmicloud.ai/en/pricing",
    licence="none seen",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("gmicloud-pricing*.html",),
    freshness_limit_hours=168,
    credit="GMI Cloud",
    weaknesses="Prices 'from', without region or number of GPUs; what is committed is not printed.",
    live=Live(
        addresses=(Address("https://www.gmicloud.ai/en/pricing", "gmicloud-pricing.html"),),
        is_scraped=True,
    ),
)
