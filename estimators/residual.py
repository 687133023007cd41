"""What calibration learned beyond the physics: the correction for a case, its interval, its basis, its nearest runs.

``calibration.json`` holds, for each quantity, the terms of ``shrinkage``, the weights (K + noise)^-1 y of the runs that
entered, and the 10 % and 90 % quantiles of out-of-fold residuals by stratum. The runs' labels and coordinates are in
``data/<quantity>_points.csv``. A case is

    measured      if runs with the same labels in all of ``measured_if`` exist (the same model on the same card ...),
    in_class      if runs with the same labels in all of ``in_class_if`` exist (the generation, the engine ...),
    extrapolated  otherwise; its interval is the widest.

Nearest runs are those whose effects correlate most with the case's.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from estimators.shrinkage import Array, Points, Term, covariance_with_slopes
from estimators.tables import rows

BASES = ("measured", "in_class", "extrapolated")


@dataclass(frozen=True)
class Learned:
    """The calibration of one quantity, ready to be asked."""

    terms: tuple[Term, ...]
    scales: dict[str, float]
    slopes: dict[str, float]
    offset_spread: float
    runs: Points
    run_ids: tuple[str, ...]
    weights: Array
    intervals: dict[str, tuple[float, float]]
    measured_if: tuple[str, ...]
    in_class_if: tuple[str, ...]

    def similarity(self, cases: Points) -> Array:
        """Covariance of every case with every run."""
        return covariance_with_slopes(self.terms, self.scales, self.slopes, self.offset_spread, cases, self.runs)

    def correction(self, similarity: Array) -> Array:
        """ln(measured / physics) to be expected."""
        return similarity @ self.weights

    def bases(self, cases: Points) -> list[str]:
        """measured, in_class or extrapolated for every case."""
        return bases(cases, self.runs, self.measured_if, self.in_class_if)

    def interval(self, load: str, basis: str) -> tuple[float, float]:
        """ln(low / point), ln(high / point) of the 80 % interval; the nearest stratum that has one."""
        for key in (f"{load}|{basis}", f"|{basis}", "|"):
            if key in self.intervals:
                return self.intervals[key]
        raise KeyError("the calibration has no interval at all; run the calibration command")

    def nearest(self, similarity: Array, case: int, count: int = 3) -> list[str]:
        """Ids of the runs most like a case."""
        order = np.argsort(-similarity[case])[:count]
        return [self.run_ids[i] for i in order]


def bases(cases: Points, runs: Points, measured_if: Sequence[str], in_class_if: Sequence[str]) -> list[str]:
    """Which of the three bases every case has, given the runs."""
    exact = set(zip(*(runs.labels[k] for k in measured_if), strict=True))
    alike = set(zip(*(runs.labels[k] for k in in_class_if), strict=True))
    own = zip(*(cases.labels[k] for k in measured_if), strict=True)
    wide = zip(*(cases.labels[k] for k in in_class_if), strict=True)
    return [
        "measured" if a in exact else "in_class" if b in alike else "extrapolated"
        for a, b in zip(own, wide, strict=True)
    ]


@cache
def calibration() -> dict[str, Any]:
    """``calibration.json``: coefficients, terms, intervals and what they were fitted on."""
    text = files("estimators").joinpath("calibration.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def learned(quantity: str) -> Learned:
    """The calibration of ``training``, ``rate``, ``first``, ``memory`` or ``finetune``."""
    return from_json(calibration()[quantity], rows(f"{quantity}_points"))


def from_json(spec: dict[str, Any], table: Sequence[dict[str, str]]) -> Learned:
    """A calibration from its JSON and its table of points."""
    points = Points(
        {k: np.array([r[k] for r in table]) for k in spec["labels"]},
        {k: np.array([float(r[k]) for r in table]) for k in spec["coordinates"]},
    )
    return Learned(
        terms=tuple(Term(tuple(a), tuple(b), s) for a, b, s in spec["terms"]),
        scales=spec["scales"],
        slopes=spec["slopes"],
        offset_spread=spec["offset_spread"],
        runs=points,
        run_ids=tuple(r["id"] for r in table),
        weights=np.array([float(r["weight"]) for r in table]),
        intervals={k: (v[0], v[1]) for k, v in spec["intervals"].items()},
        measured_if=tuple(spec["measured_if"]),
        in_class_if=tuple(spec["in_class_if"]),
    )


def coefficients(quantity: str) -> dict[str, float]:
    """Fitted coefficients of the physics of a quantity."""
    found: dict[str, float] = calibration()[quantity]["coefficients"]
    return found


def points(labels: Sequence[dict[str, str]], coordinates: Sequence[dict[str, float]]) -> Points:
    """Cases as points."""
    return Points(
        {k: np.array([case[k] for case in labels]) for k in labels[0]},
        {k: np.array([case[k] for case in coordinates], dtype=float) for k in coordinates[0]},
    )
