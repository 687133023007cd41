"""Laws that hold for every input."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estimators import finetuning, inference, serving_time, training
from estimators.answer import Answer
from estimators.errors import CannotEstimate
from estimators.hardware import accelerator
from estimators.models import architecture
from estimators.precision import peak_flop_s
from estimators.serving import serving

CARDS = ("H100", "A100-80", "B200", "MI300X", "L4", "T4", "RTX4090", "TPUv5p", "V100")
SERVED = ("llama-2-7b", "llama-3.1-8b", "llama-3.1-70b", "mixtral-8x7b", "deepseek-v3", "qwen3-30b-a3b", "gpt-oss-120b")
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
sizes = st.floats(2e8, 8e11)
token_counts = st.floats(1e9, 3e13)


def hours(params: float, tokens: float, card: str, active: float | None = None) -> float:
    precision = "bf16" if "bf16" in accelerator(card).dense_tflop_s else "fp16"
    case = training.training(
        model="", params_total=params, params_active=active, tokens=tokens, hardware=card, precision=precision
    )
    [answer] = training.estimate([case])
    assert answer.estimate is not None
    return answer.estimate


@few
@given(params=sizes, tokens=token_counts, factor=st.floats(1.01, 20), card=st.sampled_from(CARDS))
def test_more_tokens_or_parameters_never_take_fewer_gpu_hours(
    params: float, tokens: float, factor: float, card: str
) -> None:
    base = hours(params, tokens, card)
    assert hours(params, tokens * factor, card) > base
    assert hours(params * factor, tokens, card) > base


@few
@given(
    active=st.floats(2e8, 4e11),
    tokens=token_counts,
    card=st.sampled_from(CARDS),
    ratios=st.tuples(st.floats(1, 40), st.floats(1, 40)),
)
def test_more_experts_beside_the_same_parameters_at_work_never_take_fewer_gpu_hours(
    active: float, tokens: float, card: str, ratios: tuple[float, float]
) -> None:
    few_experts, many_experts = sorted(ratios)
    assert hours(active * many_experts, tokens, card, active) >= hours(active * few_experts, tokens, card, active)


@few
@given(hours_taken=st.floats(1, 1e8), price=st.floats(0, 50), more=st.floats(0, 50))
def test_a_higher_price_never_costs_less(hours_taken: float, price: float, more: float) -> None:
    assert training.cost_usd(hours_taken, price + more) >= training.cost_usd(hours_taken, price)


@few
@given(params=sizes, tokens=token_counts, card=st.sampled_from(CARDS), sparsity=st.floats(1, 30))
def test_training_never_exceeds_the_peak(params: float, tokens: float, card: str, sparsity: float) -> None:
    least = (
        6 * (params / sparsity) * tokens / peak_flop_s("fp16" if card in ("T4", "V100") else "bf16", accelerator(card))
    )
    assert hours(params, tokens, card, params / sparsity) >= least / 3600


@few
@given(
    model=st.sampled_from(SERVED), card=st.sampled_from(("H100", "A100-80", "B200", "MI300X", "H20")),
    batch=st.floats(1, 512), lengths=st.tuples(st.floats(1, 3000), st.floats(1, 1000)),
    cards=st.sampled_from((1, 2, 4, 8)), engine=st.sampled_from(("vLLM", "SGLang", "TensorRT-LLM", "", "novel")),
    load=st.sampled_from(("fixed", "concurrency", "saturated")),
)  # fmt: skip
def test_serving_never_exceeds_the_roof_and_its_figures_are_positive_and_ordered(
    model: str, card: str, batch: float, lengths: tuple[float, float], cards: int, engine: str, load: str
) -> None:
    case = serving(
        model=model, accelerator_name=card, precision="bf16", load=load, batch=batch, input_len=lengths[0],
        output_len=lengths[1], n_gpus=cards, tensor_parallel=min(cards, 4), engine=engine,
    )  # fmt: skip
    columns = serving_time.columns([case])
    [answer] = inference.estimate([case])
    flying = answer.detail["sequences_in_flight"] / case.replicas
    [roof] = serving_time.roof(columns, np.array([flying]))
    assert answer.high is not None
    assert answer.low is not None
    assert answer.estimate is not None
    assert 0 < answer.low <= answer.estimate <= answer.high <= roof * 1.0001
    for part in answer.parts.values():
        assert 0 < part.low <= part.point <= part.high


@pytest.mark.parametrize("asked", [8, 64, 2000])  # of 70B on two H100 with 2,000 tokens each, about 60 find room
def test_rate_and_times_agree_also_where_requests_wait_for_room(asked: int) -> None:
    case = serving(
        model="llama-3.1-70b", accelerator_name="H100", precision="fp8", load="concurrency", batch=asked,
        input_len=1000, output_len=1000, n_gpus=2, tensor_parallel=2, engine="vLLM",
    )  # fmt: skip
    [answer] = inference.estimate([case])
    # Little's law: those who ask = requests a second x the time of one, X / out x (TTFT + (out - 1) TPOT)
    taken_s = (answer.parts["ttft_ms"].point + 999 * answer.parts["tpot_ms"].point) / 1000
    assert answer.estimate is not None
    assert answer.estimate / 1000 * taken_s == pytest.approx(asked)


@pytest.mark.parametrize(("load", "batch"), [("saturated", None), ("concurrency", 2000)])
def test_a_scheduler_lets_in_no_more_than_the_cards_hold(load: str, batch: float | None) -> None:
    def served(cards: int) -> Answer:
        case = serving(
            model="llama-3.1-70b", accelerator_name="H100", precision="bf16", load=load, batch=batch, input_len=1000,
            output_len=1000, n_gpus=cards, tensor_parallel=cards, engine="vLLM",
        )  # fmt: skip
        [answer] = inference.estimate([case])
        return answer

    # weights 70.6e9 x 2 byte = 141 GB: with the cache they fill four cards of 80 GB and fit on no single one
    assert served(4).parts["memory_gb"].high <= 320
    assert served(4).detail["fits"]
    assert served(1).parts["memory_gb"].low > 141
    assert not served(1).detail["fits"]


def test_a_single_output_token_has_no_time_per_further_token() -> None:
    case = serving(
        model="llama-3.1-8b", accelerator_name="H100", precision="bf16", load="fixed", batch=4, input_len=512,
        output_len=1, engine="vLLM",
    )  # fmt: skip
    assert sorted(inference.estimate([case])[0].parts) == ["memory_gb", "ttft_ms"]


@pytest.mark.parametrize("model", SERVED)
@pytest.mark.parametrize("card", ["A100-80", "H100", "H200", "L40S"])
def test_halving_the_bits_never_needs_more_memory_where_the_card_has_the_format(model: str, card: str) -> None:
    need = []
    for precision in ("bf16", "fp8", "int4"):
        try:
            case = serving(
                model=model, accelerator_name=card, precision=precision, load="fixed", batch=4, input_len=512,
                output_len=128, engine="vLLM",
            )  # fmt: skip
        except CannotEstimate:
            continue
        need.append(inference.estimate([case])[0].parts["memory_gb"].point)
    assert need == sorted(need, reverse=True)


@few
@given(batch=st.floats(1, 64), seq=st.floats(128, 8192), method=st.sampled_from(("full", "lora", "qlora")))
def test_a_longer_step_of_fine_tuning_never_needs_less_memory_by_the_formulas(
    batch: float, seq: float, method: str
) -> None:
    theta = {k: v[0] for k, v in finetuning.PRIOR.items()}

    def need(b: float, s: float) -> float:
        case = finetuning.tuning(model="llama-3.1-8b", accelerator_name="H100", method=method, seq_len=s, micro_batch=b)
        return sum(finetuning.breakdown_gb(theta, case).values())

    assert need(2 * batch, seq) > need(batch, seq)
    assert need(batch, 2 * seq) > need(batch, seq)


@pytest.mark.parametrize("scope", ["max_allocated", "max_reserved", "process"])
@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("size", [1.3e9, 3e9, 6.7e9, 7e10])
def test_fine_tuning_never_needs_less_than_its_weights(size: float, method: str, scope: str) -> None:
    case = finetuning.tuning(
        model="", params_total=size, accelerator_name="A100-80", method=method, quantization="bf16-true", scope=scope,
        software="LitGPT", micro_batch=1, seq_len=128,
    )  # fmt: skip
    [answer] = finetuning.estimate([case])
    assert answer.low is not None
    assert answer.low >= size * 2 / 1e9  # two byte a parameter


def test_a_sum_over_cards_is_as_many_times_what_one_card_needs() -> None:
    one, both = (
        finetuning.tuning(model="llama-2-7b", accelerator_name="A100-80", method="full", n_gpus=2, scope=scope)
        for scope in ("process", "sum")
    )
    each, summed = (answer.estimate or 0.0 for answer in finetuning.estimate([one, both]))
    assert summed == pytest.approx(2 * each, rel=0.1)  # the two scopes have a correction each


def test_a_leaner_optimiser_needs_less() -> None:
    need = []
    for optimizer in ("adafactor", "GaLore", "Lion", "AdamW"):
        case = finetuning.tuning(
            model="llama-2-7b", accelerator_name="A100-80", method="full", optimizer=optimizer, micro_batch=1
        )
        need.append(finetuning.estimate([case])[0].estimate or 0.0)
    assert need == sorted(need)
    assert len(set(need)) == 4


def test_quantised_adapters_need_less_than_adapters_and_those_less_than_full() -> None:
    need = []
    for method in ("qlora", "lora", "full"):
        case = finetuning.tuning(model="llama-3.1-8b", accelerator_name="A100-80", method=method, micro_batch=1)
        [answer] = finetuning.estimate([case])
        need.append(answer.estimate or 0.0)
    assert need == sorted(need)


def test_a_latent_cache_is_copied_on_every_card_of_a_node() -> None:
    def cache(model: str, cards: int) -> float:
        case = serving(
            model=model, accelerator_name="B200", precision="fp8", load="fixed", batch=8, input_len=1000,
            output_len=100, n_gpus=cards, tensor_parallel=cards,
        )  # fmt: skip
        return case.kv_gb(8, 1000)

    assert cache("deepseek-v3", 8) == 8 * cache("deepseek-v3", 1)
    assert cache("llama-2-70b", 8) == cache("llama-2-70b", 1)
    assert architecture("deepseek-v3").mla_latent == 576
