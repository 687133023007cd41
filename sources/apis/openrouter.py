"""Prices of the models with text output that OpenRouter routes to, as its own list of models prints them.

Every figure is a decimal string of dollars. The list names the kind of price and not its unit: ``prompt`` and most
others are per token, ``web_search`` per search; what differs is in ``IN_OTHER_UNITS``. -1 stands where the price is
that of the model which a router picks, 0 with ``:free`` variants (offered for nothing, within limits) and where
something else is sold (songs, whose price the list leaves out). Models without text output, which the list has when it
is asked for all, are priced by the picture, second or character without saying which: not read.

An archive of the list is a CSV with the entry as JSON in ``headliner_json`` and the time of asking in ``scraped_at``.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sources.apis.litellm import Printed
from sources.apis.litellm_prices import implausible, is_filler
from sources.apis.openrouter_keys import SOURCE_NAME, read_id
from sources.payload import data_text, read_csv, read_json, utc
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement
from sources.tables import USD_STEP

FIELDS = {
    "prompt": ("input_token", ()),
    "completion": ("output_token", ()),
    "input_cache_read": ("cached_input_token", ()),
    "input_cache_write": ("cache_write_token", ()),
    "input_cache_write_1h": ("cache_write_token", ("cache_ttl>1h",)),
    "internal_reasoning": ("reasoning_token", ()),
    "audio": ("input_audio_token", ()),
    "input_audio_cache": ("cached_input_audio_token", ()),
    "audio_output": ("output_audio_token", ()),
    "image": ("input_image_token", ()),
    "image_output": ("output_image_token", ()),
    "request": ("request", ()),
    "web_search": ("query", ("web_search",)),
}
"""Field of ``pricing`` -> unit and condition, as in litellm's rows."""
NO_PRICES = ("discount", "overrides", "display_pricing")
IN_OTHER_UNITS = {("mistralai/voxtral-small-24b-2507", "audio"): "input_second_of_audio"}
"""OpenRouter's own page shows this 0.0001 as 0.006 USD a minute."""
DEAREST_IMAGE_TOKEN = Decimal("0.00005")
"""Twice what any model asks; lists before 2026 priced whole pictures in this field, from 0.0001 USD on."""
CSV_COLUMNS = ("scraped_at", "id", "headliner_json")


def parse(payload: Payload) -> Iterable[Statement]:
    content = data_text(payload).lstrip()
    is_json = content.startswith(("[", "{"))
    entries, valid_at = (_listed(payload), None) if is_json else _archived(payload)
    if not any(isinstance(entry, dict) and isinstance(entry.get("pricing"), dict) for _, entry in entries):
        raise PayloadError(f"{payload.name}: no model with 'id' and 'pricing'; expected OpenRouter's list of models")
    read = [one for locator, entry in entries for one in _read_entry(entry, locator)]
    rows = [row for row in read if isinstance(row, dict)]
    refused = [row for row in read if isinstance(row, Refused)]
    yield Statement(table="api_price", scope={}, rows=rows, refused=refused, valid_at=valid_at)


def _listed(payload: Payload) -> list[tuple[str, Any]]:
    """The entries of an answer (``{"data": [...]}``), of a list of answers, or of a bare list."""
    content = read_json(payload)
    is_of_pages = isinstance(content, list) and content and all(_is_page(page) for page in content)
    pages = content if is_of_pages else [content]
    if not all(isinstance(page, list) or _is_page(page) for page in pages):
        raise PayloadError(f"{payload.name}: a JSON {type(content).__name__} without 'data'; expected a list of models")
    return [
        (f"{f'$[{number}]' if is_of_pages else '$'}{'.data' if isinstance(page, dict) else ''}[{position}]", entry)
        for number, page in enumerate(pages)
        for position, entry in enumerate(page["data"] if isinstance(page, dict) else page)
    ]


def _is_page(page: object) -> bool:
    return isinstance(page, dict) and isinstance(page.get("data"), list)


def _archived(payload: Payload) -> tuple[list[tuple[str, Any]], datetime]:
    """The entries of a day of the archive, and when it asked."""
    rows = read_csv(payload, columns=CSV_COLUMNS)
    asked = {row["scraped_at"] for row in rows}
    if len(asked) > 1:
        raise PayloadError(f"{payload.name}: scraped_at {' and '.join(sorted(asked)[:2])}; expected one time a file")
    entries = []
    for number, row in enumerate(rows, start=2):
        try:
            entry = json.loads(row["headliner_json"], parse_float=str, parse_int=str)
        except (json.JSONDecodeError, RecursionError) as error:
            raise PayloadError(f"{payload.name}: line {number}: headliner_json is not JSON ({error})") from None
        entries.append((f"line {number}", {**entry, "id": row["id"]} if isinstance(entry, dict) else entry))
    return entries, utc(asked.pop(), payload=payload)


