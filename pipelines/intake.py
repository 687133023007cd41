"""Archived payloads become statements in the ledger: each through its own reader, none twice.

A payload that cannot be read states nothing; its failure stands beside it, and every other payload goes on.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

import duckdb
import pyarrow as pa

from pipelines import facts, registry, rows
from pipelines.archive import Archive, ArchiveError, Entry, printable
from pipelines.fingerprint import fingerprint
from pipelines.ledger import Tally, Told, Withdrawal, naive_utc, retract, track, transaction
from pipelines.rereading import amended
from pipelines.time_limit import time_limit
from sources.source import Origin, Payload, PayloadError, Refused, Source, Statement, all_sources
from sources.tables import key_columns

READING_SECONDS = 600
"""Of one payload; the largest that are known take some seconds."""
TURN_BYTES = 32 << 20
"""Compressed payloads whose statements are held in memory and tracked at once; one that is larger comes alone."""
FACTS_READER = "facts-1"
ROWS_READER = "rows-1"


@dataclass
class Outcome:
    """What came of a source's payloads."""

    payloads: int = 0
    tally: Tally = field(default_factory=Tally)
    failures: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    """Why nothing was heard: a host that did not answer, a key that is missing. Its data ages; no failure."""
    got_in: int = 0
    kept_out: dict[str, int] = field(default_factory=dict)
    """Of a user's file, also of one that was taken in before: how many rows got in, and by reason how many did not."""


@dataclass
class Reading:
    """What payloads say that the ledger has not heard: statements by table, and what is withdrawn for them."""

    told: dict[str, list[Told]] = field(default_factory=dict)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    done: list[Entry] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Identity of an entry -> why it could not be read."""
    damaged: dict[str, str] = field(default_factory=dict)
    """Identity of an entry -> why it could not be had from the archive; it is not done."""


@cache
def parser_version() -> str:
    """Of all that parsers are made of, their tables of names included: one that was mended is another reader."""
    return fingerprint({"sources": (".py", ".csv", ".toml")})[:12]


def reader(entry: Entry) -> str:
    if entry.how == "facts":
        return FACTS_READER
    return ROWS_READER if entry.how == "rows" else f"{entry.source}-{parser_version()}"


def pending(connection: duckdb.DuckDBPyConnection, entries: Iterable[Entry]) -> list[Entry]:
    """The entries that the ledger has not taken in, and those that another reader took in than would now.

    A file of ours that another has taken the place of is not read a second time.
    """
    readers, entries = _readers(connection), list(entries)
    newest = {_name(entry): entry.identity for entry in entries}
    return [
        e
        for e in entries
        if e.identity not in readers
        or (readers[e.identity] != reader(e) and not (e.is_shipped and newest[_name(e)] != e.identity))
    ]


def _name(entry: Entry) -> tuple[str, str, str]:
    return entry.source, entry.how, entry.name


def _readers(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Of every entry that was read: by which reader last."""
    found = connection.execute("SELECT identity, max_by(reader, loaded_at) FROM book.payload GROUP BY identity")
    return dict(found.fetchall())


def failed_before(connection: duckdb.DuckDBPyConnection, identities: Collection[str]) -> list[str]:
    """Why those of the entries failed that could not be read when they were read last."""
    found = connection.execute(
        "SELECT arg_max({'why': failure}, loaded_at).why AS failure FROM book.payload "
        "WHERE identity IN (SELECT unnest($1)) GROUP BY identity HAVING failure IS NOT NULL ORDER BY 1",
        [list(identities)],
    )
    return [why for (why,) in found.fetchall()]


def take_in(
    connection: duckdb.DuckDBPyConnection, archive: Archive, entries: Sequence[Entry], *, loaded_at: datetime
) -> dict[str, Outcome]:
    """Reads the entries and tracks what they say, a table at a time and all of a table at once; by source."""
    outcomes = {source: Outcome(payloads=n) for source, n in Counter(entry.source for entry in entries).items()}
    if not registry.knows_all_accelerators(connection):
        registry.register(connection)
    for turn in _turns(entries, archive):
        _take_in_turn(connection, archive, turn, loaded_at, outcomes)
    return outcomes


