"""Prices of the media models on fal, as a dump of its gallery holds them.

The upstream is one JSON list of models; each has one price and the unit that it is billed in, in words that people
typed: ``images``, ``5 seconds``, ``1000 characters`` with and without a blank behind it, ``units``, ``1``, nothing.
What a unit means depends on what the model makes (``fal_units.csv``); a unit that does not say of what it is one
(``units``, ``video segments``, ``cloned voices``, tokens put in or out) is refused. ``compute seconds`` stand at a
price of 0 with the models that are billed by the machine. Another version of the dump, half an hour older, has none.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from sources.apis.litellm_prices import implausible
from sources.model_names import model_id, plain_name
from sources.payload import read_json
from sources.quantities import decimal_or_none
from sources.source import Payload, PayloadError, Refused, Row, Source, Statement
from sources.tables import USD_STEP

PROVIDER = "fal_ai"
CHEAPEST_SECOND = Decimal("0.002")
"""Below it a bare 'second' may be one of the machine (0.0002 to 0.0013 USD) as well as of what is made."""
MADE = {
    "image": ("image", "image"),
    "video": ("video", "video"),
    "audio": ("sound", "audio"),
    "speech": ("sound", "audio"),
    "3d": ("form", "other"),
    "text": ("text", "text"),
    "json": ("text", "text"),
}
"""What a category ends in after ``-to-`` -> kind in ``fal_units.csv`` and modality."""
CATEGORIES = {
    "speech-to-text": ("transcript", "audio"),
    "vision": ("vision", "other"),
    "llm": ("text", "text"),
    "json": ("tool", "other"),
    "training": ("training", "other"),
}
SPEAKS = ("text-to-speech", "text-to-audio")


@dataclass(frozen=True)
class Unit:
    unit: str
    condition: str
    per: Decimal


@cache
def _units() -> dict[tuple[str, str], Unit]:
    text = files("sources.apis").joinpath("fal_units.csv").read_text(encoding="utf-8")
    return {
        (row["billing_unit"], row["kind"]): Unit(row["unit"], row["condition"], Decimal(row["per"]))
        for row in csv.DictReader(text.splitlines())
    }


def parse(payload: Payload) -> Iterable[Statement]:
    models = read_json(payload)
    if not isinstance(models, list):
        raise PayloadError(f"{payload.name}: a JSON {type(models).__name__}; expected a list of fal's models")
    if not any(isinstance(model, dict) and isinstance(model.get("pricing"), dict) for model in models):
        raise PayloadError(f"{payload.name}: {len(models)} entries and no 'pricing'; expected fal's models with prices")
    read = [_read(model, f"$[{position}]") for position, model in enumerate(models)]
    rows = [row for row in read if isinstance(row, dict)]
    yield Statement(table="api_price", scope={}, rows=rows, refused=[row for row in read if isinstance(row, Refused)])


def _read(model: object, locator: str) -> Row | Refused:
    sku, category = (model.get("id"), model.get("category")) if isinstance(model, dict) else (None, None)
    if not isinstance(model, dict) or not isinstance(sku, str) or not sku or not isinstance(category, str):
        return Refused("contract", locator, f"{sku}: {category}"[:400], {"sku": sku} if isinstance(sku, str) else {})
    columns = {"provider": PROVIDER, "model_id": model_id("fal", sku) or plain_name(sku), "sku": sku}
    pricing = model.get("pricing")
    if not isinstance(pricing, dict):
        return Refused("missing_price", locator, f"{sku}: pricing {pricing!r}"[:400], columns)
    printed, billing_unit = pricing.get("price"), pricing.get("billing_unit")
    shown = f"{sku} ({category}): {printed} per {billing_unit!r}"[:400]
    if category not in CATEGORIES and category.rpartition("-to-")[2] not in MADE:
        return Refused("modality", locator, shown, columns)
    kind, modality = CATEGORIES.get(category) or MADE[category.rpartition("-to-")[2]]
    columns["modality"] = modality
    price = decimal_or_none(printed) if isinstance(printed, str) else None
    if price is None:
        return Refused("missing_price", locator, shown, columns)
    if price == 0:
        return Refused("zero_price", locator, shown, columns)
    return _priced(price, _unit(billing_unit, kind, category), columns, locator, shown)


def _unit(billing_unit: object, kind: str, category: str) -> Unit | None:
    if not isinstance(billing_unit, str):
        return None
    words = " ".join(billing_unit.split())
    return _units().get((words, kind)) or (_units().get((words, "speech")) if category in SPEAKS else None)


def _priced(price: Decimal, unit: Unit | None, columns: Mapping[str, str], locator: str, shown: str) -> Row | Refused:
    if unit is None:
        return Refused("unit", locator, shown, columns)
    key = {**columns, "unit": unit.unit, "condition": unit.condition}
    if unit.unit.startswith("second_of") and unit.per == 1 and price < CHEAPEST_SECOND:
        return Refused("unit", locator, f"{shown} (a second of the machine?)"[:400], columns)
    price = (price / unit.per).quantize(USD_STEP)
    if reason := implausible(price, unit=unit.unit, modality=columns["modality"]):
        return Refused("unit", locator, f"{shown} ({reason})"[:400], key)
    return {**key, "price_usd_per_unit": price, "price_state": "listed", "locator": f"{locator}.pricing"}


SOURCE = Source(
    name="fal",
    title="fal's gallery of models",
    homepage="https://fal.ai/models",
    licence="none seen",
    redistributable=False,
    kind="copy",
    tables=("api_price",),
    parse=parse,
    reads=("*fal_models_schemas*/*.json", "*fal_models_schemas*.json"),
    upstream_paths=("data/fal_models_schemas.json",),
    weaknesses=(
        "One day (2025-10-30), taken by a third party. One price a model: what resolution, length or sound add is not "
        "in it. fal's own price interface wants a key and the names of the models."
    ),
)
