"""Versions in: statements of one table and source become events and stretches of two times.

The statements are the files of ``sql/ledger``; this module says in which order they run. What one reading changes
belongs in one ``transaction``, so that a process killed at any point leaves the ledger as it was before or is after.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.home import HomeError
from pipelines.sql_files import sql
from sources.source import Origin, Statement
from sources.tables import TABLES, all_columns, anchor, key_columns


@dataclass(frozen=True)
class Told:
    """A statement with the bytes it came from: all that the ledger needs to know about it."""

    statement: Statement
    source: str
    recorded_at: datetime
    payload_sha256: str
    origin: Origin = Origin()
    ordinal: int = 0
    carrier_sha256: str = ""
    """The archived payload that brought it, where that is not the upstream's own bytes but a fact file."""
    rows: pa.Table | None = None
    """The statement's rows where they come as a table: locator and the contract's columns, of any type."""
    said_at: datetime | None = None
    """When it was said first, where that is not ``recorded_at``: its payload was read again, by a better parser."""
    retracted_at: datetime | None = None
    """Since when it is known to be wrong, if it is."""
    entry: str = ""
    """The arrival that brought it (``archive.Entry.identity``)."""
    digest: str = ""
    """Of what the parser read: two readings of a payload that have the same digest say the same."""

    @property
    def valid_at(self) -> datetime:
        return self.statement.valid_at or self.first_said_at

    @property
    def first_said_at(self) -> datetime:
        return self.said_at or self.recorded_at

    @property
    def scope(self) -> str:
        """As the ledger keeps it: JSON with sorted names."""
        return json.dumps(dict(self.statement.scope), sort_keys=True)


@dataclass(frozen=True)
class Withdrawal:
    """From ``recorded_at`` on a statement is known to have been wrong; what was believed until then stays."""

    statement_id: int
    recorded_at: datetime
    note: str


@dataclass(frozen=True)
class Tally:
    """What a call changed: statements that were new, their rows, versions opened and closed, rows quarantined."""

    statements: int = 0
    rows: int = 0
    opened: int = 0
    closed: int = 0
    quarantined: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def open_ledger(path: str) -> duckdb.DuckDBPyConnection:
    """The ledger's build file, made if it is not there. Times are UTC whatever the machine says."""
    try:
        connection = duckdb.connect(path, config={"storage_compatibility_version": "v1.5.0"})
    except duckdb.Error as error:
        raise HomeError(f"{path}: {str(error).splitlines()[0]}; is another program writing it?") from None
    connection.execute("SET TimeZone = 'UTC'")
    if _stamp(connection) != (duckdb.__version__, layout()):
        with transaction(connection):
            _lay_out(connection)
    return connection


@cache
def layout() -> str:
    """A hash of everything that defines the ledger's own relations."""
    return hashlib.sha256("".join(sql(path) for path in _definitions()).encode()).hexdigest()[:12]


def _definitions() -> list[str]:
    schemas = [f"ledger/generated/schema_{table}" for table in TABLES]
    versions = [f"ledger/generated/version_{table}" for table in TABLES]
    return ["ledger/schema", *schemas, "ledger/utc", "ledger/views", *versions]


def _stamp(connection: duckdb.DuckDBPyConnection) -> tuple[str, str] | None:
    """Engine and layout that the file was last written with; None for a new file."""
    try:
        [(version, found)] = connection.execute("SELECT version, layout FROM book.engine").fetchall()
    except duckdb.CatalogException:
        return None
    return version, found


