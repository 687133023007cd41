"""Prices of models at some 150 providers since June 2025, as models.dev lists them.

Every model has ``cost`` in dollars per million tokens, with ``tiers`` by length of the prompt (``context_over_200k``
until 2026-05) and with prices of its own for a faster mode. It is filled in by many hands, so there are keys that
readers of the upstream's own drop in silence (``cached_input`` and ``cache_input`` for ``cache_read``), subscriptions
at 0, pictures and films at a price per million that cannot be one of tokens, and Chinese sites whose yuan somebody
converted: those are refused, each with its reason.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sources.apis.model_spellings import modality_of, model_of, output_unit, region_of
from sources.apis.models_dev_files import Catalogue, read_catalogue
from sources.apis.token_prices import Figure, Offer, context_above, provider_of, read_figures, statement
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

NAME = "models-dev"
UNITS = {
    "input": "input_token",
    "reasoning": "reasoning_token",
    "cache_read": "cached_input_token",
    "cached_input": "cached_input_token",
    "cache_input": "cached_input_token",
    "cached_read": "cached_input_token",
    "cache_write": "cache_write_token",
    "cached_write": "cache_write_token",
    "input_audio": "input_audio_token",
    "output_audio": "output_audio_token",
}
"""Fields of ``cost``; ``output`` is read apart. A misspelt name is the same price."""
OVER_200K = "context_over_200k"


def parse(payload: Payload) -> Iterable[Statement]:
    catalogue = read_catalogue(payload)
    read: list[Row | Refused] = []
    ignored = 0
    for provider, models in sorted(catalogue.items()):
        for name, model in sorted(models.items()):
            found = list(_read(provider, name, model, catalogue))
            read += found
            ignored += not found
    if not any(isinstance(one, dict) for one in read):
        raise PayloadError(f"{payload.name}: no model with a price; expected 'cost' per model")
    yield statement({}, read, ignored=ignored)


def _read(provider: str, name: str, model: dict[str, Any] | None, catalogue: Catalogue) -> Iterator[Row | Refused]:
    made = _made(model or {}, catalogue)
    offer = _offer(provider, name, made)
    if model is None:
        yield Refused("missing_price", offer.locator, f"{offer.sku}: a link to a model that is gone", offer.columns)
        return
    cost = model.get("cost")
    if cost is None:
        return
    if not isinstance(cost, dict):
        yield Refused("contract", offer.locator, f"{offer.sku}: cost {cost!r}"[:400], offer.columns)
        return
    unit = output_unit(offer.sku, made)
    yield from read_figures(offer, [*_figures(cost, "cost", unit), *_modes(model, unit)])


def _offer(provider: str, name: str, made: tuple[str, ...]) -> Offer:
    known = provider_of(NAME, provider)
    model_id = model_of(NAME, known.provider, name)
    modality = modality_of(model_id, name)
    if made and "text" not in made and modality == "text":
        modality = made[0] if made[0] in ("image", "video", "audio") else "other"
    return Offer(
        source=NAME,
        provider=known.provider,
        model_id=model_id,
        sku=f"{provider}/{name}",
        modality=modality,
        locator=f"providers/{provider}/models/{name}",
        conditions=region_of(known.provider, name),
        currency=known.currency,
    )


def _made(model: dict[str, Any], catalogue: Catalogue) -> tuple[str, ...]:
    """What the model puts out, by its own file or by its maker's entry of the same name; () where neither says."""
    maker, _, name = str(model.get("base_model", "")).partition("/")
    for about in (model, catalogue.get(maker, {}).get(name) or {}):
        modalities = about.get("modalities")
        output = modalities.get("output") if isinstance(modalities, dict) else None
        if isinstance(output, list) and output:
            return tuple(one for one in output if isinstance(one, str))
    return ()


def _modes(model: dict[str, Any], unit: str) -> Iterator[Figure]:
    """Prices of other ways of being served: OpenAI's priority tier, Anthropic's fast mode."""
    experimental = model.get("experimental")
    modes = experimental.get("modes") if isinstance(experimental, dict) else None
    for mode, about in (modes if isinstance(modes, dict) else {}).items():
        cost = about.get("cost") if isinstance(about, dict) else None
        if isinstance(cost, dict):
            yield from _figures(cost, f"experimental.modes.{mode}.cost", unit, (_mode(mode, about),))


def _mode(mode: str, about: dict[str, Any]) -> str:
    """The condition as other lists write it where the provider's own request says the tier, else the mode's name."""
    provider = about.get("provider")
    body = provider.get("body") if isinstance(provider, dict) else None
    tier = body.get("service_tier") if isinstance(body, dict) else None
    return tier if isinstance(tier, str) and tier else f"mode={mode}"


def _figures(cost: dict[str, Any], path: str, output: str, conditions: tuple[str, ...] = ()) -> Iterator[Figure]:
    tiers = cost.get("tiers")
    for name, value in cost.items():
        where = f"{path}.{name}"
        if name == "tiers":
            yield from _tiers(value, where, output, conditions)
        elif name == OVER_200K:
            if not tiers:  # beside tiers it repeats the longest of them, whatever its bound
                yield from _tier(value, where, output, ("context>200k", *conditions))
        elif name == "output":
            yield Figure(where, output, value, conditions=conditions)
        else:
            yield Figure(where, UNITS.get(name, ""), value, conditions=conditions)


def _tiers(tiers: Any, path: str, output: str, conditions: tuple[str, ...]) -> Iterator[Figure]:
    for number, tier in enumerate(tiers if isinstance(tiers, list) else [None]):
        where = f"{path}[{number}]"
        about = tier.get("tier") if isinstance(tier, dict) else None
        is_of_context = isinstance(about, dict) and about.get("type", "context") == "context"
        above = context_above(about.get("size")) if isinstance(about, dict) and is_of_context else None
        if above is None:
            yield Figure(where, "", f"{tier}"[:100])
            continue
        prices = {name: value for name, value in tier.items() if name != "tier"}
        yield from _tier(prices, where, output, (above, *conditions))


def _tier(prices: Any, path: str, output: str, conditions: tuple[str, ...]) -> Iterator[Figure]:
    if not isinstance(prices, dict):
        yield Figure(path, "", f"{prices}"[:100])
        return
    yield from _figures({n: v for n, v in prices.items() if n not in ("tiers", OVER_200K)}, path, output, conditions)


SOURCE = Source(
    name=NAME,
    title="models.dev: models and their prices by provider",
    homepage="https://models.dev",
    licence="MIT",
    redistributable=True,
    kind="aggregator",
    tables=("api_price",),
    parse=parse,
    reads=("providers/*.tar.xz", "*.tar.xz", "api.json"),
    freshness_limit_hours=48,
    credit="models.dev contributors",
    weaknesses=(
        "Filled in by hand and by scripts: late by days to months. Prices by region or batch are rare. European "
        "providers' euros may stand as dollars. What a model puts out is not said for many."
    ),
    live=Live(addresses=(Address("https://models.dev/api.json", "api.json"),)),
)