def _read_entry(entry: object, locator: str) -> Iterator[Row | Refused]:
    sku = entry.get("id") if isinstance(entry, dict) else None
    pricing = entry.get("pricing") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(sku, str) or not sku or not isinstance(pricing, dict):
        key = {"sku": sku} if isinstance(sku, str) else {}
        yield Refused("contract", locator, f"{sku}: pricing {pricing!r}"[:400], key)
        return
    name = read_id(sku)
    columns = {"provider": "openrouter", "model_id": name.model_id, "sku": sku}
    outputs = _outputs(entry)
    if "text" not in outputs:
        yield Refused("unit", locator, f"{sku}: output {', '.join(outputs) or 'not stated'}; units unsaid", columns)
        return
    columns["modality"] = "text"
    printed = list(_printed(pricing))
    priced_in = frozenset(
        FIELDS[one.field][0] for one in printed if one.field in FIELDS and (_decimal(one.value) or 0) > 0
    )
    for one in printed:
        row = _read(one, columns, locator, of_variant=name.conditions, priced_in=priced_in)
        if row:
            yield row


def _outputs(entry: Mapping[str, Any]) -> list[str]:
    architecture = entry.get("architecture")
    outputs = architecture.get("output_modalities") if isinstance(architecture, dict) else None
    return [str(output) for output in outputs] if isinstance(outputs, list) else []


def _printed(pricing: Mapping[str, Any]) -> Iterator[Printed]:
    """Every figure, also those that hold from some length of the prompt on."""
    for field, value in pricing.items():
        if field not in NO_PRICES:
            yield Printed(field, field, value)
    overrides = pricing.get("overrides")
    for position, override in enumerate(overrides if isinstance(overrides, list) else ()):
        path = f"overrides[{position}]"
        tokens = _decimal(override.get("min_prompt_tokens")) if isinstance(override, dict) else None
        if not isinstance(override, dict) or tokens is None or tokens <= 0:
            yield Printed(path, path, override)
            continue
        longer = (f"context>{(tokens / 1000).normalize():f}k",)
        for field, value in override.items():
            if field != "min_prompt_tokens":
                yield Printed(f"{path}.{field}", field, value, longer)


def _decimal(value: object) -> Decimal | None:
    return decimal_or_none(value) if isinstance(value, str) else None


def _read(
    one: Printed,
    columns: Mapping[str, str],
    entry_locator: str,
    *,
    of_variant: tuple[str, ...],
    priced_in: frozenset[str],
) -> Row | Refused | None:
    """A row, why there is none, or None for a zero that fills a field which does not apply."""
    locator, shown = f"{entry_locator}.pricing.{one.path}", f"{columns['sku']}: {one.path} {one.value}"[:400]
    if one.field not in FIELDS:
        return Refused("unit", locator, f"{shown} (a field that nobody has settled)"[:400], columns)
    unit, of_field = FIELDS[one.field]
    unit = IN_OTHER_UNITS.get((columns["sku"], one.field), unit)
    key = {**columns, "unit": unit, "condition": ",".join((*one.conditions, *of_field, *of_variant))}
    price = _decimal(one.value)
    if price is None:
        return Refused("missing_price", locator, shown, key)
    if price < 0:
        return Refused("placeholder_price", locator, shown, key)
    price = price.quantize(USD_STEP)
    if price == 0:
        return None if is_filler(unit, mode="chat", priced_in=priced_in) else Refused("zero_price", locator, shown, key)
    reason = implausible(price, unit=unit, modality=columns["modality"])
    if unit == "input_image_token" and price > DEAREST_IMAGE_TOKEN:
        reason = "a picture's price and not a token's"
    if reason:
        return Refused("unit", locator, f"{shown} ({reason})"[:400], key)
    return {**key, "price_usd_per_unit": price, "price_state": "listed", "locator": locator}


SOURCE = Source(
    name=SOURCE_NAME,
    title="OpenRouter's list of models",
    homepage="https://openrouter.ai/models",
    licence="none seen",
    redistributable=False,
    kind="provider",
    tables=("api_price",),
    parse=parse,
    reads=("*data__csv__models__date=*/*.csv", "*data__raw__*__models/*.json", "*openrouter-models.json"),
    freshness_limit_hours=48,
    weaknesses=(
        "What OpenRouter charges by default; the price of the provider that it picks may differ. Discounts of a day "
        "are in the price. Models without text output are not in the list that is asked."
    ),
    live=Live(addresses=(Address("https://openrouter.ai/api/v1/models", "openrouter-models.json"),)),
)
