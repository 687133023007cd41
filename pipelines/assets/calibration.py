"""The estimators calibrated anew, when somebody asks for it: no part of the refresh, for the runs seldom change.

What comes out lies in the home folder, beside a check that says whether the calibration that ships is the same. To ship
another one is a change of the code: ``python -m pipelines.calibration [FOLDER]`` writes it into ``estimators/``.
"""

import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from estimators.residual import calibration as shipped
from pipelines.assets.evidence import OWNERS
from pipelines.calibration import accuracy
from pipelines.calibration.calibrate import calibrate
from pipelines.calibration.measured_runs import SHIPPED
from pipelines.resources import HomeResource

KEY = dg.AssetKey("calibration")
GROUP = "estimates"
SAME = 0.01
"""Coefficients that differ by less are the same: sums differ in their last digits between processors."""


class MeasuredRuns(dg.Config):
    """Which runs to calibrate on."""

    folder: str = Field(
        default="", description=f"Holds {', '.join(f'{kind}_runs.csv' for kind in SHIPPED)}; empty: ours"
    )


@dg.asset(
    key=KEY,
    group_name=GROUP,
    kinds={"numpy"},
    owners=OWNERS,
    description="Coefficients, effects and intervals of the estimators, with their error on runs that were held out",
    check_specs=[dg.AssetCheckSpec("as_shipped", asset=KEY, description="The estimators use the same coefficients")],
)
def calibration(home: HomeResource, config: MeasuredRuns) -> dg.MaterializeResult:  # type: ignore[type-arg]
    runs = Path(config.folder) if config.folder else Path(str(files("estimators").joinpath("data")))
    made = home.home.path / "calibration"
    fitted = calibrate(runs, made, made / "accuracy.md")
    other = _unlike(json.loads((made / "calibration.json").read_text(encoding="utf-8")), shipped())
    return dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(str(made)),
            **{quantity.name: accuracy.summary(quantity.out_of_fold) for quantity in fitted},
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="as_shipped",
                passed=not other,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"other": dg.MetadataValue.json(other)},
            )
        ],
    )


def _unlike(made: dict[str, Any], known: dict[str, Any]) -> list[str]:
    """Coefficients that are not what the estimators use."""
    return [
        f"{quantity}.{name}: {value:.6g}, and {known[quantity]['coefficients'].get(name)} ships"
        for quantity in made
        if quantity in accuracy.TITLES
        for name, value in made[quantity]["coefficients"].items()
        if not math.isclose(value, known[quantity]["coefficients"].get(name, math.nan), rel_tol=SAME)
    ]
