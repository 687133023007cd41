"""The main job in plain functions: collect, track, build, publish. The assets and the command line both call these."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path

from pipelines import facts, intake, registry
from pipelines.archive import Archive, Entry, How, printable, read_file
from pipelines.building import is_half_built, publish_if_new, relate
from pipelines.comments import comment
from pipelines.fetch_log import FetchLog
from pipelines.home import Home, HomeError
from pipelines.intake import Outcome, failed_before, in_one_line, pending, take_in
from pipelines.ledger import open_ledger
from pipelines.marts import provider_markets
from pipelines.moments import on_record, was_so
from pipelines.sql_files import sql
from pipelines.usage import WrongUsage
from sources.source import Payload, all_sources
from sources.tables import TABLES, key_columns, sql_type

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class UnknownSource(WrongUsage):
    """A source that does not exist. One line, with the ones that do."""


class RefreshError(RuntimeError):
    """The main job did not go through; what is published is the last good file. One line: which step, and why."""


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
    unheard: list[str] = field(default_factory=list)
    doubt: str = ""
    """Why its word is to be read with care."""


def chosen(names: Sequence[str]) -> list[str]:
    """The sources that are meant: all of them if none is named."""
    unknown = [name for name in names if name not in all_sources()]
    if unknown:
        raise UnknownSource(f"source {unknown[0]!r} does not exist; there are {', '.join(all_sources())}")
    return list(names) or list(all_sources())


def collect(
    home: Home, sources: Sequence[str], *, now: datetime, recorded: Path | None = None, is_offline: bool = True
) -> dict[str, Outcome]:
    """Archives what the sources have for us: fact files and tables that come with the code, then the upstreams' own."""
    outcomes = {source: _attempt(partial(_collect_shipped, home, source, now, recorded)) for source in sources}
    if not is_offline:
        _ask_upstreams(home, outcomes, now)
    return outcomes


def _ask_upstreams(home: Home, outcomes: Mapping[str, Outcome], now: datetime) -> None:
    """Adds to the outcomes what came, what could not be used, and whose host is silent; for a key one only waits."""
    from pipelines import collecting  # httpx takes a while to import, and who is offline needs none

    archive, log = Archive(home.archive), FetchLog(home.fetches)
    todo = collecting.errands((all_sources()[name] for name in outcomes), archive, log)
    fetches, arrived = collecting.collect(todo, archive, now=now)
    log.add(fetches)
    for entry in arrived:
        outcomes[entry.source].payloads += 1
    for fetch in fetches:
        if fetch.state == "unusable":
            outcomes[fetch.source].failures.append(fetch.why)
        elif fetch.state == "unreachable" and fetch.why not in outcomes[fetch.source].unheard:
            outcomes[fetch.source].unheard.append(fetch.why)


def refused(home: Home, sources: Sequence[str]) -> dict[str, list[tuple[str, int, str | None]]]:
    """By source, (reason, rows, example) of all that was ever kept out."""
    with open_ledger(str(home.build)) as connection:
        return {name: connection.execute(sql("ledger/refused_by_reason"), [name]).fetchall() for name in sources}


def _attempt(step: Callable[[], Outcome]) -> Outcome:
    """What a source's own payloads do stops no other source; a ledger that cannot be used stops everything."""
    try:
        return step()
    except HomeError:
        raise
    except Exception as error:  # whatever a parser does with a page that nobody foresaw: it is tried again next time
        return Outcome(failures=[in_one_line(error)])


def _collect_shipped(home: Home, source: str, now: datetime, recorded: Path | None) -> Outcome:
    """What comes with the code and is not archived yet. Fact files are those of ``recorded`` where that is named."""
    archive = Archive(home.archive)
    noted = _in_place(archive.entries())
    arrived = []
    for path, how in _shipped(source, recorded):
        sha256 = archive.keep(read_file(path))
        if noted.get((source, how, path.name)) != sha256:
            arrived.append(Entry(sha256, source, path.name, how, now, now))
    return Outcome(payloads=len(archive.note(arrived)))


