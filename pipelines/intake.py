"""Archived payloads become statements in the ledger: each through its own reader, none twice.

A payload that cannot be read states nothing; its failure stands beside it, and every other payload goes on.
"""

import hashlib
import importlib
import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import duckdb
import pyarrow as pa

from pipelines import facts, registry, rows
from pipelines.archive import Archive, ArchiveError, Entry
from pipelines.ledger import Tally, Told, naive_utc, track, transaction
from sources.source import Payload, PayloadError, Source, all_sources

FACTS_READER = "facts-1"
ROWS_READER = "rows-1"


@dataclass
class Outcome:
    """What came of a source's payloads."""

    payloads: int = 0
    tally: Tally = field(default_factory=Tally)
    failures: list[str] = field(default_factory=list)


@cache
def parser_version(source: Source) -> str:
    """A hash of the module that parses, so that a mended parser is another reader."""
    module = importlib.import_module(source.parse.__module__)
    return hashlib.sha256(inspect.getsource(module).encode()).hexdigest()[:12]


def reader(entry: Entry) -> str:
    if entry.how == "facts":
        return FACTS_READER
    return ROWS_READER if entry.how == "rows" else f"{entry.source}-{parser_version(all_sources()[entry.source])}"


def pending(connection: duckdb.DuckDBPyConnection, entries: Iterable[Entry]) -> list[Entry]:
    """The entries that the ledger has not taken in."""
    taken = {row[0] for row in connection.execute("SELECT identity FROM book.payload").fetchall()}
    return [entry for entry in entries if entry.identity not in taken]


def take_in(
    connection: duckdb.DuckDBPyConnection, archive: Archive, entries: Sequence[Entry], *, loaded_at: datetime
) -> Outcome:
    """Reads the entries of one source and tracks what they say, a table at a time and all of a table at once."""
    outcome = Outcome(payloads=len(entries))
    registry.register(connection)
    told: dict[str, list[Told]] = {}
    failed: dict[str, str] = {}
    for entry in entries:
        try:
            for table, statements in read(entry, archive):
                told.setdefault(table, []).extend(statements)
        except (PayloadError, ArchiveError) as error:
            failed[entry.identity] = str(error)
    outcome.failures = list(failed.values())
    for table, statements in told.items():
        outcome.tally += track(connection, table, statements, loaded_at=loaded_at)
    _remember(connection, entries, failed, loaded_at)
    return outcome


def read(entry: Entry, archive: Archive) -> Iterable[tuple[str, list[Told]]]:
    """(table, statements) of one archived payload."""
    content = archive.content(entry.sha256)
    if entry.how == "facts":
        return facts.read(content, name=entry.name, source=entry.source, carrier_sha256=entry.sha256)
    if entry.how == "rows":
        return rows.read(content, entry)
    return _parsed(entry, content)


def _parsed(entry: Entry, content: bytes) -> list[tuple[str, list[Told]]]:
    payload = Payload(content, entry.name, entry.recorded_at, entry.origin, entry.ordinal)
    told: dict[str, list[Told]] = {}
    for statement in all_sources()[entry.source].parse(payload):
        recorded_at = statement.recorded_at or entry.recorded_at
        telling = Told(statement, entry.source, recorded_at, entry.sha256, entry.origin, entry.ordinal)
        told.setdefault(statement.table, []).append(telling)
    return list(told.items())


def _remember(
    connection: duckdb.DuckDBPyConnection, entries: Sequence[Entry], failed: dict[str, str], loaded_at: datetime
) -> None:
    table = pa.table(
        {
            "identity": [e.identity for e in entries],
            "sha256": [e.sha256 for e in entries],
            "source": [e.source for e in entries],
            "name": [e.name for e in entries],
            "recorded_at": pa.array([naive_utc(e.recorded_at) for e in entries], pa.timestamp("us")),
            "reader": [reader(e) for e in entries],
            "loaded_at": pa.array([naive_utc(loaded_at)] * len(entries), pa.timestamp("us")),
            "failure": pa.array([failed.get(e.identity) for e in entries], pa.string()),
        }
    )
    with transaction(connection):
        connection.register("arrived", table)
        connection.execute("INSERT INTO book.payload SELECT * FROM arrived")
        connection.unregister("arrived")
