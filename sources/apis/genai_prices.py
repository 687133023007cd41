"""Prices of models since June 2025, as Pydantic's genai-prices keeps them, with the days on which they changed.

One JSON list of providers, each with models, each with ``prices`` per million tokens (``..._mtok``) or thousand
requests. A price is a number, a ``base`` with ``tiers`` by length of the prompt, or nothing (null: not said). Where a
price depends on the day or the hour, ``prices`` is a list of which the last that applies holds: the first without
constraint, the others from a ``start_date`` on (``o3`` at 2 instead of 10 from 2025-06-10; some announced) or between
two times of day (DeepSeek's nights until September 2025).

An id is the list's own name of all that its ``match`` covers, so one row stands for several dated snapshots. What is
sold in yuan is converted at a rate of the list's own, and is refused. "Hugging Face (novita)" is sold by Hugging Face.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sources.apis.model_spellings import modality_of, model_of, output_unit, region_of
from sources.apis.price_stretches import Stretch, dated_statements, in_force
from sources.apis.token_prices import (
    MILLION,
    THOUSAND,
    Figure,
    Offer,
    context_above,
    provider_of,
    read_figures,
    statement,
)
from sources.payload import read_json
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

NAME = "genai-prices"
UNITS = {
    "input_mtok": ("input_token", MILLION),
    "output_mtok": ("output_token", MILLION),
    "cache_read_mtok": ("cached_input_token", MILLION),
    "cache_write_mtok": ("cache_write_token", MILLION),
    "input_audio_mtok": ("input_audio_token", MILLION),
    "output_audio_mtok": ("output_audio_token", MILLION),
    "cache_audio_read_mtok": ("cached_input_audio_token", MILLION),
    "requests_kcount": ("request", THOUSAND),
}
HUGGING_FACE = "huggingface_"
REGIONAL = "regional."
"""The list's own word in Bedrock's ids, for all regions but the global one."""
CLAUDE = "claude-"
FROM_YUAN = ("minimax/MiniMax-M2", "minimax/MiniMax-M2.1-highspeed", "minimax/MiniMax-M2.1")
"""Inferred from prices in yuan, as the list's comment on the provider says."""


@dataclass(frozen=True)
class Constraint:
    """When a price of a list applies; neither: unless a later one does."""

    since: date | None = None
    hours: tuple[str, str] | None = None


def parse(payload: Payload) -> Iterable[Statement]:
    providers = read_json(payload)
    if not isinstance(providers, list):
        raise PayloadError(f"{payload.name}: a JSON {type(providers).__name__}; expected a list of providers")
    on = payload.recorded_at.date()
    read: list[Row | Refused] = []
    dated: list[Statement] = []
    ignored = 0
    for number, provider in enumerate(providers):
        for offer, prices in _offers(provider, f"$[{number}]", payload):
            stretches = list(_stretches(offer, prices))
            read += in_force(stretches, on)
            ignored += not any(one.rows for one in stretches)
            dated += dated_statements({"provider": offer.provider, "sku": offer.sku}, stretches)
    if not read:
        raise PayloadError(f"{payload.name}: no model with prices; expected genai-prices' data.json")
    yield statement({}, read, ignored=ignored)
    yield from dated


def _offers(provider: Any, locator: str, payload: Payload) -> Iterator[tuple[Offer, Any]]:
    if not isinstance(provider, dict) or not isinstance(provider.get("id"), str):
        raise PayloadError(f"{payload.name}: {locator} has no 'id'; expected a provider of genai-prices")
    models = provider.get("models")
    if not isinstance(models, list):
        raise PayloadError(f"{payload.name}: {locator} has no list of 'models'; expected a provider of genai-prices")
    for number, model in enumerate(models):
        where = f"{locator}.models[{number}]"
        if not isinstance(model, dict) or not isinstance(model.get("id"), str) or "prices" not in model:
            raise PayloadError(f"{payload.name}: {where} has no 'id' and 'prices'; expected a model of genai-prices")
        yield _offer(provider["id"], model["id"], where), model["prices"]


def _offer(seller: str, name: str, locator: str) -> Offer:
    sku, conditions = f"{seller}/{name}", region_of("bedrock" if seller == "aws" else seller, name)
    if seller.startswith(HUGGING_FACE):
        provider, currency = "huggingface", "USD"
        conditions += (f"served_by={seller.removeprefix(HUGGING_FACE)}",)
    else:
        known = provider_of(NAME, seller)
        provider, currency = known.provider, "CNY" if sku in FROM_YUAN else known.currency
    if seller == "google" and name.startswith(CLAUDE):
        provider = "vertex_ai"
    if seller == "aws" and name.startswith(REGIONAL):
        name, conditions = name.removeprefix(REGIONAL), (*conditions, "region=regional")
    model_id = model_of(NAME, provider, name)
    return Offer(NAME, provider, model_id, sku, modality_of(model_id, name), locator, conditions, currency)