def _in_place(entries: Iterable[Entry]) -> dict[tuple[str, How, str], str]:
    """sha256 of the newest of each file that comes with the code: one that is put back is news as well."""
    return {(entry.source, entry.how, entry.name): entry.sha256 for entry in entries}


def _shipped(source: str, recorded: Path | None) -> list[tuple[Path, How]]:
    found: list[tuple[Path, How]] = [
        (path, "facts") for path in facts.embedded(recorded) if path.name.split(".", 1)[0] == source
    ]
    return found + [(Path(str(files("sources").joinpath(name))), "shipped") for name in all_sources()[source].ships]


def waiting(home: Home, sources: Sequence[str]) -> list[str]:
    """The sources of which the archive holds something that the ledger has not taken in."""
    with open_ledger(str(home.build)) as connection:
        found = {entry.source for entry in pending(connection, Archive(home.archive).entries())}
    return [source for source in sources if source in found]


def has_news(home: Home, sources: Sequence[str], *, recorded: Path | None = None) -> bool:
    """Whether a source has something that is not archived, or an upstream is heard, or silent, where it was not."""
    noted = _in_place(Archive(home.archive).entries())
    for source in sources:
        for path, how in _shipped(source, recorded):
            if noted.get((source, how, path.name)) != hashlib.sha256(read_file(path)).hexdigest():
                return True
    states = {(f.source, f.url, f.state, f.why) for f in FetchLog(home.fetches).newest().values()}
    with open_ledger(str(home.build)) as connection:
        return states != registry.fetch_states(connection)


def ingest(
    home: Home, source: str, payloads: Iterable[Payload], *, now: datetime, progress: Callable[[int], None]
) -> Outcome:
    """Archives recorded payloads and takes in those that the ledger does not have."""
    archive, entries = Archive(home.archive), []
    for number, payload in enumerate(payloads, start=1):
        sha256 = archive.keep(payload.content)
        when, origin = payload.recorded_at, payload.origin
        entries.append(Entry(sha256, source, payload.name, "parser", when, now, origin, payload.ordinal))
        progress(number)
    archive.note(entries)
    with open_ledger(str(home.build)) as connection:
        waiting = pending(connection, entries)
        outcome = take_in(connection, archive, waiting, loaded_at=now).get(source, Outcome())
        known = {entry.identity for entry in entries} - {entry.identity for entry in waiting}
        outcome.failures += [f"{line} (as before: the parser is the same)" for line in failed_before(connection, known)]
        return outcome


def load(
    home: Home,
    table: str,
    file: Path,
    *,
    source: str,
    observed_at: str,
    recorded_at: str | None,
    complete: bool,
    scope: Sequence[str],
    now: datetime,
) -> Outcome:
    """A user's rows as one statement: archived, examined at the door, tracked."""
    if table not in TABLES:
        raise WrongUsage(f"table {table!r} does not exist; there are {', '.join(TABLES)}")
    if source.lower() in all_sources():
        raise WrongUsage(f"source {source!r} is an upstream's name; give your rows a name of their own")
    if source.lower() in {row["provider"] for row in provider_markets()}:
        raise WrongUsage(f"source {source!r} is a provider's name; give your rows a name of their own")
    if not _NAME.fullmatch(source):
        raise WrongUsage(f"source {source!r}: expected a name of letters, digits, '.', '_' and '-', at most 64")
    if not file.is_file():
        raise WrongUsage(f"{file}: no file is there; expected CSV, Parquet or JSON with the columns of {table}")
    when = on_record(recorded_at, now=now)
    options = {
        "table": table,
        "observed_at": was_so(observed_at, recorded_at=when).isoformat(),
        "complete": complete,
        "scope": _scope(table, scope),
    }
    archive = Archive(home.archive)
    sha256 = archive.keep(read_file(file))
    entry = Entry(sha256, source, printable(file.name.removesuffix(".gz")), "rows", when, now, options=options)
    intake.read(entry, archive)  # a file that cannot be read states nothing and is not noted
    archive.note([entry])
    with open_ledger(str(home.build)) as connection:
        outcome = take_in(connection, archive, pending(connection, [entry]), loaded_at=now).get(source, Outcome())
        outcome.got_in = connection.execute(sql("ledger/got_in"), [entry.identity]).fetchall()[0][0]
        outcome.kept_out = dict(connection.execute(sql("ledger/kept_out"), [entry.identity]).fetchall())
        return outcome


