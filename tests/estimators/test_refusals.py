"""Bad input: one line that says what, and what instead."""

from typing import Any

import pytest

from estimators import batch, finetuning, training
from estimators.errors import CannotEstimate
from estimators.hardware import accelerator
from estimators.precision import compute_precision
from estimators.serving import serving

GOOD: dict[str, Any] = {
    "model": "llama-3.1-70b", "accelerator_name": "H100", "precision": "fp8", "load": "fixed", "batch": 4,
    "input_len": 512, "output_len": 128, "n_gpus": 4, "tensor_parallel": 4,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": "llama-9-70b"}, "model 'llama-9-70b': not known; nearest: llama"),
        ({"accelerator_name": "H1000"}, "accelerator 'H1000': not known; nearest: "),
        ({"tensor_parallel": 3}, "tp 3: does not divide the 8 KV heads of llama-3.1-70b; use a divisor of 8"),
        ({"tensor_parallel": 8}, "tp 8 x pp 1: expected a product of at most n_gpus 4"),
        ({"input_len": 200_000}, "context 200128 tokens: llama-3.1-70b goes up to 131072; shorten the input"),
        ({"input_len": -5}, "input_len -5, output_len 128: expected tokens, output above zero"),
        ({"batch": 0}, "batch 0: expected 1 or more sequences"),
        ({"batch": None}, "batch is empty: load_kind fixed needs the number of sequences (or use saturated)"),
        ({"load": "bursty"}, "load_kind 'bursty': expected one of fixed, concurrency, saturated"),
        ({"precision": "fp7"}, "precision 'fp7': expected one of bf16"),
        ({"n_gpus": 0, "tensor_parallel": None}, "n_gpus 0: expected 1 or more"),
    ],
)
def test_a_serving_case_that_cannot_be_is_refused_in_one_line(change: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotEstimate) as refused:
        serving(**(GOOD | change))
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "card", "instead"),
    [("fp8", "T4", "int8"), ("fp8", "A100-80", "int8"), ("bf16", "T4", "fp16"), ("bf16", "V100", "fp16")],
)
def test_a_format_that_the_card_lacks_is_refused_with_the_nearest_alternative(
    asked: str, card: str, instead: str
) -> None:
    with pytest.raises(CannotEstimate, match=f"has no {asked.upper()} unit; use {instead} instead"):
        compute_precision(asked, accelerator(card))


def test_four_bit_weights_are_widened_where_the_card_cannot_multiply_them() -> None:
    assert compute_precision("fp4", accelerator("H100")) == "bf16"
    assert compute_precision("int4", accelerator("T4")) == "fp16"
    assert compute_precision("fp4", accelerator("B200")) == "fp4"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tokens": -1.0}, "tokens -1: expected a number above zero"),
        ({"tokens": None}, "tokens is empty"),
        ({"params_total": 0.0}, "params_total 0: expected a count of parameters, such as 7e9"),
        ({"params_active": 2e12}, "params_active 2e+12: expected at most params_total 7e+10"),
        ({"model": "x", "params_total": None}, "model 'x': not known and no params_total given"),
        ({"precision": "fp8", "hardware": "A100-80"}, "precision 'fp8': NVIDIA A100 SXM4 80GB has no FP8 unit"),
        ({"kind": "hobby"}, "kind 'hobby': expected one of full_run"),
    ],
)
def test_a_training_run_that_cannot_be_is_refused(change: dict[str, Any], says: str) -> None:
    good: dict[str, Any] = {
        "model": "", "params_total": 7e10, "params_active": None, "tokens": 1e12, "hardware": "H100",
    }  # fmt: skip
    with pytest.raises(CannotEstimate) as refused:
        training.training(**(good | change))
    assert str(refused.value).startswith(says)


def test_a_fine_tuning_of_nobody_knows_what_is_refused() -> None:
    with pytest.raises(CannotEstimate, match="params_total is empty; give its parameters"):
        finetuning.tuning(model="secret", accelerator_name="H100", method="lora")


def test_one_bad_row_stops_nothing_and_says_why() -> None:
    table = [
        {"id": "a", "tokens": "1e12", "params_total": "7e9", "hardware": "H100"},
        {"id": "b", "tokens": "many", "params_total": "7e9", "hardware": "H100"},
        {"id": "c", "tokens": "1e12", "params_total": "7e9", "hardware": "Abacus"},
    ]
    found = batch.answers("training", table)
    assert [a.basis == "unsupported" for a in found] == [False, True, True]
    assert found[1].note == "tokens 'many': expected a number"
    assert found[2].note.startswith("accelerator 'Abacus': not known")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(CannotEstimate, match="column hardware is missing: training needs id, tokens, hardware"):
        batch.require_columns("training", ["id", "tokens"])


def test_a_context_beyond_the_stated_maximum_is_answered_with_a_note_in_a_batch_up_to_twice_its_length() -> None:
    row = {
        "id": "1", "model": "llama-7b", "precision": "fp16", "accelerator": "A100-80", "load_kind": "fixed",
        "batch": "8", "input_len": "2048", "output_len": "128",
    }  # fmt: skip
    [answer] = batch.answers("inference", [row])
    assert "above the model's stated maximum of 2048" in answer.note
    [refused] = batch.answers("inference", [row | {"input_len": "9000"}])
    assert refused.basis == "unsupported"
