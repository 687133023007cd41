"""One strict contract per table: the only definition of a row, and of its key.

The name of a check is the reason code under which a row that fails it is quarantined. Checks are built in or
registered below with statistics, so that ``pipelines.contract_sql`` can write the same rule as SQL for whole snapshots;
a test holds the two together. Key columns are text (or a decimal count) and '' means "not stated", never null.
Prices are US dollars unless the name says otherwise.
"""

from typing import Any

import pandas as pd
import pandera.pandas as pa

from sources.names import accelerators

MONEY = (24, 12)
"""Digits and decimals: wide enough for 1e-10 USD a token and 551,221 USD a term."""
COUNT = (9, 4)
"""Of accelerators: shares of a card exist."""

PURCHASE_MODELS = (
    "on_demand",
    "spot",
    "reserved_1y",
    "reserved_3y",
    "capacity_block",
    "savings_plan_1y",
    "savings_plan_3y",
)
SERVICE_TIERS = ("", "standard", "secure", "community", "serverless")
PRICE_STATES = ("listed", "approximate", "contact_sales", "waitlist", "not_offered")
PRICED_STATES = ("listed", "approximate")
VALUE_KINDS = ("datasheet", "vendor_doc", "preliminary", "measured", "curated", "derived", "estimate")
MODALITIES = ("text", "image", "video", "audio", "embedding", "rerank", "search", "document", "moderation", "other")
UNITS = (
    "input_token",
    "cached_input_token",
    "cache_write_token",
    "output_token",
    "reasoning_token",
    "input_audio_token",
    "cached_input_audio_token",
    "cache_write_audio_token",
    "output_audio_token",
    "input_image_token",
    "cached_input_image_token",
    "output_image_token",
    "input_video_token",
    "output_video_token",
    "image",
    "input_image",
    "pixel",
    "input_pixel",
    "megapixel",
    "second_of_video",
    "input_second_of_video",
    "second_of_audio",
    "input_second_of_audio",
    "second_of_compute",
    "character",
    "output_character",
    "page",
    "request",
    "query",
    "session",
    "credit",
    "step",
    "gib_day",
)
DIRECTIONS = ("", "one_way", "both_ways")
SPARSITIES = ("", "dense", "sparse")
CURRENCIES = ("USD",)
"""Currencies with a dated rate. A price in another one is quarantined: its value in USD is unknown, not guessed."""


def _priced_when_listed(price: str) -> pa.Check:
    """A row whose state has a price has one in column ``price``; a row of any other state has none."""

    def holds(frame: pd.DataFrame) -> Any:
        return frame["price_state"].isin(PRICED_STATES) == frame[price].notna()

    return pa.Check(holds, name="missing_price", statistics={"price": price, "states": list(PRICED_STATES)})


def _text(*checks: pa.Check, nullable: bool = False) -> pa.Column:
    return pa.Column(str, list(checks), nullable=nullable)


def _money(nullable: bool) -> pa.Column:
    checks = [pa.Check.gt(0, name="zero_price"), pa.Check.lt(500_000, name="implausible_price")]
    return pa.Column(float, checks, nullable=nullable)


def _number(*checks: pa.Check) -> pa.Column:
    return pa.Column(float, list(checks), nullable=True)


_ACCELERATOR_ID = pa.Check(
    lambda ids: ids.isin(accelerators()), name="unknown_accelerator", statistics={"registry": "accelerator"}
)
_PRESENT = pa.Check.str_length(1, 200, name="missing_key")
_SHORT = pa.Check.str_length(0, 400, name="text_too_long")
_STATE = pa.Check.isin(list(PRICE_STATES), name="price_state")