def _take_in_turn(
    connection: duckdb.DuckDBPyConnection,
    archive: Archive,
    turn: Sequence[Entry],
    loaded_at: datetime,
    outcomes: Mapping[str, Outcome],
) -> None:
    """All entries at once; where the ledger cannot take what one of them says, each by itself, and that one fails."""
    reading = _read_turn(connection, archive, turn, loaded_at)
    try:
        tallies = _write(connection, reading, loaded_at)
    except duckdb.OperationalError:  # no room on the disk, no memory: nobody's payload is at fault
        raise
    except (duckdb.Error, pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        if len(turn) > 1:
            for entry in turn:
                _take_in_turn(connection, archive, [entry], loaded_at, outcomes)
            return
        reading = Reading(done=reading.done, failed={entry.identity: in_one_line(error) for entry in reading.done})
        tallies = _write(connection, reading, loaded_at)
    for source, tally in tallies.items():
        outcomes[source].tally += tally
    for entry in turn:
        wrong = reading.damaged.get(entry.identity) or reading.failed.get(entry.identity)
        outcomes[entry.source].failures += [wrong] if wrong else []


def _write(connection: duckdb.DuckDBPyConnection, reading: Reading, loaded_at: datetime) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    with transaction(connection):
        retract(connection, reading.withdrawals)
        for table, statements in reading.told.items():
            for source, tally in track(connection, table, statements, loaded_at=loaded_at).items():
                tallies[source] = tallies.get(source, Tally()) + tally
        _remember(connection, reading, loaded_at)
    return tallies


def _read_turn(
    connection: duckdb.DuckDBPyConnection, archive: Archive, entries: Sequence[Entry], loaded_at: datetime
) -> Reading:
    """An entry that cannot be read states nothing: what was read in it before stands."""
    reading, former = Reading(), _former(connection, archive, entries)
    for entry in entries:
        try:
            with time_limit(READING_SECONDS):
                said, before = read(entry, archive), former[entry.identity]
        except ArchiveError as error:  # the archive's fault, not the payload's: read again when that is mended
            reading.damaged[entry.identity] = in_one_line(error)
            continue
        except Exception as error:  # whatever a parser does with a page that nobody foresaw: the others go on
            reading.failed[entry.identity] = in_one_line(error)
            said, before = [], []
        if before:
            is_same = entry.identity in before
            at = loaded_at if is_same else entry.archived_at
            said, withdrawals = amended(connection, said, former=before, at=at, is_same=is_same)
            reading.withdrawals += withdrawals
        for told in said:
            reading.told.setdefault(told.statement.table, []).append(told)
        reading.done.append(entry)
    return reading


def _turns(entries: Sequence[Entry], archive: Archive) -> Iterator[list[Entry]]:
    """As much at once as memory allows; files of ours that took each other's place come one after the other."""
    ranks: dict[int, list[Entry]] = {}
    places: Counter[tuple[str, str, str]] = Counter()
    for entry in entries:
        ranks.setdefault(places[_name(entry)], []).append(entry)
        places[_name(entry)] += entry.is_shipped
    for rank in ranks.values():
        turn, size = list[Entry](), 0
        for entry in rank:
            more = archive.size(entry.sha256)
            if turn and size + more > TURN_BYTES:
                yield turn
                turn, size = [], 0
            turn.append(entry)
            size += more
        yield turn


def _former(connection: duckdb.DuckDBPyConnection, archive: Archive, entries: Sequence[Entry]) -> dict[str, list[str]]:
    """For each entry the arrivals whose statements it speaks of again: itself, and the files whose place it takes."""
    read = _readers(connection)
    shipped: dict[tuple[str, str, str], list[str]] = {}
    for entry in archive.entries() if any(entry.is_shipped for entry in entries) else ():
        shipped.setdefault(_name(entry), []).append(entry.identity)
    own = {entry.identity: shipped[_name(entry)] if entry.is_shipped else [entry.identity] for entry in entries}
    return {identity: [arrival for arrival in arrivals if arrival in read] for identity, arrivals in own.items()}


def in_one_line(error: Exception) -> str:
    """What went wrong; of an error that nobody foresaw, also its kind."""
    text = printable(" ".join(str(error).split())[:300])
    return text if isinstance(error, PayloadError | ArchiveError) else f"{type(error).__name__}: {text}"


def read(entry: Entry, archive: Archive) -> list[Told]:
    """The statements of one archived payload."""
    content = archive.content(entry.sha256)
    if entry.how == "facts":
        return facts.read(content, entry)
    if entry.how == "rows":
        return [rows.read(content, entry)]
    return _parsed(entry, content)


def _parsed(entry: Entry, content: bytes) -> list[Told]:
    payload = Payload(content, entry.name, entry.recorded_at, entry.origin, entry.ordinal)
    source = all_sources()[entry.source]
    origin = Origin(url=source.homepage) if entry.is_shipped else entry.origin
    return [
        Told(
            statement,
            entry.source,
            statement.recorded_at or entry.recorded_at,
            entry.sha256,
            origin,
            entry.ordinal,
            entry=entry.identity,
            digest=digest(statement),
        )
        for statement in (_observed(source, said) for said in source.parse(payload))
    ]


def _observed(source: Source, said: Statement) -> Statement:
    """What is dated before the upstream existed was not observed by it: its rows stay at the door."""
    if source.began_on is None or said.valid_at is None or naive_utc(said.valid_at).date() >= source.began_on:
        return said
    known = key_columns(said.table)
    refused = [
        Refused(
            "older_than_upstream",
            str(row.get("locator") or ""),
            f"of {said.valid_at:%Y-%m-%d}; {source.name} began on {source.began_on}",
            {name: str(row[name]) for name in known if row.get(name) is not None},
        )
        for row in said.rows
    ]
    return replace(said, rows=[], refused=[*said.refused, *refused])


def digest(statement: Statement) -> str:
    """Of what a parser read: rows and refusals in any order, wherever in the payload they stood."""
    read = [{name: str(value) for name, value in row.items() if value is not None} for row in statement.rows]
    lines = [json.dumps({**row, "locator": ""}, sort_keys=True) for row in read]
    lines += [json.dumps([refused.reason, dict(refused.key)], sort_keys=True) for refused in statement.refused]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:32]


def _remember(connection: duckdb.DuckDBPyConnection, reading: Reading, loaded_at: datetime) -> None:
    entries, failed = reading.done, reading.failed
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
    connection.register("arrived", table)
    connection.execute("INSERT INTO book.payload SELECT * FROM arrived")
    connection.unregister("arrived")
