"""The rules of a row, one strict pandera contract per table of ``sources.tables``.

The name of a check is the reason code under which a row that fails it is quarantined. Checks are built in or
registered below with statistics, so that ``pipelines.contract_sql`` can write the same rule as SQL for whole snapshots;
a test holds the two together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pandera.pandas as pa

from sources.names import accelerators
from sources.tables import PRICED_STATES, all_columns, sql_type

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
METRICS = (
    "announced_on",
    "architecture",
    "form_factor",
    "interconnect_gb_s",
    "launch_price_usd",
    "measured_tflop_s",
    "memory_bandwidth_gb_s",
    "memory_gb",
    "memory_type",
    "peak_tflop_s",
    "peak_top_s",
    "release_on",
    "tdp_w",
    "vendor",
)
MOST_USD_PER_TOKEN = 0.01
"""Sixteen times what the dearest token costs (o1-pro's output, 600 USD a million): above it stands a price of a
thousand tokens, or of a million."""
DIRECTIONS = ("", "one_way", "both_ways")
SPARSITIES = ("", "dense", "sparse")
CURRENCIES = ("USD",)
"""Currencies with a dated rate. A price in another one is quarantined: its value in USD is unknown, not guessed."""


def _priced_when_listed(price: str) -> pa.Check:
    """A row whose state has a price has one in column ``price``; a row of any other state has none."""

    def holds(frame: pd.DataFrame) -> Any:
        return frame["price_state"].isin(PRICED_STATES) == frame[price].notna()

    return pa.Check(holds, name="missing_price", statistics={"price": price, "states": list(PRICED_STATES)})


def _of_one_token(price: str) -> pa.Check:
    """A price of a token is of one: column ``price`` holds no price of a thousand or a million of them."""

    def holds(frame: pd.DataFrame) -> Any:
        return ~frame["unit"].astype("str").str.endswith("token") | ~(frame[price] > MOST_USD_PER_TOKEN)

    return pa.Check(holds, name="unit", statistics={"token_price": price, "most": MOST_USD_PER_TOKEN})


_MONEY = [pa.Check.gt(0, name="zero_price"), pa.Check.lt(500_000, name="implausible_price")]
_ACCELERATOR_ID = pa.Check(
    lambda ids: ids.isin(accelerators()), name="unknown_accelerator", statistics={"registry": "accelerator"}
)
_PRESENT = pa.Check.str_length(1, 200, name="missing_key")
_SHORT = pa.Check.str_length(0, 400, name="text_too_long")
_STATE = pa.Check.isin(list(PRICE_STATES), name="price_state")


def _contract(
    table: str, rules: Mapping[str, Sequence[pa.Check]], *, nullable: Sequence[str], checks: Sequence[pa.Check]
) -> pa.DataFrameSchema:
    """The contract of a table: every column of it has rules, every rule a column."""
    if set(rules) != set(all_columns(table)):
        raise ValueError(f"{table}: rules for {sorted(rules)}, columns {sorted(all_columns(table))}")
    kinds = {name: str if sql_type(table, name) == "VARCHAR" else float for name in all_columns(table)}
    fields = {name: pa.Column(kinds[name], list(rules[name]), nullable=name in nullable) for name in all_columns(table)}
    return pa.DataFrameSchema(fields, checks=list(checks), strict=True, name=table)


RENTAL_PRICE = _contract(
    "rental_price",
    {
        "provider": [_PRESENT],
        "sku": [_SHORT],
        "region": [_SHORT],
        "zone": [_SHORT],
        "accelerator_id": [_ACCELERATOR_ID],
        "accelerator_count": [pa.Check.gt(0, name="accelerator_count"), pa.Check.le(10_000, name="accelerator_count")],
        "purchase_model": [pa.Check.isin(list(PURCHASE_MODELS), name="purchase_model")],
        "service_tier": [pa.Check.isin(list(SERVICE_TIERS), name="service_tier")],
        "price_state": [_STATE],
        "price_usd_per_hour": _MONEY,
        "price_usd_per_accelerator_hour": _MONEY,
        "price_raw": [_SHORT],
        "currency": [pa.Check.isin(list(CURRENCIES), name="currency")],
        "vcpu_count": [pa.Check.gt(0, name="vcpu_count")],
        "host_memory_gib": [pa.Check.gt(0, name="host_memory_gib")],
    },
    nullable=("price_usd_per_hour", "price_usd_per_accelerator_hour", "price_raw", "vcpu_count", "host_memory_gib"),
    checks=[_priced_when_listed("price_usd_per_hour"), _priced_when_listed("price_usd_per_accelerator_hour")],
)

API_PRICE = _contract(
    "api_price",
    {
        "provider": [_PRESENT],
        "model_id": [_PRESENT],
        "sku": [_PRESENT],
        "modality": [pa.Check.isin(list(MODALITIES), name="modality")],
        "unit": [pa.Check.isin(list(UNITS), name="unit")],
        "condition": [_SHORT],
        "price_usd_per_unit": _MONEY,
        "price_state": [_STATE],
    },
    nullable=("price_usd_per_unit",),
    checks=[_priced_when_listed("price_usd_per_unit"), _of_one_token("price_usd_per_unit")],
)

ACCELERATOR_SPEC = _contract(
    "accelerator_spec",
    {
        "accelerator_id": [_ACCELERATOR_ID],
        "metric": [pa.Check.isin(list(METRICS), name="metric")],
        "precision": [_SHORT],
        "sparsity": [pa.Check.isin(list(SPARSITIES), name="sparsity")],
        "scope": [_PRESENT],
        "direction": [pa.Check.isin(list(DIRECTIONS), name="direction")],
        "value_raw": [_SHORT],
        "unit_raw": [_SHORT],
        "value": [pa.Check.ge(0, name="negative_value"), pa.Check.lt(1e12, name="implausible_value")],
        "value_kind": [pa.Check.isin(list(VALUE_KINDS), name="value_kind")],
    },
    nullable=("value_raw", "unit_raw", "value"),
    checks=[
        pa.Check(
            lambda frame: frame["value"].notna() | frame["value_raw"].notna(),
            name="missing_value",
            statistics={"any_of": ["value", "value_raw"]},
        )
    ],
)

CONTRACTS: dict[str, pa.DataFrameSchema] = {
    str(contract.name): contract for contract in (RENTAL_PRICE, API_PRICE, ACCELERATOR_SPEC)
}
