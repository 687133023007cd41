"""Ledger -> marts: the statements of ``sql/marts`` in the order in which they build on each other.

Needs in the database: ``rental_price_version``, ``sighting``, ``source``, ``rental_price``, ``accelerator`` and
``accelerator_spec``. A step is one SQL file; where it needs rows that no table has (what is asked, who is a
marketplace), they are registered as ``<step>_rows`` while it runs.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.scenarios import (
    AcceleratorClass,
    Capability,
    Fit,
    ScenarioHours,
    accelerator_classes,
    scenario_hours,
    scenarios,
    workload_fits,
)
from sources.clouds import gcp_regions

STEPS = (
    "as_of",
    "calendar",
    "public_source",
    "provider_market",
    "offered_region",
    "source_credibility",
    "scope_collapse",
    "source_doubt",
    "rental_price_quality",
    "provider_price_daily",
    "price_index_daily",
    "price_index_monthly",
    "accelerator_class",
    "class_price_ratio",
    "accelerator_capability",
    "scenario_accelerator",
    "cost_curve",
    "workload_fit",
    "tier_recommendation",
)
"""Each reads only what stands before it, and the ledger."""

MARKETS = ("hyperscaler", "neocloud", "marketplace")


def build_marts(con: duckdb.DuckDBPyConnection, as_of: datetime, steps: Sequence[str] = STEPS) -> dict[str, int]:
    """Build ``steps`` as of a moment (UTC); rows by relation."""
    return {step: build_mart(con, step, as_of) for step in steps}


def build_mart(con: duckdb.DuckDBPyConnection, step: str, as_of: datetime) -> int:
    """Run one step in one transaction; how many rows its relation has."""
    rows = _ROWS[step](con, as_of) if step in _ROWS else None
    if rows is not None:
        con.register(f"{step}_rows", rows)
    con.begin()
    try:
        con.execute(_sql("marts", step)).fetchall()
        con.commit()
    except duckdb.Error:
        con.rollback()
        raise
    finally:
        if rows is not None:
            con.unregister(f"{step}_rows")
    return int(con.table(step).shape[0])


def failed_checks(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows that offend each check of ``sql/checks`` on the marts (the ledger's own aside); none is good."""
    of_marts = [name for name in check_names() if not name.startswith("ledger_")]
    offending = {name: len(con.execute(_sql("checks", name)).fetchall()) for name in of_marts}
    return {name: count for name, count in offending.items() if count}


def check_names() -> list[str]:
    """The checks that there are."""
    return sorted(
        path.name.removesuffix(".sql")
        for path in files("sql").joinpath("checks").iterdir()
        if path.name.endswith(".sql")
    )


def provider_markets() -> list[dict[str, str]]:
    """``providers.csv``, every market checked."""
    text = files("pipelines").joinpath("providers.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    for row in rows:
        if row["market"] not in MARKETS:
            raise ValueError(
                f"providers.csv: {row['provider']} has market {row['market']!r}; expected one of {', '.join(MARKETS)}"
            )
    return rows


def _sql(folder: str, name: str) -> str:
    return files("sql").joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")


def _as_of(_: duckdb.DuckDBPyConnection, as_of: datetime) -> pa.Table:
    now = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    return pa.table({"now": [now]})


def _calendar(con: duckdb.DuckDBPyConnection, _: datetime) -> pa.Table:
    [(first, last)] = con.execute(_sql("marts", "calendar_bounds")).fetchall()
    return pa.table({"day": [first + timedelta(days=n) for n in range((last - first).days + 1)]})


def _markets(_: duckdb.DuckDBPyConnection, __: datetime) -> pa.Table:
    return pa.Table.from_pylist(provider_markets())


def _regions(_: duckdb.DuckDBPyConnection, __: datetime) -> pa.Table:
    return pa.Table.from_pylist([{"provider": "gcp", **asdict(stay)} for stay in gcp_regions.stays()])


def _classes(_: duckdb.DuckDBPyConnection, __: datetime) -> pa.Table:
    return _table(AcceleratorClass, accelerator_classes(scenarios()))


def _hours(con: duckdb.DuckDBPyConnection, _: datetime) -> pa.Table:
    return _table(ScenarioHours, scenario_hours(scenarios(), _cards(con)))


def _fits(con: duckdb.DuckDBPyConnection, _: datetime) -> pa.Table:
    return _table(Fit, workload_fits(scenarios(), _cards(con)))


_ROWS: dict[str, Callable[[duckdb.DuckDBPyConnection, datetime], pa.Table]] = {
    "as_of": _as_of,
    "calendar": _calendar,
    "provider_market": _markets,
    "offered_region": _regions,
    "accelerator_class": _classes,
    "scenario_accelerator": _hours,
    "workload_fit": _fits,
}


def _cards(con: duckdb.DuckDBPyConnection) -> list[Capability]:
    found = con.table("accelerator_capability").to_arrow_table().to_pylist()
    return [Capability(**row) for row in found]


def _table(kind: Any, rows: Any) -> pa.Table:
    """Rows of a dataclass as columns, also where there is no row; a trailing '_' of a name is dropped."""
    plain = [asdict(row) for row in rows]
    return pa.table({field.name.rstrip("_"): [row[field.name] for row in plain] for field in fields(kind)})
