"""``docs/accuracy.md``: how wrong the estimators are, beside what naive formulas make of the same runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from estimators.residual import BASES
from estimators.shrinkage import Array

if TYPE_CHECKING:
    from pipelines.calibration.quantities import Fitted

TITLES = {
    "training": "Training: GPU-hours",
    "rate": "Inference: output tokens per second of the whole deployment",
    "first": "Inference: time to the first token",
    "memory": "Inference: memory of the whole deployment",
    "finetune": "Fine-tuning: memory of one card",
}
BREAKDOWNS = {
    "training": ("kind", "hardware", "precision"),
    "rate": ("load_kind", "engine", "accelerator", "precision"),
    "first": ("load_kind", "engine", "accelerator"),
    "memory": ("engine", "precision"),
    "finetune": ("method", "software", "memory_scope"),
}
CARD = {"training": "hardware", "finetune": "accelerator"}
FEWEST = 4


def percent_error(error: Array) -> float:
    """Median of |estimate / measured - 1| in percent; ``error`` is ln(measured / estimate)."""
    return float(100 * np.median(np.abs(np.exp(-error) - 1)))


def within(error: Array, factor: float) -> float:
    """Share within a factor, in percent."""
    return float(100 * np.mean(np.abs(error) < np.log(factor)))


def summary(error: Array) -> str:
    """Three figures in one line."""
    return (
        f"{len(error)} runs, median error {percent_error(error):.1f} %, "
        f"{within(error, 1.25):.0f} % within 1.25x, {within(error, 2):.1f} % within 2x"
    )


def _cells(error: Array) -> str:
    return f"{len(error)} | {percent_error(error):.1f} | {within(error, 1.25):.0f} | {within(error, 2):.1f}"


def spans(fitted: "Fitted") -> NDArray[np.float64]:
    """ln(low / point), ln(high / point) of every run, as its stratum and basis have it."""
    found = []
    for stratum, basis in zip(fitted.strata, fitted.basis, strict=True):
        keys = (f"{stratum}|{basis}", f"|{basis}", "|")
        found.append(next(fitted.intervals[k] for k in keys if k in fitted.intervals))
    return np.array(found, dtype=float)


def coverage(fitted: "Fitted") -> Array:
    """1 where the measured value lies in the interval."""
    span = spans(fitted)
    return ((fitted.out_of_fold >= span[:, 0]) & (fitted.out_of_fold <= span[:, 1])).astype(float)


def per_card(fitted: "Fitted", error: Array) -> float:
    """Median error, averaged over accelerators."""
    cards = np.array([r[CARD.get(fitted.name, "accelerator")] for r in fitted.rows])
    return float(np.mean([percent_error(error[cards == c]) for c in sorted(set(cards))]))


def better_than_naive(fitted: "Fitted", formula: str) -> tuple[int, int, list[str]]:
    """Accelerators on which a fit that never saw them beats the naive formula; how many there are; the others."""
    if fitted.card_left_out is None:
        return 0, 0, []
    index, error = fitted.card_left_out
    naive = fitted.naive[formula][index]
    cards = np.array([fitted.rows[i][CARD.get(fitted.name, "accelerator")] for i in index])
    worse, names = [], sorted(set(cards))
    for card in names:
        ours, theirs = percent_error(error[cards == card]), percent_error(naive[cards == card])
        if ours > theirs:
            worse.append(f"{card} ({ours:.0f} against {theirs:.0f} %, {(cards == card).sum()} runs)")
    return len(names) - len(worse), len(names), worse


def _headline(fitted: "Fitted") -> list[str]:
    lines = ["| | runs | median error % | within 1.25x % | within 2x % |", "| --- | --- | --- | --- | --- |"]
    lines.append(f"| **this estimator, held out** | {_cells(fitted.out_of_fold)} |")
    lines += [f"| {name} | {_cells(error)} |" for name, error in fitted.naive.items()]
    if fitted.name == "training":
        full = np.array([r["kind"] == "full_run" for r in fitted.rows])
        lines.append(f"| **real full runs alone** | {_cells(fitted.out_of_fold[full])} |")
        lines += [f"| {name}, full runs | {_cells(error[full])} |" for name, error in fitted.naive.items()]
    if fitted.name == "finetune":
        one = np.array([int(r["n_gpus"]) == 1 for r in fitted.rows])
        lines.append(f"| **on one card** | {_cells(fitted.out_of_fold[one])} |")
        lines += [f"| {name}, one card | {_cells(error[one])} |" for name, error in fitted.naive.items()]
    return lines


def _intervals(fitted: "Fitted") -> list[str]:
    inside, span = coverage(fitted), spans(fitted)
    width = np.exp(span[:, 1] - span[:, 0])
    lines = [
        f"The 80 % interval covers {100 * inside.mean():.1f} % of held-out runs; its median width (high / low) is "
        f"{np.median(width):.2f}.",
        "",
        "| basis or kind of load | runs | covered % | median width |",
        "| --- | --- | --- | --- |",
    ]
    for name, values in (("basis", fitted.basis), ("load", fitted.strata)):
        for value in BASES if name == "basis" else sorted(set(values) - {""}):
            chosen = np.array([v == value for v in values])
            if chosen.any():
                lines.append(
                    f"| {value} | {chosen.sum()} | {100 * inside[chosen].mean():.0f} | {np.median(width[chosen]):.2f} |"
                )
    return lines


def _breakdowns(fitted: "Fitted") -> list[str]:
    lines: list[str] = []
    naive = next(iter(fitted.naive.values()), None)
    for column in BREAKDOWNS[fitted.name]:
        values = np.array([r[column] or "not stated" for r in fitted.rows])
        lines += [
            "",
            f"| {column} | runs | median error % | within 1.25x % | within 2x % | naive error % |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for value in sorted(set(values), key=lambda v: (-int((values == v).sum()), v)):
            chosen = values == value
            if chosen.sum() >= FEWEST:
                theirs = f"{percent_error(naive[chosen]):.0f}" if naive is not None else ""
                lines.append(f"| {value} | {_cells(fitted.out_of_fold[chosen])} | {theirs} |")
    return lines


def _cards(fitted: "Fitted") -> list[str]:
    if fitted.card_left_out is None:
        return []
    _, error = fitted.card_left_out
    naive = next(iter(fitted.naive.values()))
    lines = [
        "",
        f"Averaged over accelerators the median error is {per_card(fitted, fitted.out_of_fold):.1f} % "
        f"(naive {per_card(fitted, naive):.0f} %).",
        "",
        f"With every run on an accelerator left out: {summary(error)}.",
    ]
    for formula in fitted.naive:
        better, count, worse = better_than_naive(fitted, formula)
        not_on = f", not on {', '.join(worse)}" if worse else ""
        lines += [
            "",
            f"Better than {formula} on {better} of {count} accelerators ({100 * better / count:.0f} %){not_on}.",
        ]
    return lines


def _section(fitted: "Fitted") -> list[str]:
    lines = ["", f"## {TITLES[fitted.name]}", "", f"{len(fitted.rows)} runs in {len(set(fitted.groups))} groups.", ""]
    lines += [*_headline(fitted), "", *_intervals(fitted), *_cards(fitted), *_breakdowns(fitted)]
    if fitted.coefficients:
        values = ", ".join(f"{k} {v:.3g}" for k, v in sorted(fitted.coefficients.items()))
        lines += ["", f"Coefficients: {values}."]
    if fitted.rejected:
        shown = "; ".join(fitted.rejected[:12])
        more = f" and {len(fitted.rejected) - 12} more" if len(fitted.rejected) > 12 else ""
        lines += ["", f"Not used ({len(fitted.rejected)}): {shown}{more}."]
    return lines


INTRODUCTION = """# How wrong the estimators are

