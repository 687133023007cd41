"""Fact files: what our parsers read from an upstream, in our own compact form, each fact with its origin.

One Parquet file per source and table, in ``sources/recorded``. A row is a row of the contract with the statement it
belongs to; a statement without rows keeps one row that is empty. Read back, it makes the same statements.
"""

import io
import json
from datetime import UTC
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.archive import Entry
from pipelines.ledger import Told
from pipelines.sql_files import sql
from sources.source import Origin, PayloadError, Refused, Statement
from sources.tables import TABLES, all_columns, key_columns

STATEMENT = (
    "valid_at", "recorded_at", "said_at", "retracted_at", "statement_scope", "ordinal", "payload_sha256", "complete",
    "origin", "ignored_count", "digest",
)  # fmt: skip


def embedded(folder: Path | None = None) -> list[Path]:
    """The fact files that come with the code (or those of another folder), by name: ``<source>.<table>.parquet``."""
    return sorted((folder or Path(str(files("sources").joinpath("recorded")))).glob("*.parquet"))


def export(
    connection: duckdb.DuckDBPyConnection, source: str, table: str, folder: Path, *, without_repeats: bool = False
) -> Path | None:
    """Writes everything that the ledger holds of one source and table; None if that is nothing."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE exported AS SELECT ? AS source, ? AS table_name, ? AS without_repeats",
        [source, table, without_repeats],
    )
    connection.execute(sql("ledger/export_touch"))
    connection.execute(sql("ledger/covering"))
    connection.execute(sql("ledger/said"))
    connection.execute(sql("ledger/export_repeats"))
    rows: pa.Table = connection.sql(sql(f"ledger/generated/export_{table}")).to_arrow_table()
    if not rows.num_rows:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source}.{table}.parquet"
    pq.write_table(rows, path, compression="zstd", compression_level=19, use_dictionary=True, row_group_size=1 << 20)
    return path


def read(content: bytes, entry: Entry) -> list[Told]:
    """The statements of a fact file."""
    name = entry.name
    table = name.removesuffix(".parquet").rsplit(".", 1)[-1]
    if table not in TABLES:
        raise PayloadError(f"{name}: table {table!r}; expected <source>.<table>.parquet, table of {', '.join(TABLES)}")
    try:
        facts = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise PayloadError(f"{name}: not a Parquet file ({' '.join(str(error).split())[:200]})") from None
    missing = [c for c in (*STATEMENT, "locator", "reason", *all_columns(table)) if c not in facts.column_names]
    if missing:
        raise PayloadError(f"{name}: no column {', '.join(missing)}; expected a fact file of {table}")
    return _told(facts, table, entry)


def _told(facts: pa.Table, table: str, entry: Entry) -> list[Told]:
    """A statement for each one that the facts belong to, its rows a slice of the file's."""
    numbers, firsts = _statements(facts)
    facts = facts.append_column("number", pa.array(numbers))
    is_row = pc.and_(pc.is_null(facts["reason"]), pc.is_valid(facts[key_columns(table)[0]]))
    rows = facts.filter(is_row).sort_by("number")
    starts = np.searchsorted(rows["number"].to_numpy(), np.arange(len(firsts) + 1))
    rows = rows.select(["locator", *all_columns(table)])
    refused: dict[int, list[Refused]] = {}
    kept_out = facts.select(["number", "reason", "locator", "row_text", "refused_key"])
    for row in kept_out.filter(pc.is_valid(facts["reason"])).to_pylist():
        known = json.loads(row["refused_key"])
        told = Refused(row["reason"], row["locator"] or "", row["row_text"] or "", known)
        refused.setdefault(row["number"], []).append(told)
    return [
        Told(
            Statement(
                table=table,
                scope=json.loads(first["statement_scope"]),
                rows=[],
                refused=refused.get(number, []),
                valid_at=first["valid_at"].replace(tzinfo=UTC),
                complete=first["complete"],
                ignored=first["ignored_count"],
            ),
            entry.source,
            first["recorded_at"].replace(tzinfo=UTC),
            first["payload_sha256"],
            Origin(**json.loads(first["origin"])),
            first["ordinal"],
            entry.sha256,
            rows.slice(starts[number], starts[number + 1] - starts[number]),
            said_at=first["said_at"].replace(tzinfo=UTC),
            retracted_at=first["retracted_at"] and first["retracted_at"].replace(tzinfo=UTC),
            entry=entry.identity,
            digest=first["digest"],
        )
        for number, first in enumerate(facts.select(STATEMENT).take(firsts).to_pylist())
    ]


def _statements(facts: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """(the number of each row's statement, the first row of each statement)."""
    numbers = np.zeros(facts.num_rows, np.int64)
    for name in STATEMENT:
        column = facts[name].combine_chunks().dictionary_encode(null_encoding="encode")
        codes = numbers * len(column.dictionary) + column.indices.to_numpy()
        _, firsts, numbers = np.unique(codes, return_index=True, return_inverse=True)
    return numbers, firsts
