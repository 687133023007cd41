"""The fit of each quantity: which runs enter, what is rejected, the physics refitted in each fold, naive formulas."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators import batch, finetuning, inference, serving_memory, serving_time, training
from estimators.errors import CannotEstimate
from estimators.shrinkage import Array, Points
from pipelines.calibration import settings
from pipelines.calibration.fit import (
    Shrinkage,
    coefficients,
    intervals,
    left_out_label,
    out_of_fold,
    thinned,
    weights,
)
from pipelines.calibration.measured_runs import Rows, group_of

WIDEN = 1.08  # runs that nobody has seen are a little further off than runs held back
FIRST_COEFFICIENTS = ("queue",)  # what only the time to the first token can tell
REFIT_ROUNDS = 5  # of the coefficients in a fold, from where all runs put them


PLAIN = dict.fromkeys(serving_time.PRIOR, 0.0) | {
    **{name: 0.6 for name in serving_time.PRIOR if name.startswith(("eta_m_", "eta_c_", "eta_kv"))},
    "eta_p": 1.0, "eta_moe": 1.0, "eta_link": math.inf, "p": 32.0, "b_max": 256.0, "cross_node": 1.0,
}  # fmt: skip
"""The physics without its fitted part: bandwidth and peak at 0.6, whichever is slower, and nothing else takes time."""


@dataclass
class Fitted:
    """One calibrated quantity with everything its report needs."""

    name: str
    how: Shrinkage
    rows: Rows
    points: Points
    groups: NDArray[np.str_]
    residual: Array
    out_of_fold: Array
    basis: list[str]
    strata: list[str]
    intervals: dict[str, list[float]]
    coefficients: dict[str, float]
    naive: dict[str, Array]
    measured: Array
    rejected: list[str] = field(default_factory=list)
    card_left_out: tuple[NDArray[np.intp], Array] | None = None


def _cases(kind: str, table: Rows) -> tuple[Rows, list[Any], list[str]]:
    rows, cases, refused = [], [], []
    for row in table:
        try:
            cases.append(batch.CASES[kind](row))
            rows.append(row)
        except CannotEstimate as reason:
            refused.append(f"{row['id']}: {reason}")
    return rows, cases, refused


def _keep(mask: NDArray[np.bool_], *lists: Any) -> list[Any]:
    return [[v for v, k in zip(values, mask, strict=True) if k] for values in lists]


Physics = Callable[[NDArray[np.intp]], Array]


def _finish(
    name: str, how: Shrinkage, rows: Rows, points: Points, groups: NDArray[np.str_], physics: Physics,
    theta: dict[str, float], measured: Array, naive: dict[str, Array], rejected: list[str],
) -> Fitted:  # fmt: skip
    residual = physics(np.arange(len(rows)))
    error, basis = out_of_fold(how, points, groups, physics)
    strata = list(points.labels[how.stratum]) if how.stratum else [""] * len(rows)
    return Fitted(
        name, how, rows, points, groups, residual, error, basis, strata, intervals(error, strata, basis, WIDEN), theta,
        naive, measured, rejected,
    )  # fmt: skip


def fit_training(table: Rows) -> Fitted:
    """GPU-hours; measurements faster than 90 % of the peak are rejected as data errors."""
    rows, cases, rejected = _cases("training", table)
    hours = np.array([float(r["gpu_hours"]) for r in rows])
    flop = np.array([training.flop(c) for c in cases])
    roof = np.array([training.peak_flop_s(c) for c in cases]) * training.ROOF
    possible = flop / hours / 3600 <= roof
    rejected += [
        f"{r['id']}: above {training.ROOF:.0%} of the peak" for r, p in zip(rows, possible, strict=True) if not p
    ]
    rows, cases = _keep(possible, rows, cases)
    hours = hours[possible]
    points = training.as_points(cases)
    groups = np.array([group_of(r, "hardware", c.software) for r, c in zip(rows, cases, strict=True)])
    residual = np.log(training.ideal_hours(cases) / hours)
    count = np.array([6 * c.arch.params_active * c.tokens for c in cases])
    peaks = np.array([training.bf16_flop_s(c) for c in cases])
    stated = np.array([training.stated_peak_flop_s(c) for c in cases])
    naive = {
        "6 N D at 40 % of the peak": np.log(hours / (count / (0.4 * stated) / 3600)),
        "6 N D at 40 % of the bf16 peak": np.log(hours / (count / (0.4 * peaks) / 3600)),
    }
    fitted = _finish(
        "training", settings.TRAINING, rows, points, groups, lambda _: residual, {}, hours, naive, rejected
    )
    # the residual is of the utilisation; hours go the other way
    fitted.out_of_fold = -fitted.out_of_fold
    fitted.intervals = intervals(fitted.out_of_fold, fitted.strata, fitted.basis, WIDEN)
    index, error = left_out_label(fitted.how, points, residual, groups, "card")
    fitted.card_left_out = (index, -error)
    return fitted


def _rate_physics(columns: dict[str, Any], log_rate: Array) -> tuple[dict[str, float], Physics]:
    """Coefficients on all runs, and the residuals of all runs under coefficients fitted on some."""

    def fit(train: NDArray[np.intp], start: dict[str, float] | None) -> dict[str, float]:
        some = {k: v[train] for k, v in columns.items()}
        return coefficients(
            serving_time.PRIOR,
            lambda theta: log_rate[train] - np.log(serving_time.serve(theta, some)["rate"]),
            start,
            25 if start is None else REFIT_ROUNDS,
        )

    every = fit(np.arange(len(log_rate)), None)

    def residual(train: NDArray[np.intp]) -> Array:
        theta = every if len(train) == len(log_rate) else fit(train, every)
        return np.asarray(log_rate - np.log(serving_time.serve(theta, columns)["rate"]))

    return every, residual


def fit_inference(table: Rows) -> tuple[Fitted, Fitted]:
    """Output tokens per second and time to the first token."""
    rows, cases, rejected = _cases("inference", [r for r in table if r["confidence"] != "low"])
    columns = serving_time.columns(cases)
    measured = np.array([float(r["out_tok_s"] or "nan") for r in rows])
    first = np.array([float(r["ttft_ms"] or "nan") for r in rows]) / 1e3
    prior = {k: v[0] for k, v in serving_time.PRIOR.items()}
    roof = serving_time.roof(columns, serving_time.in_flight(prior, columns))
    above = np.isfinite(measured) & (measured > roof)
    rejected += [f"{r['id']}: above the roofline" for r, a in zip(rows, above, strict=True) if a]
    chosen = np.isfinite(measured) & ~above
    rate_rows, rate_cases = _keep(chosen, rows, cases)
    some = {k: v[chosen] for k, v in columns.items()}
    log_rate = np.log(measured[chosen])
    groups = np.array([group_of(r, "accelerator", r["engine"]) for r in rate_rows])
    theta, physics = _rate_physics(some, log_rate)
    points = inference.as_points(rate_cases, serving_time.in_flight(theta, some))
    naive = {
        "bandwidth roofline at 0.6": log_rate - np.log(0.6 * _bandwidth_roof(some)),
        "roofline at 0.6 with experts, cache and prefill": log_rate - np.log(serving_time.serve(PLAIN, some)["rate"]),
    }
    rate = _finish(
        "rate", settings.RATE, rate_rows, points, groups, physics, theta, measured[chosen], naive, rejected
    )  # fmt: skip
    rate.card_left_out = _without_each_card(rate, physics)
    return rate, _fit_first(rows, cases, columns, first, theta)


def _bandwidth_roof(columns: dict[str, Any]) -> Array:
    """Weights once and nothing else per step, at full bandwidth: b t BW / W."""
    asked = np.where(np.isfinite(columns["asked"]), columns["asked"], np.minimum(columns["capacity"], 256.0))
    weights_bytes = columns["shared_bytes"] + columns["expert_bytes"] * columns["experts"]
    return np.asarray(asked * columns["t"] * columns["bw"] / weights_bytes * columns["replicas"])


def _without_each_card(fitted: Fitted, physics: Physics) -> tuple[NDArray[np.intp], Array]:
    """Errors when neither the coefficients nor the shrinkage saw a single run on the card."""
    error = np.empty(len(fitted.rows))
    cards = fitted.points.labels["card"]
    for card in sorted(set(cards)):
        test = np.flatnonzero(cards == card)
        train = np.flatnonzero(cards != card)
        residual = physics(train)
        kept = train[thinned(fitted.groups[train])]
        seen = fitted.points.take(kept)
        correction = fitted.how.matrix(fitted.points.take(test), seen) @ weights(fitted.how, seen, residual[kept])
        error[test] = residual[test] - correction
    return np.arange(len(fitted.rows)), error


def _fit_first(
    rows: Rows, cases: list[Any], columns: dict[str, Any], seconds: Array, theta: dict[str, float]
) -> Fitted:
    chosen = np.isfinite(seconds) & (seconds > serving_time.prefill_roof_s(columns))
    first_rows, first_cases = _keep(chosen, rows, cases)
    some = {k: v[chosen] for k, v in columns.items()}
    points = inference.as_points(first_cases, serving_time.in_flight(theta, some))
    groups = np.array([group_of(r, "accelerator", r["engine"]) for r in first_rows])
    log_seconds = np.log(seconds[chosen])

    def fit(train: NDArray[np.intp]) -> dict[str, float]:
        part = {k: v[train] for k, v in some.items()}
        prior = {k: serving_time.PRIOR[k] for k in FIRST_COEFFICIENTS}
        return coefficients(
            prior, lambda own: log_seconds[train] - np.log(serving_time.serve(theta | own, part)["first"])
        )

    def physics(train: NDArray[np.intp]) -> Array:
        return np.asarray(log_seconds - np.log(serving_time.serve(theta | fit(train), some)["first"]))

    own = fit(np.arange(len(first_rows)))
    return _finish(
        "first", settings.FIRST, first_rows, points, groups, physics, own, seconds[chosen] * 1e3, {}, []
    )  # fmt: skip


def fit_memory(table: Rows, rate_theta: dict[str, float]) -> Fitted:
    """Memory of deployments."""
    rows, cases, rejected = _cases("inference", [r for r in table if r["peak_memory_gb"] and r["confidence"] != "low"])
    measured = np.array([float(r["peak_memory_gb"]) for r in rows])
    sequences = serving_time.in_flight(rate_theta, serving_time.columns(cases))
    log_measured = np.log(measured)

    def fit(train: NDArray[np.intp]) -> dict[str, float]:
        some = [cases[i] for i in train]
        return coefficients(
            serving_memory.PRIOR,
            lambda theta: log_measured[train] - np.log(serving_memory.memory_gb(theta, some, sequences[train])),
        )

    def physics(train: NDArray[np.intp]) -> Array:
        return np.asarray(log_measured - np.log(serving_memory.memory_gb(fit(train), cases, sequences)))

    groups = np.array([group_of(r, "accelerator", r["engine"]) for r in rows])
    naive = {"weights x 1.2": log_measured - np.log([1.2 * c.weights_gb for c in cases])}
    theta = fit(np.arange(len(rows)))
    points = inference.memory_points(cases)
    return _finish("memory", settings.MEMORY, rows, points, groups, physics, theta, measured, naive, rejected)


def fit_finetune(table: Rows) -> Fitted:
    """Memory of one card while fine-tuning."""
    rows, cases, rejected = _cases("finetune", table)
    per_card = [c.n_gpus if c.scope == "sum" else 1 for c in cases]
    measured = np.array([float(r["memory_gb"]) for r in rows]) / np.array(per_card)
    log_measured = np.log(measured)
    one = np.array([c.n_gpus == 1 for c in cases])

    def fit(train: NDArray[np.intp]) -> dict[str, float]:
        some = train[one[train]]
        chosen = [cases[i] for i in some]
        return coefficients(
            finetuning.PRIOR, lambda theta: log_measured[some] - np.log(finetuning.physics_gb(theta, chosen))
        )

    def physics(train: NDArray[np.intp]) -> Array:
        return np.asarray(log_measured - np.log(finetuning.physics_gb(fit(train), cases)))

    groups = np.array([group_of(r, "accelerator", r["software"]) for r in rows])
    state = {"full": 16.0, "lora": 2.0, "adapter": 2.0, "qlora": 0.5}
    rule = np.array([c.arch.params_total * state[c.family] * 1.2 / 1e9 for c in cases])
    theta = fit(np.arange(len(rows)))
    return _finish(
        "finetune", settings.FINETUNE, rows, finetuning.as_points(cases), groups, physics, theta, measured,
        {"16, 2 or 0.5 byte a parameter x 1.2": log_measured - np.log(rule)}, rejected,
    )  # fmt: skip
