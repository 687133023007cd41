"""Fitting: coefficients by damped least squares with priors, residuals by shrinkage, errors out of fold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.residual import bases
from estimators.shrinkage import CLIP, Array, Points, Term, covariance_with_slopes, left_out

HUBER = 0.5  # in log: beyond it a run pulls linearly, not quadratically
SPREAD = 0.3  # of one run around the physics, for weighing runs against priors
FOLDS = 8
RUNS_PER_GROUP = 20  # of one configuration enter the shrinkage; more of the same add little
LEAST_IN_STRATUM = 25

Prior = dict[str, tuple[float, float]]
Residual = Callable[[dict[str, float]], Array]


def coefficients(
    prior: Prior, residual: Residual, start: dict[str, float] | None = None, rounds: int = 25
) -> dict[str, float]:
    """Coefficients that make ``residual`` (ln measured - ln physics) small, near their priors; all positive."""
    names = list(prior)
    centre = np.log([prior[n][0] for n in names])
    spread = np.array([prior[n][1] for n in names])
    x = centre.copy() if start is None else np.log([start[n] for n in names])
    damping = 1e-2
    error, cost = _error_and_cost(x, names, residual, centre, spread)
    for _ in range(rounds):
        slope = _slopes(x, names, residual, error)
        weight = np.minimum(1.0, HUBER / np.maximum(np.abs(error), 1e-9)) / SPREAD**2
        curve = (slope * weight[:, None]).T @ slope + np.diag(spread**-2)
        pull = (slope * weight[:, None]).T @ error + (x - centre) / spread**2
        before = cost
        for _ in range(8):
            step = -np.linalg.solve(curve + damping * np.diag(np.diag(curve)), pull)
            trial = x + np.clip(step, -0.5, 0.5)
            trial_error, trial_cost = _error_and_cost(trial, names, residual, centre, spread)
            if trial_cost < cost:
                x, error, cost, damping = trial, trial_error, trial_cost, max(damping / 5, 1e-6)
                break
            damping *= 4
        if before - cost < 1e-4 * before:
            break
    return {n: float(np.exp(v)) for n, v in zip(names, x, strict=True)}


def _error_and_cost(
    x: Array, names: Sequence[str], residual: Residual, centre: Array, spread: Array
) -> tuple[Array, float]:
    error = residual({n: float(np.exp(v)) for n, v in zip(names, x, strict=True)})
    size = np.abs(error)
    huber = np.where(size < HUBER, size**2, 2 * HUBER * size - HUBER**2)
    return error, float(huber.sum() / SPREAD**2 + (((x - centre) / spread) ** 2).sum())


def _slopes(x: Array, names: Sequence[str], residual: Residual, error: Array) -> Array:
    slopes = np.empty((len(error), len(x)))
    for i in range(len(x)):
        nudged = x.copy()
        nudged[i] += 1e-4
        slopes[:, i] = (residual({n: float(np.exp(v)) for n, v in zip(names, nudged, strict=True)}) - error) / 1e-4
    return slopes


@dataclass(frozen=True)
class Shrinkage:
    """How the residual of one quantity is shrunk: see estimators.shrinkage and estimators.residual."""

    terms: tuple[Term, ...]
    scales: dict[str, float]
    slopes: dict[str, float]
    offset_spread: float
    noise: dict[str, float]  # by the label ``noise_label``; '' for all others
    noise_label: str
    measured_if: tuple[str, ...]
    in_class_if: tuple[str, ...]
    stratum: str  # the label by which intervals differ, '' for none
    clip: float = CLIP

    def matrix(self, a: Points, b: Points) -> Array:
        """Covariance between points, slopes and common offset included."""
        return covariance_with_slopes(self.terms, self.scales, self.slopes, self.offset_spread, a, b)

    def noisy(self, runs: Points) -> Array:
        """K + noise."""
        matrix = self.matrix(runs, runs)
        matrix[np.diag_indices_from(matrix)] += self.noise_of(runs) ** 2
        return matrix

    def noise_of(self, runs: Points) -> Array:
        """Spread of one measurement around everything that is shared."""
        if not self.noise_label:
            return np.full(len(runs), self.noise[""])
        return np.array([self.noise.get(v, self.noise[""]) for v in runs.labels[self.noise_label]])


def thinned(groups: NDArray[np.str_], limit: int = RUNS_PER_GROUP) -> NDArray[np.intp]:
    """At most ``limit`` runs of every group, spread over the group in file order."""
    keep: list[int] = []
    for group in sorted(set(groups)):
        index = np.flatnonzero(groups == group)
        chosen = np.linspace(0, len(index) - 1, min(limit, len(index))).round().astype(int)
        keep.extend(index[chosen])
    return np.array(sorted(keep), dtype=np.intp)


def weights(how: Shrinkage, runs: Points, residual: Array) -> Array:
    """(K + noise)^-1 y."""
    return np.asarray(np.linalg.solve(how.noisy(runs), np.clip(residual, -how.clip, how.clip)))


def folds(groups: NDArray[np.str_], count: int = FOLDS) -> list[NDArray[np.intp]]:
    """Whole groups dealt to folds of about equal size, the greatest first; the same on every machine."""
    names, sizes = np.unique(groups, return_counts=True)
    count = min(count, len(names))
    load = [0] * count
    home: dict[str, int] = {}
    for i in np.lexsort((names, -sizes)):
        fold = int(np.argmin(load))
        home[str(names[i])] = fold
        load[fold] += int(sizes[i])
    place = np.array([home[str(g)] for g in groups])
    return [np.flatnonzero(place == f) for f in range(count)]


def out_of_fold(
    how: Shrinkage, runs: Points, groups: NDArray[np.str_], physics: Callable[[NDArray[np.intp]], Array]
) -> tuple[Array, list[str]]:
    """ln(measured / estimate) of every run from a fit that saw no run of its group, and its basis in that fit.

    ``physics(train)`` refits the coefficients on the runs of ``train`` and returns the residuals of all runs.
    """
    error = np.empty(len(runs))
    basis = [""] * len(runs)
    everyone = np.arange(len(runs))
    for test in folds(groups):
        train = np.setdiff1d(everyone, test)
        residual = physics(train)
        kept = train[thinned(groups[train])]
        seen, unseen = runs.take(kept), runs.take(test)
        alpha = weights(how, seen, residual[kept])
        error[test] = residual[test] - how.matrix(unseen, seen) @ alpha
        for i, b in zip(test, bases(unseen, seen, how.measured_if, how.in_class_if), strict=True):
            basis[i] = b
    return error, basis


def left_out_label(how: Shrinkage, runs: Points, residual: Array, groups: NDArray[np.str_], label: str) -> tuple[
    NDArray[np.intp], Array
]:  # fmt: skip
    """Which runs, and their errors, when every run with the same ``label`` is left out of the shrinkage at once."""
    kept = thinned(groups)
    some = runs.take(kept)
    clipped = np.clip(residual[kept], -how.clip, how.clip)
    error, _ = left_out(np.asarray(np.linalg.inv(how.noisy(some))), clipped, some.labels[label])
    return kept, error + residual[kept] - clipped


def intervals(error: Array, strata: Sequence[str], basis: Sequence[str], widen: float) -> dict[str, list[float]]:
    """10 % and 90 % quantiles of out-of-fold errors by stratum and basis; wider where extrapolated, never inverted."""
    found: dict[str, list[float]] = {}
    names, kinds = np.array(strata), np.array(basis)
    everything = _quantiles(error, widen)
    found["|"] = everything
    for b in ("measured", "in_class", "extrapolated"):
        chosen = error[kinds == b]
        found[f"|{b}"] = _quantiles(chosen, widen) if len(chosen) >= LEAST_IN_STRATUM else everything
        for s in sorted(set(names) - {""}):
            part = error[(kinds == b) & (names == s)]
            whole = error[names == s]
            source = part if len(part) >= LEAST_IN_STRATUM else whole if len(whole) >= LEAST_IN_STRATUM else chosen
            if len(source) >= LEAST_IN_STRATUM:
                found[f"{s}|{b}"] = _quantiles(source, widen)
    for key in [k for k in found if k.endswith("|extrapolated")]:
        inner = found.get(key.replace("extrapolated", "in_class"), everything)
        found[key] = [min(found[key][0], 1.1 * inner[0]), max(found[key][1], 1.1 * inner[1])]
    return {k: [round(v[0], 4), round(v[1], 4)] for k, v in found.items()}


def _quantiles(error: Array, widen: float) -> list[float]:
    low, high = np.quantile(error, [0.1, 0.9]) * widen
    return [float(min(low, -0.02)), float(max(high, 0.02))]
