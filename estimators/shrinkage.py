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
    kept = [t for t in terms if t.spread > 0]
    codes = {labels: _codes(a, b, labels) for labels in {t.labels for t in kept}}
    total = np.zeros((len(a), len(b)))
    for first in range(0, len(a), ROWS_AT_A_TIME):  # a slice of rows stays in the processor's cache
        rows = slice(first, first + ROWS_AT_A_TIME)
        for coordinates in sorted({t.coordinates for t in kept}):
            part = np.zeros((len(total[rows]), len(b)))
            for term in (t for t in kept if t.coordinates == coordinates):
                left, right = codes[term.labels]
                part += term.spread**2 * (left[rows, None] == right[None, :])
            if coordinates:
                part *= _fade(coordinates, scales, a, b, rows)
            total[rows] += part
    return total


def covariance_with_slopes(
    terms: Sequence[Term],
    scales: dict[str, float],
    slopes: dict[str, float],
    offset_spread: float,
    a: Points,
    b: Points,
) -> Array:
    """``covariance`` with a common offset and with straight lines along coordinates: name -> spread of the slope."""
    total = covariance(terms, scales, a, b) + offset_spread**2
    for name, spread in slopes.items():
        total += spread**2 * np.outer(a.coordinates[name], b.coordinates[name])
    return total


ROWS_AT_A_TIME = 64


def _codes(a: Points, b: Points, labels: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The combination of labels as a number, the same for equal combinations of both."""
    numbers: dict[tuple[str, ...], int] = {}

    def coded(points: Points) -> NDArray[np.intp]:
        combinations = zip(*(points.labels[name] for name in labels), strict=True) if labels else [()] * len(points)
        return np.array([numbers.setdefault(c, len(numbers)) for c in combinations], dtype=np.intp)

    return coded(a), coded(b)


def _fade(coordinates: tuple[str, ...], scales: dict[str, float], a: Points, b: Points, rows: slice) -> Array:
    distance = np.zeros((len(a.coordinates[coordinates[0]][rows]), len(b)))
    for name in coordinates:
        distance += ((a.coordinates[name][rows, None] - b.coordinates[name][None, :]) / scales[name]) ** 2
    return np.asarray(np.exp(-0.5 * distance))


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
