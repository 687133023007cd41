"""Pre-training and continued training: FLOP by counting, the share of the peak that is delivered by calibration.

Symbols: A active parameters, N total parameters, D tokens, s sequence length, L layers, h hidden width, G cards,
P dense bf16 peak of a card in FLOP/s, P_p its peak at the precision asked for, u utilisation (MFU) in [0, 1].

    FLOP            C = 6 A D + 6 L h s D           (causal attention, forward and backward; 4 A D and two thirds of the
                                                     attention for LoRA, whose weight gradients are not computed)
    GPU-hours       H = C / (P (P_p / P)^w u) / 3600
    wall time       H / G;   energy = H x TDP x POWER_SHARE;   cost = H x price

Embeddings and the vocabulary projection are inside A; activation recomputation is kept apart: it is work the hardware
does, not FLOP of the model, so it shows as a lower u (full recomputation: about a quarter). w = 1/2: a narrower format
delivers on average the root of what its peak promises; the rest is learned.

ln u = mean + effects (see shrinkage) of: kind of run, generation and card, precision on that generation, sparsity
(mixture of experts roughly halves it), software and its date, size, scale, and slopes in balance (peak over bandwidth),
sequence length, recomputation. ``kind`` separates goodput from steady MFU: a *full_run* includes
restarts, ramp-up and evaluation; a *benchmark* is steady; *mlperf_* is time to target with evaluation.

Ignored: network topology, failures in particular, data loading. Where the layers are unknown h = 128 L is assumed for
the attention term. Measured error: docs/accuracy.md; reported MFU explains published GPU-hours only to 0.86.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from estimators.answer import Answer, Quantity, around, joined
from estimators.errors import CannotEstimate, check_parameters, positive
from estimators.hardware import Accelerator, accelerator
from estimators.models import Architecture, folded, known, nominal
from estimators.precision import compute_precision, family
from estimators.residual import learned, points
from estimators.shrinkage import Array, Points

NARROW_EXPONENT = 0.5
USUAL_UTILISATION = 0.3  # where nothing at all is known; every effect is relative to it
POWER_SHARE = 0.85  # of TDP while training, with fans and host left out
USUAL_CARDS = ((2e10, 512.0), (math.inf, 2048.0))  # of a full run up to so many active parameters, where not stated
KINDS = ("full_run", "benchmark", "mlperf_pretrain", "mlperf_lora")
SOFTWARE = ("megatron", "nemo", "llm-foundry", "maxtext", "torchtitan", "mlperf")
SPARSE = 1.2  # total over active parameters from which a model counts as sparse; the runs have 1 or at least 5.4
ROOF = 0.9  # nobody sustains more of the peak; also the gate for measurements


@dataclass(frozen=True, kw_only=True)
class Training:
    """One run, checked."""

    arch: Architecture
    accelerator: Accelerator
    tokens: float
    seq_len: float
    gpu_count: float | None
    precision: str
    is_recomputed: bool
    software: str
    kind: str
    date: float

    @property
    def is_lora(self) -> bool:
        """Are only adapters trained?"""
        return "lora" in self.kind

    @property
    def cards(self) -> float:
        """Cards, or as many as runs of this size usually have."""
        return self.gpu_count or next(n for limit, n in USUAL_CARDS if self.arch.params_active <= limit)


def training(
    *,
    model: str,
    params_total: float | None,
    params_active: float | None,
    tokens: float | None,
    hardware: str,
    seq_len: float | None = None,
    gpu_count: float | None = None,
    precision: str = "",
    activation_ckpt: str = "",
    software: str = "",
    kind: str = "",
    date: float | None = None,
) -> Training:
    """A checked run; every objection is one line."""
    if tokens is None:
        raise CannotEstimate("tokens is empty: expected the number of training tokens")
    positive("tokens", tokens)
    check_parameters(params_total, params_active)
    for name, value in (("gpu_count", gpu_count), ("seq_len", seq_len)):
        if value is not None:
            positive(name, value)
    arch = _architecture(model, params_total, params_active)
    card = accelerator(hardware)
    precision = precision or ("bf16" if "bf16" in card.dense_tflop_s else "fp16")
    compute_precision(precision, card)
    if kind and kind not in KINDS:
        raise CannotEstimate(f"kind {kind!r}: expected one of {', '.join(KINDS)}")
    return Training(
        arch=arch, accelerator=card, tokens=tokens, seq_len=seq_len or 4096.0, gpu_count=gpu_count,
        precision=precision.casefold(), is_recomputed=activation_ckpt.casefold() == "full",
        software=_software(software), kind=kind or "full_run", date=date or 2026.0,
    )  # fmt: skip


def _architecture(model: str, total: float | None, active: float | None) -> Architecture:
    arch = known(model) if model else None
    if total is None and active is None:
        if arch is None:
            raise CannotEstimate(f"model {model!r}: not known and no params_total given; give its parameters")
        return arch
    if active is None and total and arch and abs(math.log(arch.params_total / total)) < 0.1:
        return arch  # the parameters at work for a token are known, though the row does not say
    total, active = total or active or 0.0, active or _active_by_name(model) or total or 0.0
    if arch and abs(math.log(arch.params_active / active)) < 0.1 and abs(math.log(arch.params_total / total)) < 0.1:
        return arch
    return nominal(model, total, active)


_ACTIVE = re.compile(r"[-_]a([0-9]+(?:\.[0-9]+)?)b\b", re.IGNORECASE)


def _active_by_name(model: str) -> float | None:
    """22e9 of 'Qwen3-235B-A22B'."""
    named = _ACTIVE.search(model)
    return float(named[1]) * 1e9 if named else None


def _software(text: str) -> str:
    words = text.casefold()
    return next((s for s in SOFTWARE if s in words), words.split(" ")[0])


def flop(case: Training) -> float:
    """Model FLOP of the run, attention included."""
    return parameter_flop(case) + attention_flop(case)


def parameter_flop(case: Training) -> float:
    """6 A D, or 4 A D for LoRA: 3.14e23 for GPT-3 on 300e9 tokens."""
    return (4 if case.is_lora else 6) * case.arch.params_active * case.tokens


def attention_flop(case: Training) -> float:
    """6 L h s D over the layers that attend to the whole context."""
    a = case.arch
    return 6 * a.full_attention_layers * a.hidden * case.seq_len * case.tokens * (2 / 3 if case.is_lora else 1)


def delivered_peak_flop_s(case: Training) -> float:
    """P (P_p / P)^w: what the utilisation is taken of."""
    rates = case.accelerator.dense_tflop_s
    wide = rates.get("bf16") or rates["fp16"]
    narrow = (
        rates.get("int8", wide)
        if family(case.precision) == "int8"
        else rates[compute_precision(case.precision, case.accelerator)]
    )
    return float(wide * (narrow / wide) ** NARROW_EXPONENT * 1e12)


def peak_flop_s(case: Training) -> float:
    """The greater of the bf16 peak and the peak at the precision asked for: the roof."""
    rates = case.accelerator.dense_tflop_s
    asked = family(case.precision)
    return max(rates.get("bf16") or rates["fp16"], rates.get(asked, 0.0)) * 1e12


def labels(case: Training) -> dict[str, str]:
    """What the utilisation of this run is shared with."""
    return {
        "kind": case.kind,
        "generation": case.accelerator.generation,
        "card": case.accelerator.accelerator_id,
        "software": case.software,
        "sparse": str(_is_sparse(case)),
        "precision": "fp8" if case.precision == "mxfp8" else case.precision,
        "model": case.arch.model if not case.arch.is_nominal else folded(case.arch.model),
    }


def coordinates(case: Training) -> dict[str, float]:
    """Where the run lies among others; logs, centred where they carry a slope."""
    a = case.arch
    balance = delivered_peak_flop_s(case) / 1e9 / case.accelerator.memory_bandwidth_gb_s
    return {
        "active": math.log(a.params_active / 1e10),
        "gpus": math.log(case.cards / 64),
        "seq": math.log(case.seq_len / 4096),
        "date": case.date - 2024.5,
        "balance": math.log(balance / 200),
        "ckpt": float(case.is_recomputed),
    }


def as_points(cases: Sequence[Training]) -> Points:
    """Runs as points of the shrinkage."""
    return points([labels(c) for c in cases], [coordinates(c) for c in cases])


def ideal_hours(cases: Sequence[Training]) -> Array:
    """GPU-hours at the usual utilisation of the delivered peak."""
    return np.array([flop(c) / delivered_peak_flop_s(c) / USUAL_UTILISATION / 3600 for c in cases])


def estimate(cases: Sequence[Training]) -> list[Answer]:
    """GPU-hours of every run."""
    if not cases:
        return []
    model = learned("training")
    where = as_points(cases)
    similar = model.similarity(where)
    hours = ideal_hours(cases) / np.exp(model.correction(similar))
    return [
        _answer(case, float(hours[i]), model.interval(case.kind, basis), basis, tuple(model.nearest(similar, i)))
        for i, (case, basis) in enumerate(zip(cases, model.bases(where), strict=True))
    ]


def _answer(
    case: Training, hours: float, interval: tuple[float, float], basis: str, nearest: tuple[str, ...]
) -> Answer:
    least = flop(case) / peak_flop_s(case) / ROOF / 3600
    q = around(max(hours, least), interval)
    q = Quantity(q.point, max(q.low, least), q.high)
    cards = case.cards
    detail = {
        "training_flop": flop(case),
        "attention_flop": attention_flop(case),
        "mfu_of_bf16_peak": flop(case) / q.point / 3600 / bf16_flop_s(case),
        "wall_days": q.point / cards / 24,
        "gpu_count": cards,
    }
    if case.accelerator.tdp_w:
        detail["energy_mwh"] = q.point * case.accelerator.tdp_w * POWER_SHARE / 1e6
    limits = "compute and recomputation" if case.is_recomputed else "expert traffic" if _is_sparse(case) else "compute"
    note = joined(
        "" if case.gpu_count else f"gpu_count not stated: {cards:g} assumed",
        f"{case.arch.model or 'model'}: layers assumed from its size" if case.arch.is_nominal else "",
        case.accelerator.note if case.accelerator.form_factor == "unstated" else "",
    )
    return Answer(q.point, q.low, q.high, "gpu_hours", basis, limits, note, nearest, {}, detail)


def _is_sparse(case: Training) -> bool:
    return case.arch.params_total > SPARSE * case.arch.params_active


def bf16_flop_s(case: Training) -> float:
    """Dense peak at 16 bits."""
    rates = case.accelerator.dense_tflop_s
    return float(rates.get("bf16") or rates["fp16"]) * 1e12


def stated_peak_flop_s(case: Training) -> float:
    """Dense peak at the precision that the run states."""
    rates = case.accelerator.dense_tflop_s
    return float(rates.get(family(case.precision)) or bf16_flop_s(case) / 1e12) * 1e12


def cost_usd(gpu_hours: float, price_usd_per_accelerator_hour: float) -> float:
    """Cost at a price per accelerator-hour."""
    if price_usd_per_accelerator_hour < 0:
        raise CannotEstimate(
            f"price {price_usd_per_accelerator_hour:g}: expected zero or more USD per accelerator-hour"
        )
    return gpu_hours * price_usd_per_accelerator_hour
