"""Prices of model APIs since 2023, as litellm's map of model prices lists them.

The upstream is one JSON object: the name by which litellm calls a model -> what is known of it, with some 180 fields
that speak of money. There is no date inside. The file is one list: what a later one leaves out (models vanish when
they are deprecated, and OpenRouter's all vanished in November 2026) is no longer listed. Figures stay text until they
are decimals; multipliers (``provider_specific_entry``, ``regional_processing_uplift_multiplier_eu``) are no prices.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sources.apis.litellm_fields import Charge, NoPrice, charge, is_cost
from sources.apis.litellm_keys import IMAGE_MODES, SOURCE_NAME, Key, mode_of, read_key
from sources.apis.litellm_prices import implausible, is_filler, known_error
from sources.payload import read_json
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement
from sources.tables import USD_STEP

EXAMPLE_ENTRY = "sample_spec"
"""The first entry of a file explains the fields; it is no model."""
MODALITY_OF_MODE = {
    "chat": "text",
    "completion": "text",
    "responses": "text",
    "provisioned": "text",
    "embedding": "embedding",
    "rerank": "rerank",
    "image_generation": "image",
    "image_edit": "image",
    "video_generation": "video",
    "audio_transcription": "audio",
    "audio_speech": "audio",
    "realtime": "audio",
    "search": "search",
    "vector_store": "search",
    "ocr": "document",
    "extraction": "document",
    "moderation": "moderation",
    "moderations": "moderation",
    "guardrail": "moderation",
    "evaluation": "other",
    "decisions": "other",
}


@dataclass(frozen=True)
class Printed:
    """One figure of an entry, as printed: its path below the entry, its field's name and what the nesting adds."""

    path: str
    field: str
    value: object
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One model of the map, with what its key says and the columns that all its rows share."""

    sku: str
    key: Key
    mode: str
    columns: Mapping[str, str]
    priced_fields: frozenset[str]
    """Fields of the entry with a figure above zero."""

    @property
    def priced_in(self) -> frozenset[str]:
        """Units that the entry has a price above zero in; a tool's price (a web search) does not count."""
        known = (charge(field, self.mode) for field in self.priced_fields)
        return frozenset(one.unit for one in known if isinstance(one, Charge) and not one.is_of_a_tool)


def parse(payload: Payload) -> Iterable[Statement]:
    return read_map(payload, known_by="litellm_provider")


def read_map(payload: Payload, *, known_by: str) -> Iterator[Statement]:
    """A map in litellm's form, whoever keeps it; ``known_by`` is the field that shows a payload to be one."""
    models = read_json(payload)
    if not isinstance(models, dict):
        raise PayloadError(f"{payload.name}: a JSON {type(models).__name__}; expected an object of models by name")
    if not any(isinstance(entry, dict) and known_by in entry for entry in models.values()):
        raise PayloadError(f"{payload.name}: no entry with a '{known_by}'; expected litellm's map of model prices")
    rows: list[Row] = []
    refused: list[Refused] = []
    ignored = 0
    for sku, fields in models.items():
        if sku == EXAMPLE_ENTRY:
            continue
        read = list(_read_entry(sku, fields))
        rows += [row for row in read if isinstance(row, dict)]
        refused += [row for row in read if isinstance(row, Refused)]
        ignored += not read
    yield Statement(table="api_price", scope={}, rows=rows, refused=refused, ignored=ignored)


def _read_entry(sku: str, fields: object) -> Iterator[Row | Refused]:
    locator = f"$[{json.dumps(sku)}]"
    if not isinstance(fields, dict):
        yield Refused("contract", locator, f"{sku}: {fields!r}"[:400], {"sku": sku})
        return
    printed = list(_printed(fields))
    if not printed:
        return
    litellm_provider = fields.get("litellm_provider")
    if not isinstance(litellm_provider, str) or not litellm_provider or not sku:
        yield Refused("missing_key", locator, f"{sku}: litellm_provider {litellm_provider!r}", {"sku": sku})
        return
    stated_mode = mode_of(sku, fields.get("mode"))
    key = read_key(sku, litellm_provider, stated_mode)
    mode = "provisioned" if key.is_provisioned else stated_mode
    columns = {"provider": key.provider, "model_id": key.model_id, "sku": sku}
    if not key.model_id:  # upstream's "fireworks_ai/accounts/fireworks/models/"
        yield Refused("missing_key", locator, f"{sku}: no model after the provider", {"sku": sku})
        return
    if mode not in MODALITY_OF_MODE:
        yield Refused("modality", locator, f"{sku}: mode {fields.get('mode')!r}", columns)
        return
    columns["modality"] = MODALITY_OF_MODE[mode]
    entry = Entry(sku, key, mode, columns, _priced_fields(printed))
    yield from _without_contradictions([row for one in printed if (row := _read(one, entry, locator))])


def _printed(fields: Mapping[str, Any]) -> Iterator[Printed]:
    """Every figure of an entry that speaks of money, also those in nested lists and objects."""
    for field, value in fields.items():
        if field == "tiered_pricing" and isinstance(value, list):
            for position, tier in enumerate(value):
                yield from _nested(f"{field}[{position}]", tier, _threshold(tier))
        elif field == "off_peak_pricing" and isinstance(value, dict):
            yield from _nested(field, value, ("off_peak",))
        elif field == "search_context_cost_per_query" and isinstance(value, dict):
            for size, price in value.items():
                which = "context_size=" + size.removeprefix("search_context_size_")
                yield Printed(f"{field}.{size}", field, price, (which,))
        elif is_cost(field):
            yield Printed(field, field, value)


