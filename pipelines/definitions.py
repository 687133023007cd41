"""What Dagster sees. Importing this opens nothing and makes no folder."""

import dagster as dg

from pipelines.assets.calibration import calibration
from pipelines.assets.relations import relation_assets
from pipelines.assets.sources import source_assets
from pipelines.checks import all_checks
from pipelines.resources import HomeResource
from pipelines.schedules import daily_refresh, refresh_job

defs = dg.Definitions(
    assets=[*source_assets(), *relation_assets(), calibration],
    asset_checks=all_checks(),
    jobs=[refresh_job],
    schedules=[daily_refresh],
    resources={"home": HomeResource()},
    executor=dg.in_process_executor,
)
