"""The main job in this process: the assets that the schedule runs, in a run that Dagster's UI shows afterwards.

Dagster takes seconds to import: only this module and those that define assets do so, and the command line imports it
when a refresh is asked for.
"""

import logging
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines import steps
from pipelines.assets.sources import key
from pipelines.definitions import defs
from pipelines.home import Home
from pipelines.intake import Outcome
from pipelines.ledger import Tally
from pipelines.steps import SourceReport

_log = logging.getLogger(__name__)

INSTANCE = """\
# Written by flopledger refresh. Runs, events and schedules are kept beside this file.
telemetry: {enabled: false}
nux: {enabled: false}
freshness: {enabled: true}
concurrency: {runs: {max_concurrent_runs: 1}}  # one writer to a home
compute_logs:  # steps print nothing; catching what they print would start a process per step
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def run_refresh(
    home: Home, sources: Sequence[str], *, now: datetime, recorded: Path | None = None
) -> tuple[list[SourceReport], bool]:
    """Runs the assets of ``sources`` (none named: all), and what follows from them.

    Returns a row per source, and whether all of it went through to the published file. Where it did not, the published
    file is the last good one, and what stood in the way is logged as an error of one line.
    """
    names = steps.chosen(sources)
    with home.locked(), dg.DagsterInstance.from_config(str(lay_out(home))) as instance:
        result = defs.resolve_job_def("refresh").execute_in_process(
            instance=instance,
            asset_selection=selection(names),
            run_config=_config(home, now, recorded),
            raise_on_error=False,
        )
        for line in _failures(result):
            _log.error(line)
        return [_report(home, name, result) for name in names], result.success


def lay_out(home: Home) -> Path:
    """The folder that Dagster keeps its runs in (``DAGSTER_HOME`` for its UI), with its settings."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    settings = home.dagster / "dagster.yaml"
    if not settings.exists() or settings.read_text(encoding="utf-8") != INSTANCE:
        settings.write_text(INSTANCE, encoding="utf-8")
    return home.dagster


def selection(sources: Sequence[str]) -> list[dg.AssetKey]:
    """The assets of these sources, and everything that is built from the ledger."""
    own = {key(name, stage) for name in sources for stage in ("raw", "versions")}
    built = {dg.AssetKey(name) for name in (*steps.LEDGER, *steps.RELATIONS, "published")}
    return sorted(own | built)


def _config(home: Home, now: datetime, recorded: Path | None) -> dict[str, Any]:
    resource = {
        "path": str(home.path),
        "as_of": now.isoformat(),
        "recorded": str(recorded or ""),
        "is_locked": True,
    }
    quiet = {"console": {"config": {"log_level": "CRITICAL"}}}
    return {"resources": {"home": {"config": resource}}, "loggers": quiet}


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """A line per step that failed; those that were only skipped for it are not named."""
    lines = []
    for event in result.filter_events(lambda event: event.is_step_failure):
        error = event.step_failure_data.error
        while error and error.cause:
            error = error.cause
        found = " ".join(error.message.split()) if error else "no reason given"
        lines.append(f"{event.step_key}: {found}")
    return lines


def _report(home: Home, source: str, result: dg.ExecuteInProcessResult) -> SourceReport:
    """A source's row, from what its two assets recorded."""
    events = result.get_asset_materialization_events()
    told = {event.asset_key: event.materialization.metadata for event in events}
    raw, versions = told.get(key(source, "raw"), {}), told.get(key(source, "versions"), {})
    counts = {field.name: int(versions[field.name].value) for field in fields(Tally) if field.name in versions}
    payloads = int(versions["payloads"].value) if versions else 0
    failures = [line for metadata in (raw, versions) if metadata for line in metadata["failures"].value]
    outcome = Outcome(payloads, Tally(**counts), failures)
    return steps.report(home, source, outcome)