RENTAL_PRICE = pa.DataFrameSchema(
    {
        "provider": _text(_PRESENT),
        "sku": _text(_SHORT),
        "region": _text(_SHORT),
        "zone": _text(_SHORT),
        "accelerator_id": _text(_ACCELERATOR_ID),
        "accelerator_count": pa.Column(
            float, [pa.Check.gt(0, name="accelerator_count"), pa.Check.le(10_000, name="accelerator_count")]
        ),
        "purchase_model": _text(pa.Check.isin(list(PURCHASE_MODELS), name="purchase_model")),
        "service_tier": _text(pa.Check.isin(list(SERVICE_TIERS), name="service_tier")),
        "price_state": _text(_STATE),
        "price_usd_per_hour": _money(nullable=True),
        "price_usd_per_accelerator_hour": _money(nullable=True),
        "price_raw": _text(_SHORT, nullable=True),
        "currency": _text(pa.Check.isin(list(CURRENCIES), name="currency")),
        "vcpu_count": _number(pa.Check.gt(0, name="vcpu_count")),
        "host_memory_gib": _number(pa.Check.gt(0, name="host_memory_gib")),
    },
    checks=[
        _priced_when_listed("price_usd_per_hour"),
        _priced_when_listed("price_usd_per_accelerator_hour"),
    ],
    strict=True,
    name="rental_price",
    metadata={
        "key": (
            "provider",
            "sku",
            "region",
            "zone",
            "accelerator_id",
            "accelerator_count",
            "purchase_model",
            "service_tier",
        )
    },
)

API_PRICE = pa.DataFrameSchema(
    {
        "provider": _text(_PRESENT),
        "model_id": _text(_PRESENT),
        "sku": _text(_PRESENT),
        "modality": _text(pa.Check.isin(list(MODALITIES), name="modality")),
        "unit": _text(pa.Check.isin(list(UNITS), name="unit")),
        "condition": _text(_SHORT),
        "price_usd_per_unit": _money(nullable=True),
        "price_state": _text(_STATE),
    },
    checks=[_priced_when_listed("price_usd_per_unit")],
    strict=True,
    name="api_price",
    metadata={"key": ("provider", "model_id", "sku", "modality", "unit", "condition")},
)

ACCELERATOR_SPEC = pa.DataFrameSchema(
    {
        "accelerator_id": _text(_ACCELERATOR_ID),
        "metric": _text(_PRESENT),
        "precision": _text(_SHORT),
        "sparsity": _text(pa.Check.isin(list(SPARSITIES), name="sparsity")),
        "scope": _text(_PRESENT),
        "direction": _text(pa.Check.isin(list(DIRECTIONS), name="direction")),
        "value_raw": _text(_SHORT, nullable=True),
        "unit_raw": _text(_SHORT, nullable=True),
        "value": _number(pa.Check.ge(0, name="negative_value"), pa.Check.lt(1e12, name="implausible_value")),
        "value_kind": _text(pa.Check.isin(list(VALUE_KINDS), name="value_kind")),
    },
    checks=[
        pa.Check(
            lambda frame: frame["value"].notna() | frame["value_raw"].notna(),
            name="missing_value",
            statistics={"any_of": ["value", "value_raw"]},
        )
    ],
    strict=True,
    name="accelerator_spec",
    metadata={"key": ("accelerator_id", "metric", "precision", "sparsity", "scope", "direction")},
)

CONTRACTS: dict[str, pa.DataFrameSchema] = {
    schema.name: schema for schema in (RENTAL_PRICE, API_PRICE, ACCELERATOR_SPEC)
}


ANCHOR = {"rental_price": "sku", "api_price": "sku", "accelerator_spec": "accelerator_id"}
"""The key column by which a refused row finds the keys that it may have been about."""


def key_columns(table: str) -> tuple[str, ...]:
    return tuple(CONTRACTS[table].metadata["key"])


def value_columns(table: str) -> tuple[str, ...]:
    return tuple(name for name in CONTRACTS[table].columns if name not in key_columns(table))


def sql_type(table: str, column: str) -> str:
    """The DuckDB type that a column of a contract is stored as."""
    if column == "accelerator_count":
        return f"DECIMAL({COUNT[0]}, {COUNT[1]})"
    if column.startswith("price_usd"):
        return f"DECIMAL({MONEY[0]}, {MONEY[1]})"
    return "DOUBLE" if str(CONTRACTS[table].columns[column].dtype).startswith("float") else "VARCHAR"
