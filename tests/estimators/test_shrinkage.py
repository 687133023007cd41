"""Shrinkage: few runs are pulled to their class, many are believed, and leaving a group out is exact."""

import numpy as np
import pytest

from estimators.shrinkage import Array, Points, Term, covariance, left_out

TERMS = (Term(("generation",), (), 0.3), Term(("card",), (), 0.2))


def cards(names: list[str]) -> Points:
    return Points({"card": np.array(names), "generation": np.array([n[0] for n in names])}, {})


def precision_matrix(runs: Points) -> Array:
    """Q = (K + 0.1^2)^-1."""
    return np.asarray(np.linalg.inv(covariance(TERMS, {}, runs, runs) + 0.01 * np.eye(len(runs))))


def predict(runs: Points, y: list[float], case: Points) -> float:
    q = precision_matrix(runs)
    return float((covariance(TERMS, {}, case, runs) @ q @ np.array(y))[0])


def test_one_run_of_one_card_is_shrunk_by_the_share_of_its_noise() -> None:
    # (0.3^2 + 0.2^2) / (0.3^2 + 0.2^2 + 0.1^2) = 0.13 / 0.14
    assert predict(cards(["h1"]), [1.0], cards(["h1"])) == pytest.approx(0.13 / 0.14)


def test_an_unseen_card_inherits_its_generation_and_a_strange_one_nothing() -> None:
    # 0.3^2 / 0.14
    assert predict(cards(["h1"]), [1.0], cards(["h2"])) == pytest.approx(0.09 / 0.14)
    assert predict(cards(["h1"]), [1.0], cards(["x1"])) == 0


def test_many_runs_are_believed_more_than_one() -> None:
    assert predict(cards(["h1"] * 20), [1.0] * 20, cards(["h1"])) > predict(cards(["h1"]), [1.0], cards(["h1"]))


def test_an_effect_fades_with_distance() -> None:
    term = (Term((), ("batch",), 1.0),)
    a = Points({"card": np.array(["h"])}, {"batch": np.array([0.0])})
    b = Points({"card": np.array(["h"])}, {"batch": np.array([2.0])})
    assert covariance(term, {"batch": 1.0}, a, b)[0, 0] == pytest.approx(np.exp(-2))


def test_leaving_a_group_out_at_once_equals_fitting_without_it() -> None:
    names = ["h1", "h1", "h2", "a1", "a2"]
    y = [0.3, 0.2, -0.1, 0.5, 0.4]
    error, _ = left_out(precision_matrix(cards(names)), np.array(y), np.array(names))
    assert error[2] == pytest.approx(
        y[2] - predict(cards(["h1", "h1", "a1", "a2"]), [0.3, 0.2, 0.5, 0.4], cards(["h2"]))
    )
    assert error[0] == pytest.approx(y[0] - predict(cards(["h2", "a1", "a2"]), [-0.1, 0.5, 0.4], cards(["h1"])))
