"""The daily schedule: its tick asks for a run of the main job, and that run goes through on an empty home."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb

from pipelines.definitions import defs
from pipelines.history import lay_out
from pipelines.home import Home

TICK = datetime(2026, 8, 20, 5, 20, tzinfo=UTC)


def test_a_tick_launches_a_run_that_publishes_though_no_source_has_anything_recorded(tmp_path: Path) -> None:
    (tmp_path / "recorded").mkdir()
    home = Home(tmp_path / "home")
    with dg.DagsterInstance.from_config(str(lay_out(home))) as instance:
        with dg.build_schedule_context(instance, scheduled_execution_time=TICK) as context:
            [request] = defs.resolve_schedule_def("daily_refresh").evaluate_tick(context).run_requests or []
        where = {"home": {"config": {"path": str(home.path), "recorded": str(tmp_path / "recorded")}}}
        result = defs.resolve_job_def("refresh").execute_in_process(
            instance=instance, run_config={**request.run_config, "resources": where}, tags=request.tags
        )
        assert result.success
        [run] = instance.get_runs()
        assert (run.job_name, run.status) == ("refresh", dg.DagsterRunStatus.SUCCESS)
        assert run.tags["dagster/schedule_name"] == "daily_refresh"
    with duckdb.connect(str(home.published), read_only=True) as connection:
        states = dict(connection.execute("SELECT source, state FROM source_status").fetchall())
    assert states["karpenter-aws"] == "empty"


def test_it_ticks_once_a_day_in_utc() -> None:
    schedule = defs.resolve_schedule_def("daily_refresh")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("20 5 * * *", "UTC")
