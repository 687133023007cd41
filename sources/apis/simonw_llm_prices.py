"""Prices of the larger makers' own models since October 2025, as Simon Willison keeps them for llm-prices.com.

One JSON file per vendor: models, each with a ``price_history`` of ``input``, ``output`` and ``input_cached`` in dollars
per million tokens, ``from_date`` and ``to_date`` (null: not known; to now). The day named as the end is the first of
the next price. A price for longer prompts is a model of its own, ``gpt-5.4-272k`` named "GPT-5.4 >272k".

No licence was seen: it is read and compared, and no fact of it is passed on. The single list of June 2025
(``prices.json``) does not say who sells and is not read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from sources.apis.model_spellings import modality_of, model_of, output_unit
from sources.apis.price_stretches import Stretch, dated_statements, in_force
from sources.apis.token_prices import Figure, Offer, provider_of, read_figures, statement
from sources.payload import read_json
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

NAME = "simonw-llm-prices"
FOLDER = "https://raw.githubusercontent.com/simonw/llm-prices/main/data"
VENDORS = (
    "amazon", "anthropic", "deepseek", "google", "meta-ai", "minimax", "mistral", "moonshot-ai", "openai", "qwen",
    "xai", "z.ai",
)  # fmt: skip
UNITS = {"input": "input_token", "output": "output_token", "input_cached": "cached_input_token"}
_LONGER = re.compile(r">\s*(\d{1,4})k\b", re.IGNORECASE)
_UP_TO = re.compile(r"(?:≤|<=)\s*\d{1,4}k\b", re.IGNORECASE)


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    vendor = content.get("vendor") if isinstance(content, dict) else None
    models = content.get("models") if isinstance(content, dict) else None
    if not isinstance(vendor, str) or not isinstance(models, list) or not models:
        raise PayloadError(f"{payload.name}: no 'vendor' and 'models'; expected a file of llm-prices' data folder")
    provider = provider_of(NAME, vendor).provider
    on = payload.recorded_at.date()
    read: list[Row | Refused] = []
    dated: list[Statement] = []
    for number, model in enumerate(models):
        history = model.get("price_history") if isinstance(model, dict) else None
        if not isinstance(history, list) or not isinstance(model.get("id"), str):
            raise PayloadError(f"{payload.name}: models[{number}] has no 'id' and 'price_history'")
        offer = _offer(provider, vendor, model, f"models[{number}]")
        stretches = [_stretch(offer, price, n, payload) for n, price in enumerate(history)]
        read += in_force(stretches, on)
        dated += dated_statements({"provider": offer.provider, "sku": offer.sku}, stretches)
    yield statement({"provider": provider}, read)
    yield from dated


def _offer(provider: str, vendor: str, model: dict[str, Any], locator: str) -> Offer:
    """The model without the length of its prompts, which is a condition."""
    name, title = model["id"], str(model.get("name", ""))
    longer = _LONGER.search(title)
    conditions: tuple[str, ...] = ()
    if longer and not _UP_TO.search(title):
        name, conditions = name.removesuffix(f"-{longer[1]}k"), (f"context>{longer[1]}k",)
    model_id = model_of(NAME, provider, name)
    return Offer(NAME, provider, model_id, f"{vendor}/{model['id']}", modality_of(model_id, name), locator, conditions)


def _stretch(offer: Offer, price: Any, number: int, payload: Payload) -> Stretch:
    path = f"price_history[{number}]"
    if not isinstance(price, dict):
        raise PayloadError(f"{payload.name}: {offer.locator}.{path} is no object; expected 'input' and 'output'")
    since, until = (_day(price.get(name), offer, payload) for name in ("from_date", "to_date"))
    placed = replace(offer, locator=f"{offer.locator}.{path}")
    return Stretch(tuple(read_figures(placed, _figures(offer, price))), since, until)


def _figures(offer: Offer, price: dict[str, Any]) -> Iterator[Figure]:
    for name, unit in UNITS.items():
        if price.get(name) is not None:
            yield Figure(name, output_unit(offer.sku) if name == "output" else unit, price[name])


def _day(printed: object, offer: Offer, payload: Payload) -> date | None:
    if printed is None:
        return None
    try:
        return date.fromisoformat(str(printed))
    except ValueError:
        raise PayloadError(f"{payload.name}: {offer.sku}: day {printed!r}; expected ISO 8601") from None


SOURCE = Source(
    name=NAME,
    title="llm-prices.com: makers' own prices with the days of their changes",
    homepage="https://github.com/simonw/llm-prices",
    licence="none seen",
    redistributable=False,
    kind="hand_kept",
    tables=("api_price",),
    parse=parse,
    reads=("data__*/*.json", "data/*.json"),
    upstream_paths=tuple(f"data/{vendor}.json" for vendor in VENDORS),
    freshness_limit_hours=168,
    credit="Simon Willison",
    weaknesses="Kept by hand; no batch prices; a day of change for few; some ids stand for several models.",
    live=Live(
        addresses=tuple(Address(f"{FOLDER}/{vendor}.json", f"data/{vendor}.json") for vendor in VENDORS),
    ),
)
