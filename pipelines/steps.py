"""The main job in plain functions: collect, track, build, publish. The assets and the command line both call these."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from pipelines import facts, marts, registry
from pipelines.archive import Archive, Entry, read_file
from pipelines.home import Home
from pipelines.intake import Outcome, pending, take_in
from pipelines.ledger import open_ledger
from pipelines.publish import publish
from pipelines.sql_files import sql
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


def chosen(names: Sequence[str]) -> list[str]:
    """The sources that are meant: all of them if none is named."""
    unknown = [name for name in names if name not in all_sources()]
    if unknown:
        raise UnknownSource(f"source {unknown[0]!r} does not exist; there are {', '.join(all_sources())}")
    return list(names) or list(all_sources())


def collect(home: Home, source: str, *, now: datetime) -> list[Entry]:
    """Archives what the source has for us that is not archived yet: its embedded fact files."""
    archive = Archive(home.archive)
    arrived = []
    for path in facts.embedded():
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
        counts = marts.build_marts(connection, now)
        connection.execute(sql("marts/source_status"))
        connection.execute(sql("ledger/built"), [code_version(), now.date()])
        return counts


def relate(connection: duckdb.DuckDBPyConnection) -> None:
    """The relations that people and marts read: registry, resolved prices and specs."""
    registry.register(connection)
    for path in ("ledger/quality", "ledger/resolve_rental_price", "ledger/resolve_api_price"):
        connection.execute(sql(path))
    for path in ("ledger/resolve_accelerator_spec", "marts/accelerator_spec", "marts/spec_conflict"):
        connection.execute(sql(path))


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


def publish_if_new(home: Home) -> Path | None:
    """Publishes unless the published file is already what was built last."""
    mark = home.build.with_suffix(".published")
    if home.published.exists() and mark.exists() and mark.read_text() == _state(home):
        return None
    with open_ledger(str(home.build)) as connection:
        version = publish(home, connection)
    mark.write_text(_state(home))
    return version


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
