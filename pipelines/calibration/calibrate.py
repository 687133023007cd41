"""Calibration of the estimators, repeatable: runs in, coefficients, intervals and their measured error out.

The folder holds ``training_runs.csv``, ``inference_runs.csv`` and ``finetune_runs.csv`` (the columns of the batch
contract, the answers, a source for every row). Written: ``estimators/data/*_runs.csv`` (the columns that are needed,
compact), ``*_points.csv``, ``estimators/calibration.json`` and ``docs/accuracy.md``. Nothing else is read, and the same
runs give the same files, but for the last digit of a weight, which differs between processors.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from pipelines.calibration import accuracy
from pipelines.calibration.fit import thinned, weights
from pipelines.calibration.measured_runs import SHIPPED, read_runs, write_table
from pipelines.calibration.quantities import Fitted, fit_finetune, fit_inference, fit_memory, fit_training

VERSION = 1


def spec(fitted: Fitted) -> dict[str, Any]:
    """What ``calibration.json`` keeps of a quantity."""
    how = fitted.how
    labels = sorted({n for t in how.terms for n in t.labels} | {*how.measured_if, *how.in_class_if})
    places = sorted({n for t in how.terms for n in t.coordinates} | set(how.slopes))
    return {
        "coefficients": {k: float(f"{v:.5g}") for k, v in fitted.coefficients.items()},
        "terms": [[list(t.labels), list(t.coordinates), t.spread] for t in how.terms],
        "scales": how.scales,
        "slopes": how.slopes,
        "offset_spread": how.offset_spread,
        "noise": how.noise,
        "labels": labels,
        "coordinates": places,
        "measured_if": list(how.measured_if),
        "in_class_if": list(how.in_class_if),
        "intervals": fitted.intervals,
        "runs": len(fitted.rows),
        "groups": len(set(fitted.groups)),
    }


def point_rows(fitted: Fitted) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns and rows of ``<quantity>_points.csv``: the runs that entered the shrinkage, with their weights."""
    kept = thinned(fitted.groups)
    some = fitted.points.take(kept)
    alpha = weights(fitted.how, some, fitted.residual[kept])
    kind = spec(fitted)
    columns = ["id", *kind["labels"], *kind["coordinates"], "weight"]
    table = [
        {"id": fitted.rows[j]["id"]}
        | {k: str(some.labels[k][i]) for k in kind["labels"]}
        | {k: f"{some.coordinates[k][i]:.5g}" for k in kind["coordinates"]}
        | {"weight": f"{alpha[i]:.6g}"}
        for i, j in enumerate(kept)
    ]
    return columns, table


def calibrate(folder: Path, package: Path, report: Path) -> list[Fitted]:
    """Fit everything on the runs of ``folder`` and write it into ``package`` and ``report``."""
    tables = {kind: read_runs(folder, kind) for kind in SHIPPED}
    rate, first = fit_inference(tables["inference"])
    memory = fit_memory(tables["inference"], rate.coefficients)
    every = [fit_training(tables["training"]), rate, first, memory, fit_finetune(tables["finetune"])]
    (package / "data").mkdir(parents=True, exist_ok=True)
    for kind, table in tables.items():
        write_table(package / "data" / f"{kind}_runs.csv", SHIPPED[kind], table)
    kept: dict[str, Any] = {
        "version": VERSION,
        "fitted_on": {
            kind: {
                "runs": len(table),
                "sha256": hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest(),
                "newest": max((r.get("date") or "" for r in table), default=""),
            }
            for kind, table in tables.items()
        },
    }
    for fitted in every:
        kept[fitted.name] = spec(fitted)
        write_table(package / "data" / f"{fitted.name}_points.csv", *point_rows(fitted))
    (package / "calibration.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    report.write_text(accuracy.document(every, kept["fitted_on"]), encoding="utf-8")
    return every