Generated by `python -m pipelines.calibration`; do not edit. Errors are of |estimate / measured - 1| on runs that the
fit did not see: whole groups of the same source, model, accelerator and engine (or software) are held out together,
the coefficients are fitted anew without them, and the naive formulas are computed on the same rows by the same
command. The spreads of the shrinkage (one number for each kind of effect, not for each group) were chosen once by such
cross-validation and are the same in all folds, which flatters the figures a little. Rows of low confidence (A100-40 of
one source: the card's memory and the output rate are inferences) are neither fitted nor counted.

Quirks of the data: memory of the Transformers and AutoAWQ rows is below the bytes of the weights alone in many runs
(GiB printed as GB), which their engine's correction takes up and others do not inherit; `int4` covers kernels that
differ threefold at batch 64; the same configuration measured twice differs by 1.22x at the 90th percentile.
"""


def document(every: Sequence["Fitted"], fitted_on: dict[str, Any]) -> str:
    """The whole page."""
    lines = [INTRODUCTION, "| fitted on | runs | newest | sha256 of the rows |", "| --- | --- | --- | --- |"]
    lines += [f"| {k} | {v['runs']} | {v['newest'] or '-'} | `{v['sha256'][:16]}` |" for k, v in fitted_on.items()]
    for fitted in every:
        lines += _section(fitted)
    return "\n".join(lines) + "\n"
