"""The three tables: columns, keys and how they are stored. What a row must be like, ``sources.contracts`` says.

Apart from the rules, because those need pandera, which takes seconds to import, and a question at the command line does
not. Key columns are text (or a decimal count) and '' means "not stated", never null. Prices are US dollars unless the
name says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

MONEY = (24, 12)
"""Digits and decimals: wide enough for 1e-10 USD a token and 551,221 USD a term."""
USD_STEP = Decimal(1).scaleb(-MONEY[1])
"""The ledger's finest step of money: what is finer is noise of somebody's arithmetic (4.0000000000000003e-07)."""
PRICED_STATES = ("listed", "approximate")
"""States of a row that has a price; a row of any other state has none."""
COUNT = (9, 4)
"""Of accelerators: shares of a card exist."""

_TEXT, _NUMBER = "VARCHAR", "DOUBLE"
_MONEY, _COUNT = f"DECIMAL({MONEY[0]}, {MONEY[1]})", f"DECIMAL({COUNT[0]}, {COUNT[1]})"


@dataclass(frozen=True)
class Table:
    """A table's columns with the DuckDB types they are stored as."""

    key: Mapping[str, str]
    values: Mapping[str, str]
    anchor: str
    """The key column by which a refused row finds the keys that it may have been about."""

    @property
    def columns(self) -> Mapping[str, str]:
        return {**self.key, **self.values}


TABLES = {
    "rental_price": Table(
        key={
            "provider": _TEXT,
            "sku": _TEXT,
            "region": _TEXT,
            "zone": _TEXT,
            "accelerator_id": _TEXT,
            "accelerator_count": _COUNT,
            "purchase_model": _TEXT,
            "service_tier": _TEXT,
        },
        values={
            "price_state": _TEXT,
            "price_usd_per_hour": _MONEY,
            "price_usd_per_accelerator_hour": _MONEY,
            "price_raw": _TEXT,
            "currency": _TEXT,
            "vcpu_count": _NUMBER,
            "host_memory_gib": _NUMBER,
        },
        anchor="sku",
    ),
    "api_price": Table(
        key={
            "provider": _TEXT,
            "model_id": _TEXT,
            "sku": _TEXT,
            "modality": _TEXT,
            "unit": _TEXT,
            "condition": _TEXT,
        },
        values={"price_usd_per_unit": _MONEY, "price_state": _TEXT},
        anchor="sku",
    ),
    "accelerator_spec": Table(
        key={
            "accelerator_id": _TEXT,
            "metric": _TEXT,
            "precision": _TEXT,
            "sparsity": _TEXT,
            "scope": _TEXT,
            "direction": _TEXT,
        },
        values={
            "value_raw": _TEXT,
            "unit_raw": _TEXT,
            "value": _NUMBER,
            "value_kind": _TEXT,
        },
        anchor="accelerator_id",
    ),
}


def all_columns(table: str) -> tuple[str, ...]:
    return tuple(TABLES[table].columns)


def key_columns(table: str) -> tuple[str, ...]:
    return tuple(TABLES[table].key)


def value_columns(table: str) -> tuple[str, ...]:
    return tuple(TABLES[table].values)


def sql_type(table: str, column: str) -> str:
    """The DuckDB type that a column is stored as."""
    return TABLES[table].columns[column]


def anchor(table: str) -> str:
    return TABLES[table].anchor
