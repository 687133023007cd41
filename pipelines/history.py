"""Where Dagster keeps runs and events: two SQLite files in the home folder, each with one connection that stays open.

Dagster's own SQLite storages open, sync and close a file several times per event, and lay out a new file per run: with
some hundred events a run, that took longer than the run's work. These are the same storages on kept connections.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as db
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.sqlite import create_db_conn_string
from sqlalchemy.pool import QueuePool

from pipelines.home import Home

SETTINGS = """\
# Written by flopledger; `make ui` and `flopledger refresh` keep runs, events and schedules beside this file.
telemetry: {{enabled: false}}
nux: {{enabled: false}}
freshness: {{enabled: true}}
concurrency: {{runs: {{max_concurrent_runs: 1}}}}  # one writer to a home
run_storage: {{module: pipelines.history, class: RunHistory, config: {{base_dir: {folder}}}}}
event_log_storage: {{module: pipelines.history, class: EventHistory, config: {{base_dir: {folder}}}}}
compute_logs:  # steps print nothing; catching what they print would start a process per step
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def lay_out(home: Home) -> Path:
    """The folder that Dagster's UI needs as ``DAGSTER_HOME``, with its settings."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    settings, text = home.dagster / "dagster.yaml", SETTINGS.format(folder=json.dumps(str(home.dagster / "history")))
    if not settings.exists() or settings.read_text(encoding="utf-8") != text:
        settings.write_text(text, encoding="utf-8")
    return home.dagster


def _engine(address: str) -> db.Engine:
    """Connections that are kept. In WAL mode, which Dagster sets, NORMAL loses no event but to a failing machine."""
    engine = db.create_engine(address, poolclass=QueuePool, connect_args={"timeout": 30, "check_same_thread": False})

    @db.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine


class EventHistory(ConsolidatedSqliteEventLogStorage):
    """All events of all runs in one file."""

    @cached_property
    def _kept(self) -> db.Engine:
        return _engine(self._conn_string)

    @contextmanager
    def _connect(self) -> Iterator[db.Connection]:
        with self._kept.begin() as connection:
            yield connection

    def dispose(self) -> None:
        self._kept.dispose()
        super().dispose()  # type: ignore[no-untyped-call]


class RunHistory(SqliteRunStorage):
    """All runs in one file; one that exists is taken as it is."""

    @classmethod
    def from_local(cls, base_dir: str, inst_data: Any = None) -> "RunHistory":
        if (Path(base_dir) / "runs.db").exists():
            return cls(create_db_conn_string(base_dir, "runs"), inst_data)
        return super().from_local(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "RunHistory":
        return cls.from_local(inst_data=inst_data, **config_value)

    @cached_property
    def _kept(self) -> db.Engine:
        return _engine(self._conn_string)

    @contextmanager
    def connect(self) -> Iterator[db.Connection]:
        with self._kept.begin() as connection:
            yield connection

    def dispose(self) -> None:
        self._kept.dispose()
        super().dispose()


if __name__ == "__main__":
    lay_out(Home.at(None))
