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

from pipelines import building, steps
from pipelines.assets.sources import key
from pipelines.definitions import defs
from pipelines.history import lay_out
from pipelines.home import Home
from pipelines.intake import Outcome
from pipelines.ledger import Tally, open_ledger
from pipelines.steps import SourceReport

_PUBLISHED = dg.AssetKey("published")
_Told = dict[dg.AssetKey, Mapping[str, dg.MetadataValue[Any]]]


def run_refresh(
    home: Home, sources: Sequence[str], *, now: datetime, recorded: Path | None = None, is_offline: bool = True
) -> tuple[list[SourceReport], bool]:
    """Collects from ``sources`` (none named: all), and where that or anything else is new, runs what follows from it.

    Returns a row per source, and whether a new file was published. Raises ``RefreshError`` where a step failed or a
    check found rows that must not be published: what is published is then the last good file.
    """
    names = steps.chosen(sources)
    with home.locked(), open_ledger(str(home.build)), dg.DagsterInstance.from_config(str(lay_out(home))) as instance:
        loaded = steps.take_in_loaded(home, now=now)
        config = _config(home, now, recorded, is_offline)
        told = _run(instance, [key(name, "raw") for name in names], config)
        waiting = steps.waiting(home, names)
        if waiting or steps.has_news(home, names, recorded=recorded) or not building.is_current(home, now=now):
            told |= _run(instance, _what_follows(waiting), config)
        reports = [_report(home, name, told) for name in names]
        return reports + [steps.report(home, name, outcome) for name, outcome in loaded.items()], _PUBLISHED in told


def _what_follows(sources: Sequence[str]) -> list[dg.AssetKey]:
    """Versions of these sources, and all that is built from the ledger."""
    versions = [key(name, "versions") for name in sources]
    return [*versions, *(dg.AssetKey(name) for name in (*building.LEDGER, *building.RELATIONS)), _PUBLISHED]


def _run(instance: dg.DagsterInstance, selection: Sequence[dg.AssetKey], config: Mapping[str, Any]) -> _Told:
    """What the assets of a run recorded."""
    result = defs.resolve_job_def("refresh").execute_in_process(
        instance=instance, asset_selection=list(selection), run_config=dict(config), raise_on_error=False
    )
    if not result.success:
        raise steps.RefreshError(_why(result))
    events = result.get_asset_materialization_events()
    return {event.materialization.asset_key: event.materialization.metadata for event in events}


def _config(home: Home, now: datetime, recorded: Path | None, is_offline: bool) -> dict[str, Any]:
    resource = {
        "path": str(home.path),
        "as_of": now.isoformat(),
        "recorded": str(recorded or ""),
        "is_offline": is_offline,
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


def _report(home: Home, source: str, told: _Told) -> SourceReport:
    """A source's row, from what its assets recorded."""
    recorded = [told[key(source, stage)] for stage in ("raw", "versions") if key(source, stage) in told]
    failures = [line for metadata in recorded for line in metadata["failures"].value or []]
    unheard = list(recorded[0]["unheard"].value or [])
    counts = {field.name: _count(recorded[-1].get(field.name)) for field in fields(Tally)}
    return steps.report(home, source, Outcome(_count(recorded[-1].get("payloads")), Tally(**counts), failures, unheard))


def _count(value: dg.MetadataValue[Any] | None) -> int:
    return int(value.value or 0) if value else 0
