"""The daily schedule: its tick asks for a run of the main job, and that run fills an empty home."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb

from pipelines import facts
from pipelines.definitions import defs
from pipelines.history import lay_out
from pipelines.home import Home
from pipelines.ledger import Told, open_ledger, track
from sources.source import Statement

TICK = datetime(2026, 8, 20, 5, 20, tzinfo=UTC)


def fact_file(folder: Path) -> None:
    """What litellm said once of one model, as a fact file."""
    row = {
        "provider": "openai",
        "model_id": "gpt-4o",
        "sku": "gpt-4o",
        "modality": "text",
        "unit": "output_token",
        "condition": "",
        "price_usd_per_unit": Decimal("0.00001"),
        "price_state": "listed",
        "locator": "gpt-4o",
    }
    with open_ledger(":memory:") as connection:
        told = Told(Statement("api_price", {}, [row]), "litellm", datetime(2026, 8, 1, tzinfo=UTC), "0" * 64)
        track(connection, "api_price", [told], loaded_at=TICK)
        facts.export(connection, "litellm", "api_price", folder)


def test_a_tick_launches_a_run_that_publishes_though_most_sources_have_nothing_recorded(tmp_path: Path) -> None:
    fact_file(tmp_path / "recorded")
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
        prices = connection.execute(
            "SELECT model_id, price_usd_per_unit FROM api_price_version WHERE source = 'litellm'"
        ).fetchall()
    assert (states["karpenter-aws"], states["litellm"]) == ("empty", "stale")
    assert prices == [("gpt-4o", Decimal("0.00001"))]


def test_it_ticks_once_a_day_in_utc() -> None:
    schedule = defs.resolve_schedule_def("daily_refresh")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("20 5 * * *", "UTC")
