"""The main job, and when it runs by itself."""

import dagster as dg

from pipelines.assets.calibration import GROUP

refresh_job = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups(GROUP),
    description="Collects, takes in, builds, checks and publishes: what `flopledger refresh` runs",
)

daily_refresh = dg.ScheduleDefinition(
    name="daily_refresh",
    job=refresh_job,
    cron_schedule="20 5 * * *",
    execution_timezone="UTC",
    description="Once a day, when the upstreams that keep a daily list have written theirs; off until switched on",
)
