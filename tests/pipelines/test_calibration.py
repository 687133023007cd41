"""Calibration: honest folds, sane intervals, a repeatable command, and figures that hold on the measured runs."""

from pathlib import Path

import numpy as np
import pytest

from estimators.shrinkage import Points, Term
from pipelines.calibration import accuracy, measured_runs, quantities
from pipelines.calibration.__main__ import ROOT
from pipelines.calibration.fit import Shrinkage, coefficients, folds, intervals, out_of_fold, thinned


def test_coefficients_are_found_and_shrunk_towards_their_priors() -> None:
    x = np.linspace(1, 5, 200)
    measured = np.log(3.0 * x)
    found = coefficients({"a": (1.0, 2.0), "b": (5.0, 0.1)}, lambda t: measured - np.log(t["a"] * x))
    assert found["a"] == pytest.approx(3.0, rel=0.01)
    assert found["b"] == pytest.approx(5.0)  # nothing speaks about it


def test_a_group_is_never_on_both_sides_of_a_fold() -> None:
    groups = np.array(["a"] * 5 + ["b"] * 3 + ["c"] * 2 + ["d"])
    parts = folds(groups, 2)
    assert sorted(np.concatenate(parts)) == list(range(11))
    assert not {str(g) for g in groups[parts[0]]} & {str(g) for g in groups[parts[1]]}


def test_a_group_of_many_runs_is_thinned_evenly() -> None:
    kept = thinned(np.array(["a"] * 100 + ["b"]), 3)
    assert list(kept) == [0, 50, 99, 100]


def test_out_of_fold_errors_do_not_see_their_own_group() -> None:
    # group b is off by 1; were it seen, its error would be near zero
    points = Points({"card": np.array(["x"] * 10 + ["y"] * 10)}, {})
    how = Shrinkage((Term(("card",), (), 1.0),), {}, {}, 0.0, {"": 0.1}, "", ("card",), ("card",), "")
    residual = np.array([0.0] * 10 + [1.0] * 10)
    error, basis = out_of_fold(how, points, np.array(["a"] * 10 + ["b"] * 10), lambda _: residual)
    assert error[10:] == pytest.approx(np.ones(10))
    assert basis == ["extrapolated"] * 20


def test_intervals_are_the_tenth_and_ninetieth_percentile_and_wider_where_extrapolated() -> None:
    error = np.linspace(-0.5, 0.5, 101)
    found = intervals(error, ["fixed"] * 101, ["in_class"] * 101, 1.0)
    assert found["fixed|in_class"] == pytest.approx([-0.4, 0.4])
    assert found["|extrapolated"][0] < found["|in_class"][0]
    assert found["|extrapolated"][1] > found["|in_class"][1]


def test_rows_of_one_project_are_one_source() -> None:
    assert measured_runs.source_family("mlcommons/inference_results_v4.1 closed/Dell/results") == (
        "mlcommons/inference_results_v4.1"
    )


def test_error_measures_are_symmetric_in_the_factor() -> None:
    error = np.log([1.2, 1 / 1.2, 1.9, 1.0])  # measured / estimate
    assert accuracy.within(error, 1.25) == 75
    assert accuracy.within(error, 2) == 100


@pytest.mark.shared
def test_training_and_fine_tuning_reach_their_targets_on_runs_that_were_held_out(recorded: Path) -> None:
    runs = recorded / "measured"
    training = quantities.fit_training(measured_runs.read_runs(runs, "training"))
    full = np.array([r["kind"] == "full_run" for r in training.rows])
    tuned = quantities.fit_finetune(measured_runs.read_runs(runs, "finetune"))
    one = np.array([r["n_gpus"] == "1" for r in tuned.rows])
    assert accuracy.percent_error(training.out_of_fold) < 12
    assert accuracy.percent_error(training.out_of_fold[full]) < 19
    assert accuracy.percent_error(tuned.out_of_fold[one]) < 20
    assert 75 <= 100 * accuracy.coverage(training).mean() <= 85


@pytest.mark.shared
def test_the_shipped_runs_are_the_measured_runs(recorded: Path) -> None:
    for kind in measured_runs.SHIPPED:
        shipped = measured_runs.read_runs(ROOT / "estimators" / "data", kind)
        assert shipped == measured_runs.read_runs(recorded / "measured", kind)