def _nested(path: str, fields: object, conditions: tuple[str, ...]) -> Iterator[Printed]:
    if not isinstance(fields, dict):
        yield Printed(path, path, fields)
        return
    for field, value in fields.items():
        if is_cost(field):
            yield Printed(f"{path}.{field}", field, value, conditions)


def _threshold(tier: object) -> tuple[str, ...]:
    """From where on a tier holds: the first is the price without condition, as it is where fields say ``_above_``."""
    if not isinstance(tier, dict):
        return ()
    if isinstance(bounds := tier.get("range"), list) and bounds:
        tokens = _decimal(bounds[0])
        return () if tokens is None or tokens == 0 else (f"context>{_plain(tokens / 1000)}k",)
    if isinstance(bounds := tier.get("max_results_range"), list) and bounds:
        results = _decimal(bounds[0])
        return () if results is None or results <= 1 else (f"results>{_plain(results - 1)}",)
    return ()


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _decimal(value: object) -> Decimal | None:
    return decimal_or_none(value) if isinstance(value, str) else None


def _priced_fields(printed: Iterable[Printed]) -> frozenset[str]:
    return frozenset(one.field for one in printed if (price := _decimal(one.value)) is not None and price > 0)


def _read(one: Printed, entry: Entry, entry_locator: str) -> Row | Refused | None:
    """A row, why there is none, or None where the figure is no price of ours."""
    locator, shown = f"{entry_locator}.{one.path}", f"{entry.sku}: {one.path} {one.value}"[:400]
    known = charge(one.field, entry.mode)
    if isinstance(known, NoPrice):
        return None
    if known is None:
        return Refused("unit", locator, f"{shown} (a field that nobody has settled)", entry.columns)
    unit = _unit(known.unit, one.field, entry)
    said = _in_order(known.conditions, one.conditions, entry.key.of_variant)
    condition = ",".join(entry.key.conditions + said)
    key = {**entry.columns, "unit": unit, "condition": condition}
    price = _decimal(one.value)
    if price is None:
        return Refused("missing_price", locator, shown, key)
    if price < 0:
        return Refused("placeholder_price", locator, shown, key)
    price = (price / known.per).quantize(USD_STEP)
    if price == 0:
        filler = is_filler(unit, mode=entry.mode, priced_in=entry.priced_in)
        return None if filler else Refused("zero_price", locator, shown, key)
    reason = known_error(entry.sku, one.field, price) or implausible(
        price, unit=unit, modality=entry.columns["modality"]
    )
    if reason:
        return Refused("unit", locator, f"{shown} ({reason})", key)
    return {**key, "price_usd_per_unit": price, "price_state": "listed", "locator": locator}


def _unit(unit: str, field: str, entry: Entry) -> str:
    """Where a generated image has a price of its own, ``input_cost_per_image`` is of images put in."""
    if entry.mode in IMAGE_MODES and field.startswith("input_cost_per_image") and unit == "image":
        return "input_image" if "output_cost_per_image" in entry.priced_fields else unit
    return unit


def _in_order(of_field: tuple[str, ...], of_nesting: tuple[str, ...], of_variant: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(of_field + of_nesting) if name not in of_variant) + of_variant


def _without_contradictions(read: Iterable[Row | Refused]) -> Iterator[Row | Refused]:
    """Fields that say the same price twice are one row; two prices for one key are refused."""
    said: dict[tuple[object, object], list[Row]] = {}
    for row in read:
        if isinstance(row, Refused):
            yield row
        else:
            said.setdefault((row["unit"], row["condition"]), []).append(row)
    for rows in said.values():
        if len({row["price_usd_per_unit"] for row in rows}) == 1:
            yield rows[0]
            continue
        shown = "; ".join(f"{row['locator']} {row['price_usd_per_unit']:f}" for row in rows)
        key = {name: str(rows[0][name]) for name in ("provider", "model_id", "sku", "modality", "unit", "condition")}
        yield Refused("duplicate_key", str(rows[0]["locator"]), shown[:400], key)


SOURCE = Source(
    name=SOURCE_NAME,
    title="LiteLLM's map of model prices",
    homepage="https://github.com/BerriAI/litellm",
    licence="MIT",
    redistributable=True,
    kind="aggregator",
    tables=("api_price",),
    parse=parse,
    reads=("*litellm__model_prices_and_context_window_backup/asof-*.json*", "*model_prices_and_context_window*.json"),
    upstream_paths=(
        "litellm/model_prices_and_context_window_backup.json",
        "model_prices_and_context_window.json",
    ),
    credit="LiteLLM contributors",
    weaknesses=(
        "Kept by hand and by scripts from providers' pages: late by days to months. Azure, Bedrock and Vertex AI list "
        "regional prices in part. Subscriptions (github_copilot, chatgpt) are shown at API-equivalent prices."
    ),
    freshness_limit_hours=48,
    live=Live(
        (
            Address(
                "https://raw.githubusercontent.com/BerriAI/litellm/HEAD/model_prices_and_context_window.json",
                "model_prices_and_context_window.json",
            ),
        )
    ),
)