def _stretches(offer: Offer, prices: Any) -> Iterator[Stretch]:
    """The prices of a model by day; those by hour stand side by side within every day."""
    if not isinstance(prices, list):
        yield Stretch(tuple(_read(offer, prices, "prices")))
        return
    options: list[tuple[Constraint, Any, str]] = []
    for number, option in enumerate(prices):
        path = f"prices[{number}]"
        constraint = _constraint(option)
        if constraint is None:
            yield Stretch((Refused("contract", f"{offer.locator}.{path}", f"{option}"[:400], {**offer.columns}),))
            return
        options.append((constraint, option.get("prices"), path))
    days = sorted({constraint.since for constraint, _, _ in options if constraint.since})
    for since, until in zip([None, *days], [*days, None], strict=True):
        yield Stretch(tuple(_of_day(offer, options, since)), since, until)


def _of_day(offer: Offer, options: list[tuple[Constraint, Any, str]], since: date | None) -> Iterator[Row | Refused]:
    """What holds from ``since`` on: the last price without hours, and those of hours that stand after it."""
    started = [one for one in options if one[0].since is None or (since is not None and one[0].since <= since)]
    last = max((n for n, (constraint, _, _) in enumerate(started) if not constraint.hours), default=None)
    by_hour = [one for n, one in enumerate(started) if one[0].hours and (last is None or n > last)]
    for constraint, prices, path in by_hour:
        begin, end = constraint.hours or ("", "")
        yield from _read(offer, prices, path, (f"utc_time={begin}-{end}",))
    if last is not None:
        others = [constraint.hours for constraint, _, _ in by_hour if constraint.hours]
        rest = f"utc_time={others[0][1]}-{others[0][0]}" if len(others) == 1 else "other_hours"
        yield from _read(offer, started[last][1], started[last][2], (rest,) if others else ())


def _constraint(option: Any) -> Constraint | None:
    """None where it is of a kind that nobody has settled."""
    if not isinstance(option, dict) or not option.keys() <= {"constraint", "prices"}:
        return None
    constraint = option.get("constraint")
    if constraint is None:
        return Constraint()
    if not isinstance(constraint, dict) or not all(isinstance(value, str) for value in constraint.values()):
        return None
    try:
        if constraint.keys() == {"start_date"}:
            return Constraint(since=date.fromisoformat(constraint["start_date"]))
        if constraint.keys() == {"start_time", "end_time"}:
            return Constraint(hours=(_hour(constraint["start_time"]), _hour(constraint["end_time"])))
    except ValueError:
        return None
    return None


def _hour(printed: str) -> str:
    """``00:30:00Z`` -> ``00:30``."""
    if len(printed) != len("00:30:00Z") or not printed.endswith(":00Z"):
        raise ValueError(printed)
    return printed[:5]


def _read(offer: Offer, prices: Any, path: str, conditions: tuple[str, ...] = ()) -> list[Row | Refused]:
    if not isinstance(prices, dict):
        return [Refused("contract", f"{offer.locator}.{path}", f"{offer.sku}: {prices!r}"[:400], {**offer.columns})]
    figures: list[Figure] = []
    unknown: list[Row | Refused] = []
    for name, value in prices.items():
        where = f"{path}.{name}"
        if name not in UNITS:
            told = f"{offer.sku}: {where} {value!r} (a price that nobody has settled)"[:400]
            unknown.append(Refused("unit", f"{offer.locator}.{where}", told, {**offer.columns}))
        elif value is not None:
            unit, per = UNITS[name]
            unit = output_unit(offer.sku) if unit == "output_token" else unit
            figures += _figures(Figure(where, unit, value, per, conditions))
    return [*unknown, *read_figures(offer, figures)]


def _figures(one: Figure) -> Iterator[Figure]:
    """The price itself, or those by length of the prompt."""
    if not isinstance(one.printed, dict):
        yield one
        return
    yield replace(one, path=f"{one.path}.base", printed=one.printed.get("base"))
    tiers = one.printed.get("tiers")
    for number, tier in enumerate(tiers if isinstance(tiers, list) else [None]):
        above = context_above(tier.get("start")) if isinstance(tier, dict) else None
        price = tier.get("price") if isinstance(tier, dict) and above else None
        conditions = (above or "context>?", *one.conditions)
        yield replace(one, path=f"{one.path}.tiers[{number}]", printed=price, conditions=conditions)


SOURCE = Source(
    name=NAME,
    title="genai-prices: prices of models by day and hour",
    homepage="https://github.com/pydantic/genai-prices",
    licence="MIT",
    redistributable=True,
    kind="aggregator",
    tables=("api_price",),
    parse=parse,
    reads=("prices__data/*.json", "prices/data.json", "data.json"),
    upstream_paths=("prices/data.json",),
    freshness_limit_hours=48,
    credit="Pydantic",
    weaknesses=(
        "One id for all dated snapshots of a model; Azure's global prices only; no batch prices; OpenRouter's and "
        "Hugging Face's lists are fetched, the others kept by hand. Dates of changes are few."
    ),
    live=Live(
        addresses=(
            Address("https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/data.json", "data.json"),
        )
    ),
)
