"""The main job in plain functions: collect, track, build, publish. The assets and the command line both call these."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from pipelines import facts, marts, registry
from pipelines.archive import Archive, ArchiveError, Entry, read_file
from pipelines.home import Home, HomeError
from pipelines.intake import Outcome, pending, take_in
from pipelines.ledger import LedgerError, open_ledger
from pipelines.publish import publish
from pipelines.sql_files import sql
from sources.contracts import CONTRACTS
from sources.source import all_sources


class UnknownSource(ValueError):
    """A source that does not exist. One line, with the ones that do."""


@dataclass(frozen=True)
class SourceReport:
    """What a refresh did for one source."""

    source: str
    state: str
    payloads: int
    rows: int
    new_versions: int
    closed: int
    quarantined: int
    age_hours: float | None
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Built:
    """A relation as it stands after a step: its rows, and (name, type, comment) of its columns."""

    relation: str
    rows: int
    columns: tuple[tuple[str, str, str | None], ...]


RESOLVED: dict[str, tuple[str, ...]] = {
    "rental_price": ("ledger/quality", "ledger/resolve_rental_price"),
    "api_price": ("ledger/resolve_api_price",),
    "accelerator_spec": ("ledger/resolve_accelerator_spec", "marts/accelerator_spec"),
    "spec_conflict": ("marts/spec_conflict",),
}
"""What people and marts read of the ledger: several sources as one answer. Relation -> its files, in order."""

LEDGER = (*(f"{table}_version" for table in CONTRACTS), "sighting")
"""What the ledger itself says; nothing is built for these."""

RELATIONS = ("registry", *RESOLVED, *marts.STEPS, "source_status")
"""Everything that follows from the ledger, in an order in which it can be built."""


def chosen(names: Sequence[str]) -> list[str]:
    """The sources that are meant: all of them if none is named."""
    unknown = [name for name in names if name not in all_sources()]
    if unknown:
        raise UnknownSource(f"source {unknown[0]!r} does not exist; there are {', '.join(all_sources())}")
    return list(names) or list(all_sources())


def archive_source(home: Home, source: str, *, now: datetime, recorded: Path | None = None) -> Outcome:
    """``collect``, with what went wrong beside it."""
    return _attempt(lambda: Outcome(payloads=len(collect(home, source, now=now, recorded=recorded))))


def take_in_and_tell(home: Home, source: str, *, now: datetime) -> tuple[Outcome, list[tuple[str, int, str | None]]]:
    """``take_in_source``, with what went wrong beside it, and (reason, rows, example) of all that was ever kept out."""
    outcome = _attempt(lambda: take_in_source(home, source, now=now))
    with open_ledger(str(home.build)) as connection:
        return outcome, connection.execute(sql("ledger/refused_by_reason"), [source]).fetchall()


def _attempt(step: Callable[[], Outcome]) -> Outcome:
    """What a source's own payloads do stops no other source; a ledger that cannot be used stops everything."""
    try:
        return step()
    except (LedgerError, HomeError):
        raise
    except Exception as error:  # whatever a parser does with a page that nobody foresaw: it is tried again next time
        found = " ".join(str(error).split())[:300]
        return Outcome(failures=[found if isinstance(error, ArchiveError) else f"{type(error).__name__}: {found}"])


def collect(home: Home, source: str, *, now: datetime, recorded: Path | None = None) -> list[Entry]:
    """Archives what the source has for us that is not archived yet: its fact files, embedded or in ``recorded``."""
    archive = Archive(home.archive)
    arrived = []
    for path in facts.embedded(recorded):
        if path.name.split(".", 1)[0] != source:
            continue
        sha256 = archive.keep(read_file(path))
        arrived.append(Entry(sha256, source, path.name, "facts", now, now))
    return archive.note([entry for entry in arrived if not _is_noted(archive, entry)])


def _is_noted(archive: Archive, entry: Entry) -> bool:
    """A fact file is the same whenever it is read: its facts carry their own times."""
    return any(e.sha256 == entry.sha256 and e.source == entry.source and e.how == "facts" for e in archive.entries())


def take_in_source(home: Home, source: str, *, now: datetime) -> Outcome:
    """Brings the ledger up to what the archive holds of a source; a killed run's rest is taken in by the next."""
    archive = Archive(home.archive)
    with open_ledger(str(home.build)) as connection:
        entries = pending(connection, [entry for entry in archive.entries() if entry.source == source])
        return take_in(connection, archive, entries, loaded_at=now) if entries else Outcome()


