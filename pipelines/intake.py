"""Archived payloads become statements in the ledger: each through its own reader, none twice.

A payload that cannot be read states nothing; its failure stands beside it, and every other payload goes on.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines import facts, registry, rows
from pipelines.archive import Archive, ArchiveError, Entry
from pipelines.ledger import Tally, Told, naive_utc, track, transaction
from sources.source import Payload, PayloadError, all_sources

FACTS_READER = "facts-1"
ROWS_READER = "rows-1"


@dataclass
class Outcome:
    """What came of a source's payloads."""

    payloads: int = 0
    tally: Tally = field(default_factory=Tally)
    failures: list[str] = field(default_factory=list)


@cache
def parser_version() -> str:
    """A hash of all that parsers are made of, their tables of names included: one that was mended is another reader."""
    package = Path(str(files("sources")))
    parts = sorted(path for ending in ("py", "csv", "toml") for path in package.rglob(f"*.{ending}"))
    digest = hashlib.sha256()
    for path in parts:
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def reader(entry: Entry) -> str:
    if entry.how == "facts":
        return FACTS_READER
    return ROWS_READER if entry.how == "rows" else f"{entry.source}-{parser_version()}"


def pending(connection: duckdb.DuckDBPyConnection, entries: Iterable[Entry]) -> list[Entry]:
    """The entries that the ledger has not taken in, and those that another reader took in than would now."""
    earlier = _readings(connection)
    return [e for e in entries if e.identity not in earlier or earlier[e.identity][0] != reader(e)]


def _readings(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    """Of every entry that was read: by which reader last, and the digest of what it said."""
    found = connection.execute(
        "SELECT identity, max_by(reader, loaded_at), max_by(digest, loaded_at) FROM book.payload GROUP BY identity"
    ).fetchall()
    return {identity: (by, digest) for identity, by, digest in found}


def take_in(
    connection: duckdb.DuckDBPyConnection, archive: Archive, entries: Sequence[Entry], *, loaded_at: datetime
) -> Outcome:
    """Reads the entries of one source and tracks what they say, a table at a time and all of a table at once.

    What a mended parser reads in a payload of before, if it says something else now, is a correction: known from
    ``loaded_at`` on, so that what was believed until then stays answerable.
    """
    outcome = Outcome(payloads=len(entries))
    registry.register(connection)
    told: dict[str, list[Told]] = {}
    done: list[Entry] = []
    digests, failed, earlier = {}, {}, _readings(connection)
    for entry in entries:
        try:
            said = list(read(entry, archive))
            digests[entry.identity] = _digest(entry, said)
        except ArchiveError as error:  # the archive's fault, not the payload's: read again when that is mended
            outcome.failures.append(str(error))
            continue
        except Exception as error:  # whatever a parser does with a page that nobody foresaw: the others go on
            said, failed[entry.identity] = [], _told(error)
        done.append(entry)
        if entry.identity in earlier:
            is_other = earlier[entry.identity][1] != digests.get(entry.identity)
            said = _corrections(said, loaded_at) if is_other else []
        for table, statements in said:
            told.setdefault(table, []).extend(statements)
    outcome.failures += failed.values()
    for table, statements in told.items():
        outcome.tally += track(connection, table, statements, loaded_at=loaded_at)
    _remember(connection, done, digests, failed, loaded_at)
    return outcome


def _told(error: Exception) -> str:
    text = " ".join(str(error).split())[:300]
    return text if isinstance(error, PayloadError) else f"{type(error).__name__}: {text}"


def _digest(entry: Entry, said: Sequence[tuple[str, list[Told]]]) -> str:
    """Of what a parser read; what is in our own form says the same whoever reads it."""
    if entry.how != "parser":
        return entry.sha256
    return hashlib.sha256(repr([told.statement for _, statements in said for told in statements]).encode()).hexdigest()


def _corrections(said: Sequence[tuple[str, list[Told]]], known_from: datetime) -> list[tuple[str, list[Told]]]:
    return [(table, [_correction(told, known_from) for told in statements]) for table, statements in said]


def _correction(told: Told, known_from: datetime) -> Told:
    """Of the same moment, on record since ``known_from``."""
    valid_at = told.statement.valid_at or told.recorded_at
    return replace(told, statement=replace(told.statement, valid_at=valid_at), recorded_at=known_from)


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
    connection: duckdb.DuckDBPyConnection,
    entries: Sequence[Entry],
    digests: dict[str, str],
    failed: dict[str, str],
    loaded_at: datetime,
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
            "digest": pa.array([digests.get(e.identity) for e in entries], pa.string()),
        }
    )
    with transaction(connection):
        connection.register("arrived", table)
        connection.execute("INSERT INTO book.payload SELECT * FROM arrived")
        connection.unregister("arrived")
