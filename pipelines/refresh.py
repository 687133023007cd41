"""The main job in this process: the assets that the schedule runs, in a run that Dagster's UI shows afterwards.

Dagster takes seconds to import: only this module and those that define assets do so, and the command line imports it
when a refresh is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines import steps
from pipelines.assets.sources import key
from pipelines.building import LEDGER, RELATIONS
from pipelines.definitions import defs
from pipelines.home import Home
from pipelines.intake import Outcome
from pipelines.ledger import Tally
from pipelines.steps import SourceReport

_PUBLISHED = dg.AssetKey("published")

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

    Returns a row per source, and whether a new file was published. Raises ``RefreshError`` where a step failed or a
    check found rows that must not be published: what is published is then the last good file.
    """
    names = steps.chosen(sources)
    with home.locked(), dg.DagsterInstance.from_config(str(lay_out(home))) as instance:
        result = defs.resolve_job_def("refresh").execute_in_process(
            instance=instance,
            asset_selection=selection(names),
            run_config=_config(home, now, recorded),
            raise_on_error=False,
        )
        if not result.success:
            raise steps.RefreshError(_why(result))
        told = {event.asset_key: event.materialization.metadata for event in result.get_asset_materialization_events()}
    return [_report(home, name, told) for name in names], _PUBLISHED in told


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
    built = {dg.AssetKey(name) for name in (*LEDGER, *RELATIONS)}
    return sorted(own | built | {_PUBLISHED})


def _config(home: Home, now: datetime, recorded: Path | None) -> dict[str, Any]:
    resource = {
        "path": str(home.path),
        "as_of": now.isoformat(),
        "recorded": str(recorded or ""),
        "is_locked": True,
    }
    quiet = {"console": {"config": {"log_level": "CRITICAL"}}}
    return {"resources": {"home": {"config": resource}}, "loggers": quiet}


def _why(result: dg.ExecuteInProcessResult) -> str:
    """The first step that failed, and why; what was skipped for it is not named."""
    failed = result.filter_events(lambda event: event.is_step_failure)
    if not failed:
        return "the run failed before its first step; see it in the UI (make ui)"
    error = failed[0].step_failure_data.error
    while error and error.cause:
        error = error.cause
    found = " ".join(error.message.split()) if error else "no reason given"
    others = f" (and {len(failed) - 1} other steps)" if len(failed) > 1 else ""
    return f"{failed[0].step_key}: {found}{others}; nothing was published"


def _report(home: Home, source: str, told: Mapping[dg.AssetKey, Mapping[str, dg.MetadataValue]]) -> SourceReport:
    """A source's row, from what its two assets recorded."""
    raw, versions = told[key(source, "raw")], told[key(source, "versions")]
    tally = Tally(**{field.name: int(str(versions[field.name].value)) for field in fields(Tally)})
    failures = [line for metadata in (raw, versions) for line in _lines(metadata["failures"])]
    return steps.report(home, source, Outcome(int(str(versions["payloads"].value)), tally, failures))


def _lines(failures: dg.MetadataValue) -> list[str]:
    return [str(line) for line in failures.value] if isinstance(failures.value, list) else []
