"""Prices of some 220 models since July 2026, as modelprices' index keeps them, with what it found out of years before.

Two files. ``models.json`` is the list as it stands: a model each, in dollars per million tokens, with a ``status``.
``price-history.json`` has for each model dated events: its ``baseline`` and every later price, prices of former years
read up afterwards (``backfill``), corrections, removals. A third of its events would suffice: the others are daily
copies (``snapshot``), which also go on for models that nobody sells any more (Yi Large at 3 dollars every day of August
2026, "Retired" in the list). So copies are passed over, and what is still sold is what the list says is not retired.

The price is the maker's own, and where the maker does not sell the model, that of whom the list took it from
(``api_providers.csv``).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sources.apis.model_spellings import modality_of, model_of, output_unit
from sources.apis.price_stretches import midnight
from sources.apis.token_prices import Figure, Offer, Provider, provider_of, read_figures, statement
from sources.payload import read_json
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

NAME = "romanshumy"
UNITS = {
    "input_per_mtok": "input_token",
    "output_per_mtok": "output_token",
    "cached_input_per_mtok": "cached_input_token",
}
RETIRED = "Retired"
COPY, REMOVED = "snapshot", "removed"
REPOSITORY = "https://raw.githubusercontent.com/romanshumy/llm-prices-data/main"
PREFIXES = {"Z.AI": "zhipu", "01.AI": "01ai", "AI21 Labs": "ai21"}
NAMED_AFTER_THEIR_MAKER = ("DeepSeek", "MiniMax", "Reka", "Baichuan", "Relace", "Voyage AI")
_SIZE = re.compile(r"(?:large|medium|small|nemo|[0-9])(?:-|$)")
"""What is left of ``mistral-large-3`` and ``voyage-4`` without the maker is no name."""
_RERANKER = re.compile(r"(?:^|-)rerank(?:-|$)")


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    if isinstance(content, list) and content:
        yield _list(content, payload)
    elif isinstance(content, dict) and content:
        yield from _history(content, payload)
    else:
        raise PayloadError(f"{payload.name}: no list of models and no histories by model; expected either")


def _list(models: list[Any], payload: Payload) -> Statement:
    read: list[Row | Refused] = []
    ignored = 0
    for number, model in enumerate(models):
        where = f"$[{number}]"
        if not isinstance(model, dict) or not {"id", "provider", "status", *UNITS} - model.keys() <= {
            "cached_input_per_mtok"
        }:
            raise PayloadError(f"{payload.name}: {where} has no {', '.join(UNITS)}; expected a model of models.json")
        if model["status"] == RETIRED:
            ignored += 1
            continue
        offer = _offer(str(model["id"]), str(model["provider"]), where)
        read += read_figures(offer, _figures(offer, model))
    return statement({}, read, ignored=ignored)


def _history(histories: dict[str, Any], payload: Payload) -> Iterator[Statement]:
    for name, about in histories.items():
        where = f"$.{name}.history"
        history = about.get("history") if isinstance(about, dict) else None
        if not isinstance(history, list) or not isinstance(about.get("provider"), str):
            raise PayloadError(f"{payload.name}: {name!r} has no 'provider' and 'history'; expected price-history.json")
        offer = _offer(name, about["provider"], where)
        days: dict[date, Any] = {}
        for number, event in enumerate(history):
            day = _day(event, f"{where}[{number}]", payload)
            if event.get("event") != COPY:
                days[day] = event
        for day, event in sorted(days.items()):
            figures = () if event.get("event") == REMOVED else _figures(offer, event)
            read = read_figures(offer, figures)
            yield statement({"provider": offer.provider, "sku": offer.sku}, read, valid_at=midnight(day))


def _day(event: Any, where: str, payload: Payload) -> date:
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise PayloadError(f"{payload.name}: {where} has no 'event'; expected price-history.json")
    try:
        return date.fromisoformat(str(event.get("date")))
    except ValueError:
        raise PayloadError(f"{payload.name}: {where}: day {event.get('date')!r}; expected ISO 8601") from None


def _offer(name: str, maker: str, locator: str) -> Offer:
    """``anthropic-claude-opus-4-6`` of "Anthropic" -> Anthropic's claude-opus-4-6."""
    seller = provider_of(NAME, name)
    if seller == Provider(name, "USD"):
        seller = provider_of(NAME, maker)
    own = _own_name(name, maker)
    model_id = model_of(NAME, seller.provider, own)
    modality = "rerank" if _RERANKER.search(name) else modality_of(model_id, own)
    return Offer(NAME, seller.provider, model_id, name, modality, locator, currency=seller.currency)


def _own_name(name: str, maker: str) -> str:
    """The model's name without the maker's before it, unless that is part of it (``deepseek-v4-pro``)."""
    slug = re.sub(r"[^a-z0-9]+", "-", maker.lower()).strip("-")
    for prefix in (PREFIXES.get(maker, slug), slug.partition("-")[0]):
        rest = name.removeprefix(f"{prefix}-")
        if rest != name:
            is_part_of_it = maker in NAMED_AFTER_THEIR_MAKER and not _RERANKER.search(rest)
            return name if is_part_of_it or _SIZE.match(rest) else rest
    return name


def _figures(offer: Offer, prices: dict[str, Any]) -> Iterator[Figure]:
    for field, unit in UNITS.items():
        if prices.get(field) is not None:
            unit = output_unit(offer.sku) if unit == "output_token" else unit
            yield Figure(field, unit, prices[field])


SOURCE = Source(
    name=NAME,
    title="LLM price index: makers' prices and their history",
    homepage="https://github.com/romanshumy/llm-prices-data",
    licence="MIT",
    redistributable=True,
    kind="aggregator",
    tables=("api_price",),
    parse=parse,
    reads=("price-history/*.json", "models/*.json", "price-history.json", "models.json"),
    upstream_paths=("price-history.json", "models.json"),
    freshness_limit_hours=48,
    credit="romanshumy",
    weaknesses=(
        "The cheapest tier only where a price depends on the prompt's length; list prices during promotions; prices of "
        "former years were read up afterwards from secondary sources."
    ),
    live=Live(
        addresses=(
            Address(f"{REPOSITORY}/models.json", "models.json"),
            Address(f"{REPOSITORY}/price-history.json", "price-history.json"),
        )
    ),
)
