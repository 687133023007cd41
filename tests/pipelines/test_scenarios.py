"""From what a card can do to rows of a mart."""

import pytest

from pipelines.scenarios import Capability, accelerator_classes, fit_on, scenario_hours, scenarios, workload_fits

H100 = Capability("nvidia-h100-sxm-80gb", "nvidia-h100", 80, 3350, 989.5, 989.5, "")
UNKNOWN = Capability("nvidia-new", "nvidia-new", None, None, None, None, "")


def test_an_unknown_card_is_left_out_and_not_given_a_guess() -> None:
    assert list(scenario_hours(scenarios(), [UNKNOWN])) == []


def test_training_hours_carry_their_arithmetic() -> None:
    [training, inference] = scenario_hours(scenarios(), [H100])
    # 8.4e23 / (989.5e12 x 0.40) / 3600
    assert training.accelerator_hours == pytest.approx(589_523, rel=1e-6)
    assert training.note == "8.4e+23 FLOP / (989.5 TFLOP/s bf16 x 0.4)"
    assert (inference.accelerator_count, inference.unit) == (4, "usd_per_mtok")  # 159.4 GB in 4 x 72 GB, not in 2


def test_a_70b_model_at_8_bits_with_16_requests_of_4096_tokens_never_fits_one_h100() -> None:
    asked = {
        "params": 68.977e9,
        "weight_bits": 8,
        "kv_byte_per_token": 327_680,
        "context_tokens": 4096,
        "batch": 16,
        "precision": "fp16",
    }
    serving = {"counts": [1], "bandwidth_efficiency": 0.6, "overhead_share": 0.1}
    fit = fit_on(asked, serving, H100)
    # 68.98 + 21.47 = 90.45 GB before the runtime's 8
    assert (fit.fits, round(fit.weights_gb + fit.kv_cache_gb, 2), fit.tokens_per_second) == (False, 90.45, None)
    assert fit.why.endswith("98.45 GB of 80 GB on 1 x nvidia-h100-sxm-80gb: does not fit")


def test_a_workload_is_tried_on_the_cards_of_its_tiers_only() -> None:
    t4 = Capability("nvidia-t4-16gb", "nvidia-t4", 16, 320, None, 65, "")
    assert [(fit.tier, fit.workload, fit.needed_count) for fit in workload_fits(scenarios(), [H100, t4])] == [
        ("budget", "chat-7b-int8", 1)
    ]


def test_a_card_of_the_tier_whose_figures_are_unknown_is_refused_and_says_which() -> None:
    t4 = Capability("nvidia-t4-16gb", "nvidia-t4", 16, None, None, None, "form unstated")
    [fit] = workload_fits(scenarios(), [t4])
    assert (fit.fits, fit.needed_count, fit.tokens_per_second, fit.memory_needed_gb) == (False, None, None, None)
    assert fit.why == "no memory bandwidth, dense fp16 is known of nvidia-t4-16gb; form unstated"


def test_a_card_smaller_than_any_that_trained_such_a_model_has_no_training_hours() -> None:
    a4000 = Capability("nvidia-rtx-a4000-16gb", "nvidia-rtx-a4000", 16, 448, 76.7, 76.7, "")
    assert [row.phase for row in scenario_hours(scenarios(), [a4000])] == []


def test_a_precision_that_nothing_is_known_of_is_an_error() -> None:
    with pytest.raises(ValueError, match="precision 'fp12': expected one of bf16, fp16"):
        H100.dense_tflop_s("fp12")


def test_every_figure_of_the_scenarios_names_a_source() -> None:
    asked = scenarios()
    for kind in ("training", "inference", "class", "tier", "workload"):
        assert all(entry["source"] for entry in asked[kind].values())


def test_a_card_may_be_of_both_kinds_in_different_answers() -> None:
    classes = {row.family: row.class_ for row in accelerator_classes(scenarios())}
    assert classes["nvidia-a100"] == "training"
    assert "nvidia-a100" in scenarios()["tier"]["large"]["families"]
