"""Facts about accelerators as rows, and the marts over them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from sources.catalogs import epoch
from sources.datasheets import curated
from sources.source import Payload, Statement

MARTS = Path(__file__).resolve().parents[2] / "sql" / "marts"
Fact = tuple[str, str, str, str, str, str, str, str | None, float | None, str, datetime, datetime]
SEEN = datetime(2026, 7, 6)  # noqa: DTZ001 (DuckDB's TIMESTAMP is UTC)
SINCE = datetime(2022, 9, 1)  # noqa: DTZ001


def fact(
    accelerator_id: str,
    metric: str,
    value: float | str,
    *,
    source: str = "datasheets",
    kind: str = "datasheet",
    precision: str = "",
    sparsity: str | None = None,
    scope: str = "gpu",
    direction: str = "",
    seen_at: datetime = SEEN,
) -> Fact:
    number = None if isinstance(value, str) else float(value)
    dense = ("dense" if precision else "") if sparsity is None else sparsity
    return (
        source,
        accelerator_id,
        metric,
        precision,
        dense,
        scope,
        direction,
        str(value),
        number,
        kind,
        SINCE,
        seen_at,
    )


def database(facts: Iterable[Fact]) -> duckdb.DuckDBPyConnection:
    """The marts over ``facts``, which stand for what is in force at any time that is asked for."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE fact (source VARCHAR, accelerator_id VARCHAR, metric VARCHAR, precision VARCHAR, "
        "sparsity VARCHAR, scope VARCHAR, direction VARCHAR, value_raw VARCHAR, value DOUBLE, value_kind VARCHAR, "
        "valid_from TIMESTAMP, last_seen_at TIMESTAMP)"
    )
    con.executemany(f"INSERT INTO fact VALUES ({', '.join('?' * 12)})", list(facts))
    con.execute(
        "CREATE MACRO accelerator_spec_fact_at(valid_at, known_at) AS TABLE SELECT *, NULL AS unit_raw, "
        "source || '/' || metric AS version_id FROM fact WHERE valid_from <= valid_at AND known_at IS NOT NULL"
    )
    for name in ("accelerator_spec", "spec_conflict", "spec_arithmetic"):
        con.execute((MARTS / f"{name}.sql").read_text(encoding="utf-8"))
    return con


def in_force(statements: Iterable[Statement], source: str, recorded_at: datetime) -> Iterator[Fact]:
    """What the statements of one source say, for statements that do not take anything back."""
    newest: dict[tuple[object, ...], Fact] = {}
    for said in sorted(statements, key=lambda said: said.recorded_at or recorded_at):
        for row in said.rows:
            key = tuple(row[column] for column in curated.KEY)
            newest[key] = (  # type: ignore[assignment]
                source,
                *key,
                row["value_raw"],
                row["value"],
                row["value_kind"],
                (said.valid_at or recorded_at).replace(tzinfo=None),
                (said.recorded_at or recorded_at).replace(tzinfo=None),
            )
    yield from newest.values()


def recorded_facts(recorded: Path) -> list[Fact]:
    """The newest snapshot of Epoch and our own table, as they stand."""
    table = Path(curated.__file__).with_name("curated.csv")
    read = datetime(2026, 11, 1, tzinfo=UTC)
    ours = in_force(curated.parse(Payload(table.read_bytes(), table.name, read)), "datasheets", read)
    path = max((recorded / "specs" / "epoch").glob("ml_hardware_*.csv"))
    seen = datetime(2026, 7, 6, tzinfo=UTC)
    theirs = in_force(epoch.parse(Payload(path.read_bytes(), path.name, seen)), "epoch", seen)
    return [*ours, *theirs]
