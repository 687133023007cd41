"""Worked examples: the arithmetic is in the comments, done by hand."""

import pytest

from estimators import inference, training
from estimators.hardware import accelerator
from estimators.models import architecture
from estimators.precision import weight_bits
from estimators.serving import Serving, serving


def seventy_billion(accelerator_name: str, n_gpus: int = 1) -> Serving:
    return serving(
        model="llama-2-70b", accelerator_name=accelerator_name, precision="fp8", kv_bits=16, load="fixed", batch=16,
        input_len=3584, output_len=512, n_gpus=n_gpus, tensor_parallel=n_gpus, engine="vLLM",
    )  # fmt: skip


def test_llama_2_70b_keeps_327680_byte_of_cache_for_every_token() -> None:
    # 2 (K and V) x 80 layers x 8 KV heads x 128 wide x 2 byte
    assert architecture("llama-2-70b").kv_bytes_per_token(16) == 327_680


def test_a_latent_cache_has_576_elements_a_layer() -> None:
    # DeepSeek V3: 61 layers x (512 latent + 64 rope) x 2 byte
    assert architecture("deepseek-v3").kv_bytes_per_token(16) == 70_272


def test_a_sliding_window_stops_growing() -> None:
    a = architecture("gpt-oss-120b")  # 18 of 36 layers see 128 tokens; 8 KV heads x 64 wide
    full = 18 * 2 * 8 * 64 * 2  # 36,864 byte a token
    assert a.kv_bytes(10_000, 16) == 10_000 * full + 18 * 128 * 2 * 8 * 64 * 2


def test_a_70b_with_8_bit_weights_and_16_requests_of_4096_tokens_needs_90_45_gb_before_activations() -> None:
    case = seventy_billion("H200")
    assert case.weights_gb == pytest.approx(68.98, abs=0.005)  # 68.977e9 x 1 byte
    assert case.kv_gb(16, 4096) == pytest.approx(21.47, abs=0.005)  # 16 x 4096 x 327,680 byte
    assert case.weights_gb + case.kv_gb(16, 4096) == pytest.approx(90.45, abs=0.005)


@pytest.mark.parametrize(("name", "cards"), [("nvidia-h200-sxm-141gb", 1), ("nvidia-h100-sxm-80gb", 2)])
def test_that_70b_fits_one_h200_or_two_h100(name: str, cards: int) -> None:
    [answer] = inference.estimate([seventy_billion(name, cards)])
    assert answer.detail["fits"] == 1
    assert answer.parts["memory_gb"].point > 90.45


@pytest.mark.parametrize(
    "name", ["nvidia-h100-sxm-80gb", "nvidia-h100-pcie-80gb", "nvidia-h100-nvl-94gb", "nvidia-h100"]
)
def test_that_70b_never_fits_one_h100_of_any_form(name: str) -> None:
    [answer] = inference.estimate([seventy_billion(name)])
    assert answer.detail["fits"] == 0
    assert "needs" in answer.note


def test_gpt_3_took_3_14e23_flop() -> None:
    case = training.training(
        model="GPT-3", params_total=174.6e9, params_active=None, tokens=300e9, hardware="V100", precision="fp16"
    )
    assert training.parameter_flop(case) == pytest.approx(3.14e23, rel=0.002)  # 6 x 174.6e9 x 300e9


def test_lora_needs_four_flop_a_parameter_and_token() -> None:
    case = training.training(
        model="llama-2-70b", params_total=None, params_active=None, tokens=1e9, hardware="H100", kind="mlperf_lora"
    )
    assert training.parameter_flop(case) == pytest.approx(4 * 68.977e9 * 1e9, rel=1e-3)


def test_int4_with_group_scales_is_four_and_a_quarter_bits() -> None:
    assert weight_bits("int4") == 4.25  # 4 + 16 / 64


def test_a_batch_of_one_touches_k_experts_and_a_large_batch_all() -> None:
    a = architecture("mixtral-8x7b")
    assert a.distinct_experts(1) == pytest.approx(2)
    assert a.distinct_experts(2) == pytest.approx(8 * (1 - 0.75**2))  # 3.5
    assert a.distinct_experts(500) == pytest.approx(8)


def test_mixtral_shares_1_6_of_its_46_7_billion_parameters() -> None:
    a = architecture("mixtral-8x7b")  # e = (46.7 - 12.88) / (8 - 2) = 5.637; 46.7 - 8 e = 1.607
    assert a.shared_params == pytest.approx(1.607e9, rel=1e-3)


def test_grouped_heads_split_at_most_into_their_number_and_a_latent_not_at_all() -> None:
    assert architecture("llama-2-70b").kv_split(16) == 8
    assert architecture("deepseek-v3").kv_split(8) == 1


def test_spellings_of_the_measured_runs_mean_the_cards_of_the_contract() -> None:
    assert accelerator("H100").accelerator_id == "nvidia-h100-sxm-80gb"
    assert accelerator("A100-80").accelerator_id == "nvidia-a100-sxm-80gb"
    assert accelerator("GH200").memory_gb == 96
    assert accelerator("H20").memory_gb == 96
    assert accelerator("nvidia-h100").note.startswith("form unstated")