def build(home: Home, *, now: datetime, force: bool = False) -> dict[str, int]:
    """Rebuilds what follows from the ledger if the ledger, the code or the day is another; rows by relation."""
    with open_ledger(str(home.build)) as connection:
        if not force and _is_built(connection, now):
            return {}
        relate(connection)
        for name in (*marts.STEPS, "source_status"):
            _build(connection, name, now)
        _stamp_built(connection, now)
        return {name: describe(connection, name).rows for name in RELATIONS}


def build_relation(home: Home, name: str, *, now: datetime) -> Built | None:
    """One of ``RELATIONS`` built, or one of ``LEDGER`` read; None if what is published says it all already."""
    is_published = _is_published(home)
    with open_ledger(str(home.build)) as connection:
        if is_published and _is_built(connection, now):
            return None
        if name in RELATIONS:
            _build(connection, name, now)
        return describe(connection, name)


def _build(connection: duckdb.DuckDBPyConnection, name: str, now: datetime) -> None:
    if name == "registry":
        registry.register(connection)
    elif name in marts.STEPS:
        marts.build_mart(connection, name, now)
    else:
        for path in RESOLVED.get(name, (f"marts/{name}",)):
            connection.execute(sql(path))


def describe(connection: duckdb.DuckDBPyConnection, name: str) -> Built:
    """How many rows a relation has, and its columns; of the registry, the accelerators."""
    relation = "accelerator" if name == "registry" else name
    columns = connection.execute(sql("ledger/columns"), [relation]).fetchall()
    return Built(relation, int(connection.table(relation).shape[0]), tuple((n, t, c) for n, t, c in columns))


def relate(connection: duckdb.DuckDBPyConnection) -> None:
    """The relations that people and marts read: registry, resolved prices and specs. No mart need be built for them."""
    for name in ("registry", *RESOLVED):
        _build(connection, name, datetime.min)


def _stamp_built(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    connection.execute(sql("ledger/built"), [code_version(), now.date()])


def _is_built(connection: duckdb.DuckDBPyConnection, now: datetime) -> bool:
    found = connection.execute(sql("ledger/is_built"), [code_version(), now.date()]).fetchone()
    return bool(found and found[0])


@cache
def code_version() -> str:
    """A hash of all SQL, of what is asked of it and of the names it uses."""
    digest = hashlib.sha256()
    folders = [(files("sql"), ".sql"), (files("pipelines"), ".toml"), (files("pipelines"), ".csv")]
    for folder, ending in [*folders, (files("sources"), ".csv")]:
        for path in sorted(Path(str(folder)).rglob(f"*{ending}")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def publish_built(home: Home, *, now: datetime) -> Path | None:
    """After every relation was built: says so in the ledger, and publishes it."""
    with open_ledger(str(home.build)) as connection:
        if not _is_built(connection, now):
            _stamp_built(connection, now)
    return publish_if_new(home)


def publish_if_new(home: Home) -> Path | None:
    """Publishes unless the published file is already what was built last."""
    if _is_published(home):
        return None
    with open_ledger(str(home.build)) as connection:
        version = publish(home, connection)
    _mark(home).write_text(_state(home))
    return version


def _mark(home: Home) -> Path:
    return home.build.with_suffix(".published")


def _is_published(home: Home) -> bool:
    mark = _mark(home)
    return home.published.exists() and mark.exists() and mark.read_text() == _state(home)


def _state(home: Home) -> str:
    stat = home.build.stat()
    return f"{stat.st_mtime_ns} {stat.st_size}"


def report(home: Home, source: str, outcome: Outcome) -> SourceReport:
    """A row of what ``refresh`` prints."""
    with duckdb.connect(str(home.build), read_only=True) as connection:
        found = connection.execute(sql("ledger/source_row"), [source]).fetchone()
    state, age_hours = (str(found[0]), found[1]) if found else ("empty", None)
    tally = outcome.tally
    return SourceReport(
        source=source,
        state="failed" if outcome.failures else state,
        payloads=outcome.payloads,
        rows=tally.rows,
        new_versions=tally.opened,
        closed=tally.closed,
        quarantined=tally.quarantined,
        age_hours=age_hours,
        failures=outcome.failures,
    )
