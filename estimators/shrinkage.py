"""Hierarchical shrinkage of what the physics leaves over: best linear unbiased prediction with nested groups.

The residual of run i is y_i = ln(measured) - ln(physics). It is taken to be a sum of independent effects, one for each
*term*: an effect shared by all runs that agree in some labels (the generation of the card, the card, the engine, the
engine on that card, ...), and possibly fading with distance in some coordinates (batch, lengths, date):

    cov(y_i, y_j) = sum_m s_m^2 [labels_m equal] prod_d exp(-(x_id - x_jd)^2 / (2 l_d^2))  +  [i = j] noise^2

    prediction = k' (K + noise)^-1 y          spread^2 = k(x, x) + noise^2 - k' (K + noise)^-1 k

Few runs of a card: its effect stays near zero and the card inherits its generation's; many: it is learned. A case far
from every run gets the physics unchanged and the full spread. That is shrinkage from class to hardware to engine with
one rule; the s_m are the only freedom, and they are chosen by grouped cross-validation, not per group.

Leaving out a group b at once needs no refit: e_b = (Q_bb)^-1 (Q y)_b with Q = (K + noise)^-1, covariance (Q_bb)^-1.
Ignored: heavy tails (residuals are clipped at ``CLIP``), correlation of the effects.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CLIP = 1.0  # in log: a run off by more than a factor e counts as off by e


@dataclass(frozen=True)
class Term:
    """One effect: the labels that must agree, the coordinates along which it fades, its standard deviation in log."""

    labels: tuple[str, ...]
    coordinates: tuple[str, ...]
    spread: float


@dataclass(frozen=True)
class Points:
    """Runs or cases as labels and coordinates."""

    labels: dict[str, NDArray[np.str_]]
    coordinates: dict[str, Array]

    def __len__(self) -> int:
        return len(next(iter(self.labels.values())))

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Points":
        """Some of them."""
        return Points({k: v[index] for k, v in self.labels.items()}, {k: v[index] for k, v in self.coordinates.items()})


def covariance(terms: Sequence[Term], scales: dict[str, float], a: Points, b: Points) -> Array:
    """cov of the effects between every one of ``a`` and every one of ``b``."""
    equal = {name: _equal(a.labels[name], b.labels[name]) for name in {n for t in terms for n in t.labels}}
    near = {
        name: ((a.coordinates[name][:, None] - b.coordinates[name][None, :]) / scales[name]) ** 2 / 2
        for name in {n for t in terms for n in t.coordinates}
    }
    fades: dict[tuple[str, ...], Array] = {}
    total = np.zeros((len(a), len(b)))
    for term in terms:
        if term.spread <= 0:
            continue
        part = np.full(total.shape, term.spread**2)
        for label in term.labels:
            part *= equal[label]
        if term.coordinates:
            if term.coordinates not in fades:
                fades[term.coordinates] = np.exp(-sum(near[c] for c in term.coordinates))
            part *= fades[term.coordinates]
        total += part
    return total


def _equal(a: NDArray[np.str_], b: NDArray[np.str_]) -> Array:
    codes = {value: i for i, value in enumerate(sorted(set(a) | set(b)))}
    left = np.array([codes[v] for v in a])
    right = np.array([codes[v] for v in b])
    return np.asarray(left[:, None] == right[None, :], dtype=np.float64)


def prior_variance(terms: Sequence[Term]) -> float:
    """Variance of the sum of all effects, before any run is looked at."""
    return sum(t.spread**2 for t in terms)


def precision_matrix(terms: Sequence[Term], scales: dict[str, float], runs: Points, noise: float) -> Array:
    """Q = (K + noise^2)^-1."""
    matrix = covariance(terms, scales, runs, runs)
    matrix[np.diag_indices_from(matrix)] += noise**2
    return np.asarray(np.linalg.inv(matrix))


def left_out(q: Array, y: Array, groups: NDArray[np.str_]) -> tuple[Array, Array]:
    """Residual and spread of every run when its whole group is left out."""
    error, spread = np.empty_like(y), np.empty_like(y)
    weighted = q @ y
    order = np.argsort(groups, kind="stable")
    for index in np.split(order, np.flatnonzero(groups[order][1:] != groups[order][:-1]) + 1):
        block = np.linalg.inv(q[np.ix_(index, index)])
        error[index] = block @ weighted[index]
        spread[index] = np.sqrt(np.maximum(np.diag(block), 1e-9))
    return error, spread
