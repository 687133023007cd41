"""What people write for a card, a model or a format, and how a file may be less than perfect."""

from collections.abc import Mapping

import pytest

from estimators import batch
from estimators.errors import CannotEstimate
from estimators.hardware import accelerator
from estimators.models import known
from estimators.precision import family

CARDS = {
    "NVIDIA H100 80GB HBM3": "nvidia-h100-sxm-80gb",
    "H100-PCIe-80GB": "nvidia-h100-pcie-80gb",
    "H200-SXM-141GB": "nvidia-h200-sxm-141gb",
    "NVIDIA A100-SXM4-40GB": "nvidia-a100-sxm-40gb",
    "NVIDIA A100 80GB PCIe": "nvidia-a100-pcie-80gb",
    "A100 40GB": "nvidia-a100-40gb",  # the form is not stated
    "Tesla T4": "nvidia-t4-16gb",
    "AMD Instinct MI300X": "amd-mi300x-192gb",
    "NVIDIA GeForce RTX 4090": "nvidia-rtx-4090-24gb",
    "Trillium": "google-tpu-v6e",
}
MODELS = {
    "llama3.1-8b": "llama-3.1-8b",
    "LLAMA31_405B": "llama-3.1-405b",
    "Meta-Llama-3.1-70B-Instruct": "llama-3.1-70b",
    "DeepSeek-R1-0528": "deepseek-v3-671b",
    "Qwen3-235B-A22B-Instruct-2507": "qwen3-235b-a22b",
    "Mixtral-8x22B-Instruct-v0.1": "mixtral-8x22b",
    "Phi-3-mini-4k-instruct": "phi-3-mini",
}
FORMATS = {
    "fp8_e5m2": "fp8",
    "llm.int8": "int8",
    "int4-awq": "int4",
    "bnb.nf4": "int4",
    "q5_k_m": "q4_k_m",
    "f32": "fp32",
}


@pytest.mark.parametrize(("written", "meant"), CARDS.items())
def test_a_card_is_known_by_what_its_vendor_and_its_tools_call_it(written: str, meant: str) -> None:
    assert accelerator(written).accelerator_id == meant


@pytest.mark.parametrize("written", ["H2", "H20 141GB", "H100 94GB HBM3", "MI300", "A100 20GB", "80GB"])
def test_a_name_that_no_card_of_that_memory_has_is_no_card(written: str) -> None:
    with pytest.raises(CannotEstimate, match="not known; nearest"):
        accelerator(written)


@pytest.mark.parametrize(("written", "meant"), MODELS.items())
def test_a_model_is_known_with_the_release_and_the_packing_in_its_name(written: str, meant: str) -> None:
    model = known(written)
    assert model is not None
    assert model.model == meant


def test_every_model_and_card_is_still_known_by_its_own_name() -> None:
    from estimators.hardware import accelerators
    from estimators.models import architectures

    assert [card for card in accelerators() if accelerator(card.accelerator_id) != card] == []
    assert [model.model for model in architectures() if known(model.model) != model] == []


@pytest.mark.parametrize(("written", "meant"), FORMATS.items())
def test_a_format_is_known_by_what_engines_call_it(written: str, meant: str) -> None:
    assert family(written) == meant


SERVED = {
    "id": "1", "model": "llama-3.1-8b", "precision": "fp8", "accelerator": "H100", "load_kind": "concurrency",
    "batch": "16", "input_len": "512", "output_len": "128", "n_gpus": "1", "tp": "1", "engine": "vLLM",
    "date": "2025-06",
}  # fmt: skip


def rate(row: Mapping[str, str], **other: str) -> float | None:
    return batch.answers("inference", [{**row, **other}])[0].estimate


@pytest.mark.parametrize(
    "other",
    [
        {"precision": "", "weight_bits": "8"},
        {"date": "2025/06"},
        {"date": "20250615"},
        {"load_kind": "Concurrent"},
        {"engine": "VLLM"},
        {"kv_bits": "auto"},
        {"n_gpus": ""},
        {"tp": "", "pp": ""},
    ],
)
def test_a_cell_that_is_empty_or_written_otherwise_changes_no_answer(other: dict[str, str]) -> None:
    assert rate(SERVED, **other) == rate(SERVED)


@pytest.mark.parametrize(
    "other",
    [
        {"params_total": "-5e9", "model": "none"},
        {"weight_bits": "-8"},
        {"kv_bits": "900"},
        {"params_total": "30", "model": "x"},
    ],
)
def test_a_figure_that_cannot_be_is_unsupported_and_stops_no_other_row(other: dict[str, str]) -> None:
    bad, good = batch.answers("inference", [{**SERVED, **other}, SERVED])
    assert (bad.estimate, bad.basis) == (None, "unsupported")
    assert good.estimate == rate(SERVED)


def test_figures_that_lead_nowhere_are_unsupported() -> None:
    run = {"id": "1", "model": "llama-2-7b", "hardware": "H100", "tokens": "1e308"}
    bad, good = batch.answers("training", [run, {**run, "tokens": "1e12"}])
    assert bad.estimate is None
    assert good.estimate is not None


def test_parameters_at_work_are_known_from_the_model_or_its_name() -> None:
    run = {"id": "1", "model": "DeepSeek-V3", "hardware": "H800", "tokens": "14.8e12", "gpu_count": "2048"}
    stated, total_alone, none = batch.answers(
        "training", [{**run, "params_total": "671e9", "params_active": "37e9"}, {**run, "params_total": "671e9"}, run]
    )
    assert total_alone.estimate == pytest.approx(none.estimate)
    assert stated.estimate == pytest.approx(none.estimate, rel=0.05)
    named = {**run, "model": "Nobodys-235B-A22B", "params_total": "235e9"}
    by_name, by_figure = batch.answers("training", [named, {**named, "params_active": "22e9"}])
    assert by_name.estimate == pytest.approx(by_figure.estimate)


def test_an_h800_multiplies_in_fp8() -> None:
    run = {"id": "1", "model": "DeepSeek-V3", "hardware": "H800", "tokens": "14.8e12", "precision": "fp8"}
    assert batch.answers("training", [run])[0].basis != "unsupported"
