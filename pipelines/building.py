"""Ledger -> what people read: relations, built one by one or all at once, and the file that is published."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb

from pipelines import marts, registry
from pipelines.comments import comment
from pipelines.fetch_log import FetchLog
from pipelines.fingerprint import fingerprint
from pipelines.home import Home
from pipelines.ledger import open_ledger
from pipelines.publish import publish
from pipelines.sql_files import sql
from sources.tables import TABLES

RESOLVED: dict[str, tuple[str, ...]] = {
    "rental_price": ("ledger/quality", "ledger/resolve_rental_price"),
    "api_price": ("ledger/resolve_api_price",),
    "api_price_conflict": ("marts/api_price_conflict",),
    "accelerator_spec": ("ledger/resolve_accelerator_spec", "marts/accelerator_spec"),
    "spec_conflict": ("marts/spec_conflict",),
    "spec_arithmetic": ("marts/spec_arithmetic",),
}
"""Several sources as one answer: relation -> its files, in order."""

LEDGER = (*(f"{table}_version" for table in TABLES), "sighting")
"""What the ledger itself says; nothing is built for these."""

RELATIONS = ("registry", *RESOLVED, *marts.STEPS, "source_status")
"""Everything that follows from the ledger, in an order in which it can be built on an empty home."""


@dataclass(frozen=True)
class Built:
    """A relation as it stands: its rows, and (name, type, comment) of its columns."""

    relation: str
    rows: int
    columns: tuple[tuple[str, str, str | None], ...]


def is_current(home: Home, *, now: datetime) -> bool:
    """Whether what is published is what the ledger, the code and the day say, so that there is nothing to build."""
    if not _is_published(home):
        return False
    with open_ledger(str(home.build)) as connection:
        return _is_built(connection, now)


def build_relation(home: Home, name: str, *, now: datetime) -> Built:
    """One of ``RELATIONS`` built, or one of ``LEDGER`` read."""
    with open_ledger(str(home.build)) as connection:
        if name in RELATIONS:
            if not is_half_built(connection):
                connection.execute(sql("ledger/being_built"))
            _build(connection, home, name, now)
        if name not in marts.STEPS:  # a mart says all itself
            comment(connection)
        return _described(connection, name)


def publish_built(home: Home, *, now: datetime) -> Path | None:
    """After every relation was built: says so in the ledger, and publishes it."""
    with open_ledger(str(home.build)) as connection:
        if not _is_built(connection, now):
            connection.execute(sql("ledger/built"), [code_version(), now.date()])
    return publish_if_new(home)


def relate(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Registry, resolved prices and specs, which need no mart."""
    _register(connection, home)
    for path in (path for paths in RESOLVED.values() for path in paths):
        connection.execute(sql(path))


def is_half_built(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether relations were begun to be built and never published: a check failed, or the process was killed."""
    return connection.execute("SELECT count(*) FROM book.built WHERE code_version IS NULL").fetchall() != [(0,)]


def _build(connection: duckdb.DuckDBPyConnection, home: Home, name: str, now: datetime) -> None:
    if name == "registry":
        _register(connection, home)
    elif name in marts.STEPS:
        marts.build_mart(connection, name, now)
    else:
        for path in RESOLVED.get(name, (f"marts/{name}",)):
            connection.execute(sql(path))


def _register(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    registry.register(connection)
    registry.register_fetches(connection, FetchLog(home.fetches).newest().values())


def _described(connection: duckdb.DuckDBPyConnection, name: str) -> Built:
    """How many rows a relation has, and its columns; of the registry, the accelerators."""
    relation = "accelerator" if name == "registry" else name
    columns = connection.execute(sql("ledger/columns"), [relation]).fetchall()
    return Built(relation, int(connection.table(relation).shape[0]), tuple((n, t, c) for n, t, c in columns))


def _is_built(connection: duckdb.DuckDBPyConnection, now: datetime) -> bool:
    found = connection.execute(sql("ledger/is_built"), [code_version(), now.date()]).fetchone()
    return bool(found and found[0])


@cache
def code_version() -> str:
    """Of all SQL, of what is asked of it and of the names it uses."""
    return fingerprint({"sql": (".sql", ".csv"), "pipelines": (".toml", ".csv"), "sources": (".csv",)})


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
    """The build file with what DuckDB has committed beside it: until a checkpoint the file itself does not change."""
    stat, log = home.build.stat(), home.build.with_name(f"{home.build.name}.wal")
    return f"{stat.st_mtime_ns} {stat.st_size} {log.stat().st_size if log.exists() else 0}"
