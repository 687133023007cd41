"""Fact files: what our parsers read from an upstream, in our own compact form, each fact with its origin.

One Parquet file per source and table, in ``sources/recorded``. A row is a row of the contract with the statement it
belongs to; a statement without rows keeps one row that is empty. Read back, it makes the same statements.
"""

import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.ledger import Told
from pipelines.sql_files import sql
from sources.contracts import CONTRACTS, key_columns
from sources.source import Origin, PayloadError, Refused, Statement

STATEMENT = ("valid_at", "recorded_at", "scope", "ordinal", "payload_sha256", "complete", "origin", "ignored_count")


def embedded(folder: Path | None = None) -> list[Path]:
    """The fact files that come with the code (or those of another folder), by name: ``<source>.<table>.parquet``."""
    return sorted((folder or Path(str(files("sources").joinpath("recorded")))).glob("*.parquet"))


def export(connection: duckdb.DuckDBPyConnection, source: str, table: str, folder: Path) -> Path | None:
    """Writes everything that the ledger holds of one source and table; None if that is nothing."""
    connection.execute("CREATE OR REPLACE TEMP TABLE exported AS SELECT ? AS source, ? AS table_name", [source, table])
    connection.execute(sql("ledger/export_touch"))
    connection.execute(sql("ledger/covering"))
    connection.execute(sql("ledger/said"))
    rows: pa.Table = connection.sql(sql(f"ledger/generated/export_{table}")).to_arrow_table()
    if not rows.num_rows:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source}.{table}.parquet"
    pq.write_table(rows, path, compression="zstd", compression_level=19, use_dictionary=True, row_group_size=1 << 20)
    return path


def read(content: bytes, *, name: str, source: str, carrier_sha256: str) -> Iterator[tuple[str, list[Told]]]:
    """(table, statements) of a fact file."""
    table = name.removesuffix(".parquet").rsplit(".", 1)[-1]
    if table not in CONTRACTS:
        raise PayloadError(
            f"{name}: table {table!r}; expected <source>.<table>.parquet, table of {', '.join(CONTRACTS)}"
        )
    try:
        facts = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise PayloadError(f"{name}: not a Parquet file ({' '.join(str(error).split())[:200]})") from None
    missing = [c for c in (*STATEMENT, "locator", "reason", *CONTRACTS[table].columns) if c not in facts.column_names]
    if missing:
        raise PayloadError(f"{name}: no column {', '.join(missing)}; expected a fact file of {table}")
    yield table, _statements(facts.to_pylist(), table, source, carrier_sha256)


def _statements(rows: Sequence[dict[str, Any]], table: str, source: str, carrier_sha256: str) -> list[Told]:
    grouped: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[name] for name in STATEMENT), []).append(row)
    return [_told(table, source, carrier_sha256, *of, members=members) for of, members in grouped.items()]


def _told(
    table: str,
    source: str,
    carrier_sha256: str,
    valid_at: Any,
    recorded_at: Any,
    scope: str,
    ordinal: int,
    payload_sha256: str,
    complete: bool,
    origin: str,
    ignored: int,
    *,
    members: list[dict[str, Any]],
) -> Told:
    anchor = key_columns(table)[0]
    statement = Statement(
        table=table,
        scope=json.loads(scope),
        rows=[row for row in members if row["reason"] is None and row[anchor] is not None],
        refused=[
            Refused(row["reason"], row["locator"] or "", row["row_text"] or "", json.loads(row["refused_key"]))
            for row in members
            if row["reason"] is not None
        ],
        valid_at=valid_at.replace(tzinfo=UTC),
        complete=complete,
        ignored=ignored,
    )
    return Told(
        statement,
        source,
        recorded_at.replace(tzinfo=UTC),
        payload_sha256,
        Origin(**json.loads(origin)),
        ordinal,
        carrier_sha256,
    )
