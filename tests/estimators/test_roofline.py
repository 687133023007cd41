"""The arithmetic of peak figures, by hand."""

import math

import pytest

from estimators import roofline

A100_FLOP_S = 312e12
H200_BYTE_S = 4.8e12


def test_gpt_3_took_3_15e23_flop() -> None:
    # 6 x 175e9 parameters x 300e9 tokens = 3.15e23; the paper's own table says 3.14e23 (174.6e9 parameters)
    assert roofline.training_flop(params=175e9, tokens=300e9) == 3.15e23
    assert roofline.training_flop(params=174.6e9, tokens=300e9) == pytest.approx(3.14e23, rel=0.001)


def test_llama_2_70b_at_forty_percent_of_an_a100_takes_1_87_million_hours() -> None:
    # 8.4e23 / (312e12 x 0.40) = 6.7308e9 s; / 3600 = 1.86966e6 h
    hours = roofline.training_gpu_hours(params=70e9, tokens=2.0e12, peak_flop_s=A100_FLOP_S, utilisation=0.40)
    assert hours == pytest.approx(1_869_658, rel=1e-6)


def test_doubling_utilisation_halves_the_hours() -> None:
    def hours(utilisation: float) -> float:
        return roofline.training_gpu_hours(params=7e9, tokens=1e12, peak_flop_s=A100_FLOP_S, utilisation=utilisation)

    assert hours(0.25) == pytest.approx(2 * hours(0.50))


def test_seventy_billion_weights_at_sixteen_bits_weigh_138_gb_and_at_eight_bits_69() -> None:
    assert roofline.weights_gb(params=68.977e9, weight_bits=16) == pytest.approx(137.954)
    assert roofline.weights_gb(params=68.977e9, weight_bits=8) == pytest.approx(68.977)


def test_sixteen_requests_of_4096_tokens_keep_21_47_gb_of_keys_and_values() -> None:
    # 327,680 B x 4,096 x 16 = 21,474,836,480 B
    assert roofline.kv_cache_gb(kv_byte_per_token=327_680, context_tokens=4096, batch=16) == pytest.approx(21.47483648)


def test_a_single_stream_decodes_as_fast_as_memory_delivers_the_weights() -> None:
    # 2 H200: 9.6e12 B/s x 0.6 / (137.954e9 B + 1 x 1,000 x 327,680 B) = 5.76e12 / 138.28168e9 = 41.65 tokens/s
    speed = roofline.decode_tokens_per_second(
        params=68.977e9,
        weight_byte=137.954e9,
        kv_byte_per_token=327_680,
        context_tokens=1000,
        batch=1,
        bandwidth_byte_s=2 * H200_BYTE_S,
        bandwidth_efficiency=0.6,
        peak_flop_s=2 * 989.5e12,
    )
    assert speed == pytest.approx(41.654, rel=1e-4)


def test_a_great_batch_is_held_by_the_compute_roof() -> None:
    # 312e12 / (2 x 7e9) = 22,286 tokens/s, however great the batch
    speed = roofline.decode_tokens_per_second(
        params=7e9,
        weight_byte=14e9,
        kv_byte_per_token=0,
        context_tokens=1,
        batch=100_000,
        bandwidth_byte_s=2e12,
        bandwidth_efficiency=0.6,
        peak_flop_s=A100_FLOP_S,
    )
    assert speed == pytest.approx(22_285.7, rel=1e-5)


@pytest.mark.parametrize("peak", [0.0, -1.0, math.inf, math.nan])
def test_a_card_without_a_peak_is_refused_and_no_run_is_free(peak: float) -> None:
    with pytest.raises(ValueError, match=r"peak_flop_s .*expected a finite number above 0"):
        roofline.training_gpu_hours(params=7e9, tokens=1e12, peak_flop_s=peak, utilisation=0.4)


def test_a_utilisation_in_percent_is_refused() -> None:
    with pytest.raises(ValueError, match=r"utilisation 40: expected a share in \(0, 1\]"):
        roofline.training_gpu_hours(params=7e9, tokens=1e12, peak_flop_s=A100_FLOP_S, utilisation=40)