def _lay_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes what is missing, and fills the hashes again if another engine made them."""
    for path in _definitions():
        connection.execute(sql(path))
    stamped = connection.execute("SELECT version FROM book.engine").fetchall()
    if stamped and stamped[0][0] != duckdb.__version__:
        for table in TABLES:
            connection.execute(sql(f"ledger/generated/rehash_{table}"))
    connection.execute(sql("ledger/stamp"), [duckdb.__version__, layout()])


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing of it."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def track(
    connection: duckdb.DuckDBPyConnection, table: str, told: Sequence[Told], *, loaded_at: datetime
) -> dict[str, Tally]:
    """Takes in statements of one table, of any sources and in any order, and says by source what they changed."""
    if not told:
        return {}
    _stage(connection, table, told, loaded_at)
    connection.execute(sql("ledger/register"))
    return _take_in(connection, table)


DOOR = ("generated/turn_away_{table}", "enter", "generated/record_keys_{table}", "name", "generated/membership_{table}")
DOOR_OF_KNOWN_KEYS = ("enter", "generated/reuse_keys_{table}")
GENERAL = ("covering", "events", "generated/record_contents_{table}", "said", "stretches")


def _take_in(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Tally]:
    """The batch through the door and into the ledger: past the heads alone where it is newest, else key by key."""
    if _row(connection, "is_newest")[0]:
        _run(connection, table, "generated/differ_{table}", "take_changes")
        is_without_duplicates, is_of_known_keys = _row(connection, "weigh")
        if is_without_duplicates:
            door = DOOR_OF_KNOWN_KEYS if is_of_known_keys else DOOR
            _run(connection, table, *door, "advance", "generated/record_contents_{table}")
            return _settled(connection, table)
    _run(connection, table, "generated/examine_{table}", "take_all", *DOOR, "touch")
    return _settled(connection, table)


def _settled(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Tally]:
    if connection.execute("SELECT count(*) FROM touched").fetchall() != [(0,)]:
        _run(connection, table, *GENERAL)
    changed = connection.execute(sql("ledger/tally")).fetchall()
    return {source: Tally(*map(int, counts)) for source, *counts in changed}


def _row(connection: duckdb.DuckDBPyConnection, question: str) -> tuple[Any, ...]:
    """The one row that a question is answered with."""
    [row] = connection.execute(sql(f"ledger/{question}")).fetchall()
    return tuple(row)


def _run(connection: duckdb.DuckDBPyConnection, table: str, *paths: str) -> None:
    for path in paths:
        connection.execute(sql(f"ledger/{path.format(table=table)}"))


def retract(connection: duckdb.DuckDBPyConnection, withdrawals: Sequence[Withdrawal]) -> None:
    """Statements of any table and source no longer speak, each from its own moment on."""
    if not withdrawals:
        return
    columns: dict[str, pa.Array] = {
        "statement_id": pa.array([w.statement_id for w in withdrawals], pa.int64()),
        "recorded_at": pa.array([naive_utc(w.recorded_at) for w in withdrawals], pa.timestamp("us")),
        "note": pa.array([w.note for w in withdrawals], pa.string()),
    }
    connection.register("withdrawn_statement", pa.table(columns))
    for path in ("retract", "covering", "said", "stretches"):
        connection.execute(sql(f"ledger/{path}"))


def _stage(connection: duckdb.DuckDBPyConnection, table: str, told: Sequence[Told], loaded_at: datetime) -> None:
    connection.register("incoming", _incoming(table, told, loaded_at))
    connection.register("incoming_row", incoming_rows(table, told))
    connection.register("incoming_refused", _incoming_refused(table, [t.statement for t in told]))


def naive_utc(moment: datetime) -> datetime:
    """As the ledger stores it: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _incoming(table: str, told: Sequence[Told], loaded_at: datetime) -> pa.Table:
    moment = pa.timestamp("us")
    columns: dict[str, tuple[pa.DataType, list[object]]] = {
        "number": (pa.int64(), list(range(len(told)))),
        "source": (pa.string(), [t.source for t in told]),
        "table_name": (pa.string(), [table] * len(told)),
        "scope": (pa.string(), [t.scope for t in told]),
        "valid_at": (moment, [naive_utc(t.valid_at) for t in told]),
        "recorded_at": (moment, [naive_utc(t.recorded_at) for t in told]),
        "said_at": (moment, [naive_utc(t.first_said_at) for t in told]),
        "retracted_at": (moment, [naive_utc(t.retracted_at) if t.retracted_at else None for t in told]),
        "ordinal": (pa.int32(), [t.ordinal for t in told]),
        "payload_sha256": (pa.string(), [t.payload_sha256 for t in told]),
        "carrier_sha256": (pa.string(), [t.carrier_sha256 or t.payload_sha256 for t in told]),
        "complete": (pa.bool_(), [t.statement.complete for t in told]),
        "origin": (pa.string(), [_origin_json(t.origin) for t in told]),
        "ignored_count": (pa.int64(), [t.statement.ignored for t in told]),
        "loaded_at": (moment, [naive_utc(loaded_at)] * len(told)),
        "entry": (pa.string(), [t.entry for t in told]),
        "digest": (pa.string(), [t.digest for t in told]),
    }
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})


def _origin_json(origin: Origin) -> str:
    return json.dumps({name: value for name, value in asdict(origin).items() if value}, sort_keys=True)


def incoming_rows(table: str, told: Sequence[Told]) -> pa.Table:
    """Rows of all statements, numbered by statement: (number, locator, the contract's columns)."""
    parts = [_numbered(number, t.rows) for number, t in enumerate(told) if t.rows is not None]
    listed = _listed(table, [t.statement for t in told])
    if parts and not listed.num_rows and all(part.schema == parts[0].schema for part in parts):
        return _whole(parts)
    return _whole([listed, *(part.cast(listed.schema) for part in parts)])


def _whole(parts: Sequence[pa.Table]) -> pa.Table:
    """In one piece: DuckDB takes a table piece by piece, and thousands of small ones take it ten times as long."""
    return pa.concat_tables(parts).combine_chunks()


def _numbered(number: int, rows: pa.Table) -> pa.Table:
    return rows.add_column(0, "number", pa.array(np.full(rows.num_rows, number, np.int64)))


def _listed(table: str, statements: Sequence[Statement]) -> pa.Table:
    names = ("locator", *all_columns(table))
    rows = [row for statement in statements for row in statement.rows]
    numbers = [number for number, statement in enumerate(statements) for _ in statement.rows]
    columns = {name: pa.array([as_text(row.get(name)) for row in rows], pa.string()) for name in names}
    return pa.table({"number": pa.array(numbers, pa.int64()), **columns})


def as_text(value: object) -> str | None:
    return None if value is None else str(value)


def _refused_key(table: str, key: Mapping[str, str | None]) -> str:
    """As the door writes it: every column of the key, null where it is not known."""
    return json.dumps({name: key.get(name) for name in key_columns(table)}, separators=(",", ":"), ensure_ascii=False)


def _incoming_refused(table: str, statements: Sequence[Statement]) -> pa.Table:
    refused = [(number, row) for number, statement in enumerate(statements) for row in statement.refused]
    columns: dict[str, Iterable[object]] = {
        "reason": (row.reason for _, row in refused),
        "row_text": (row.row_text[:2000] for _, row in refused),
        "locator": (row.locator for _, row in refused),
        "key": (_refused_key(table, row.key) for _, row in refused),
        "anchor": (row.key.get(anchor(table)) for _, row in refused),
    }
    texts = {name: pa.array(list(values), pa.string()) for name, values in columns.items()}
    return pa.table({"number": pa.array([number for number, _ in refused], pa.int64()), **texts})