def _scope(table: str, given: Sequence[str]) -> dict[str, str]:
    scope = {column: value for column, _, value in (part.partition("=") for part in given)}
    for column, value in scope.items():
        if not value or column not in key_columns(table) or sql_type(table, column) != "VARCHAR":
            expected = ", ".join(name for name in key_columns(table) if sql_type(table, name) == "VARCHAR")
            raise WrongUsage(f"scope {column!r}: expected COLUMN=VALUE with a column of {expected}")
    return scope


def export_facts(home: Home, sources: Sequence[str], folder: Path, *, without_repeats: bool = False) -> list[Path]:
    """Fact files of the sources that may be shipped and do not come with the code already."""
    if folder.exists() and not folder.is_dir():
        raise WrongUsage(f"{folder}: a file; expected a folder for the fact files")
    written = []
    with open_ledger(str(home.build)) as connection:
        for name in sources:
            source = all_sources()[name]
            if not source.redistributable or source.ships:
                continue
            paths = (
                facts.export(connection, name, table, folder, without_repeats=without_repeats)
                for table in source.tables
            )
            written += [path for path in paths if path is not None]
    return written


def doubts(home: Home, sources: Sequence[str]) -> dict[str, str]:
    """Of those of the sources whose word is to be read with care: why."""
    with open_ledger(str(home.build)) as connection:
        found = connection.execute("SELECT source, why FROM source_doubt ORDER BY source").fetchall()
    return {source: why for source, why in found if source in sources}


def publish_loaded(home: Home) -> Path | None:
    """Publishes after rows were loaded: everything people read exists, also before the first refresh; marts wait."""
    with open_ledger(str(home.build)) as connection:
        if is_half_built(connection):
            raise RefreshError(
                "the rows were taken in and were not published: the last refresh did not end; run `flopledger refresh`"
            )
        relate(connection, home)
        for path in ("as_of_if_missing", "source_credibility", "scope_collapse", "source_doubt", "source_status"):
            connection.execute(sql(f"marts/{path}"))
        comment(connection)
    return publish_if_new(home)


def take_in_sources(home: Home, sources: Sequence[str], *, now: datetime) -> dict[str, Outcome]:
    """Brings the ledger up to what the archive holds of the sources; a killed run's rest is taken in by the next.

    All at once, because a statement in SQL costs as much for one source as for forty; each by itself where that fails.
    """
    try:
        return _take_in(home, sources, now)
    except HomeError:
        raise
    except Exception:  # whatever one source's payload did
        return {source: _attempt(partial(_take_in_one, home, source, now)) for source in sources}


def _take_in_one(home: Home, source: str, now: datetime) -> Outcome:
    return _take_in(home, [source], now)[source]


def _take_in(home: Home, sources: Sequence[str], now: datetime) -> dict[str, Outcome]:
    archive = Archive(home.archive)
    with open_ledger(str(home.build)) as connection:
        entries = pending(connection, [entry for entry in archive.entries() if entry.source in sources])
        outcomes = take_in(connection, archive, entries, loaded_at=now) if entries else {}
    return {source: outcomes.get(source, Outcome()) for source in sources}


def take_in_loaded(home: Home, *, now: datetime) -> dict[str, Outcome]:
    """By source, users' rows that are archived and not in the ledger: it was made anew, or a process was killed."""
    archive = Archive(home.archive)
    loaded = [entry for entry in archive.entries() if entry.how == "rows"]
    with open_ledger(str(home.build)) as connection:
        waiting = pending(connection, loaded)
        return take_in(connection, archive, waiting, loaded_at=now) if waiting else {}


def report(home: Home, source: str, outcome: Outcome) -> SourceReport:
    """A row of what ``refresh`` prints."""
    with open_ledger(str(home.build)) as connection:
        found = connection.execute(sql("ledger/source_row"), [source]).fetchone()
    state, age_hours, doubt = found or ("empty", None, "")
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
        unheard=outcome.unheard,
        doubt=doubt,
    )
