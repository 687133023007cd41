"""Memory of fine-tuning on each card: full, LoRA, QLoRA and other adapters.

Symbols: N parameters, T trainable parameters, w bits a weight, B micro-batch, s sequence length, n = B s tokens in a
step, L layers, h hidden, f width of the feed-forward, V vocabulary, G cards that share (ZeRO-3 or FSDP).

    weights      N w / 8                       4.25 bits for INT4 and NF4 (4.13 with double quantisation); embeddings
                                               stay at 16 bits; 4 byte where training keeps fp32 weights
    gradients    T x 2 byte                    (bf16; none kept where the optimiser runs inside the backward pass)
    optimiser    T x 4 byte AdamW in bf16, 12 with fp32 master weights and moments (DeepSpeed, fp32 and mixed
                 precision), 2 for 8-bit AdamW, 0 if paged or offloaded
    activations  none kept but the layer boundaries under gradient checkpointing: n L 2 h byte + one layer's;
                 otherwise n L c_act (8 h + 3 f + 2 (n_q + 2 n_kv) d) x 2 byte
    logits       n V c_logit byte: 16-bit logits, their fp32 copy and its gradient
    runtime      0 for *allocated*, fragmentation for *reserved*, and the driver's context for *process* memory

    memory = (weights + gradients + optimiser) / G + activations + logits + runtime

T for LoRA of rank r, where not stated: 2 r (h + h) L, the query and value projections (r 64 or more: all linear
layers). An empty micro-batch means that no step is described: activations of one short sequence.

Ignored: temporary buffers of kernels, communication buckets, allocator history. Its error on one card in grouped
cross-validation is in docs/accuracy.md; the same columns were measured 2x apart by one project (torchtune 8B full).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from estimators.answer import Answer, Quantity, around, joined
from estimators.errors import CannotEstimate, check_parameters, positive
from estimators.hardware import Accelerator, accelerator
from estimators.models import Architecture, known, nominal
from estimators.precision import peak_flop_s
from estimators.residual import coefficients, learned, points
from estimators.shrinkage import Array, Points

PRIOR: dict[str, tuple[float, float]] = {
    "act": (1.3, 0.2), "boundary": (1.5, 0.4), "logit_bytes": (10.0, 0.4), "context_gb": (1.0, 0.5),
    "fragmentation": (1.08, 0.04), "allocated_gb": (0.3, 0.5), "adapter_states": (14.0, 0.3),
}  # fmt: skip
STATE_BYTES = {"sgd": 2.0, "adafactor": 2.0, "galore": 3.0, "lion": 4.0, "adam-mini": 4.0, "adam_mini": 4.0}
"""Gradient (2 byte) and states of leaner optimisers: none, rows and columns only, a quarter of the rank, one moment."""
WEIGHTS_STAY = ("", "0", "no", "false", "optimizer")  # on the card, with that offloaded
LOGIT_CHUNKS = 8  # torchtune computes the loss in pieces
SCOPES = ("max_allocated", "max_reserved", "process", "sum")
METHODS = ("full", "lora", "qlora")
BITS_OF_QUANTISATION = {
    "bnb.nf4": 4.25, "nf4": 4.25, "bnb.nf4-dq": 4.13, "nf4-dq": 4.13, "bnb.fp4": 4.25, "gptq-int4": 4.25, "int4": 4.25,
    "awq": 4.25, "bnb.int8": 8.0, "int8": 8.0, "llm.int8": 8.0, "fp8": 8.0,
    "fp32": 32.0, "float32": 32.0, "32-true": 32.0, "fp32/bf16": 32.0, "fp32/fp16": 32.0,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """One fine-tuning set-up, checked."""

    arch: Architecture
    accelerator: Accelerator
    method: str
    quantization: str
    n_gpus: int
    scope: str
    seq_len: float
    micro_batch: float | None
    trainable: float
    is_checkpointed: bool
    optimizer: str
    offload: str
    software: str

    @property
    def family(self) -> str:
        """full, lora, qlora, or adapter for the other parameter-efficient methods."""
        base = self.method.split("+")[0].removeprefix("peft:")
        return base if base in METHODS else "adapter"

    @property
    def is_sharded(self) -> bool:
        """Are weights and states divided over the cards?"""
        words = re.sub(r"[\s_-]", "", f"{self.method} {self.software}".casefold())
        whole = (
            self.family == "full" or "torchtune" in words
        )  # a full run on several cards is sharded by all that do it
        return "zero3" in words or "fsdp" in words or (self.n_gpus > 1 and whole)

    @property
    def weight_bits(self) -> float:
        """Bits a frozen or trained weight takes."""
        if self.quantization in BITS_OF_QUANTISATION:
            return BITS_OF_QUANTISATION[self.quantization]
        if re.search(r"4-?bit|nf4|fp4|int4|q4", self.quantization):
            return 4.25
        if re.search(r"8-?bit|int8|fp8", self.quantization) and "training" not in self.quantization:
            return 8.0
        return 4.25 if self.family == "qlora" else 16.0


def tuning(
    *,
    model: str,
    accelerator_name: str,
    method: str,
    params_total: float | None = None,
    quantization: str = "",
    n_gpus: int = 1,
    scope: str = "process",
    seq_len: float | None = None,
    micro_batch: float | None = None,
    lora_rank: float | None = None,
    trainable_params: float | None = None,
    is_checkpointed: bool | None = None,
    optimizer: str = "",
    offload: str = "",
    software: str = "",
) -> Tuning:
    """A checked case; every objection is one line."""
    method, quantization = method.strip().casefold(), quantization.strip().casefold()
    if not method:
        raise CannotEstimate("method is empty: expected full, lora, qlora or the name of an adapter")
    if scope not in SCOPES:
        raise CannotEstimate(f"memory_scope {scope!r}: expected one of {', '.join(SCOPES[:3])}")
    arch = known(model)
    check_parameters(params_total)
    if trainable_params is not None:
        positive("trainable_params", trainable_params)
    if params_total and (arch is None or abs(np.log(arch.params_total / params_total)) > 0.1):
        arch = nominal(model, params_total)
    if arch is None:
        raise CannotEstimate(f"model {model!r}: not known and params_total is empty; give its parameters")
    card = accelerator(accelerator_name)
    if "bf16" in quantization or "bfloat16" in quantization:
        peak_flop_s("bf16", card)
    for name, value in (("seq_len", seq_len), ("micro_batch", micro_batch), ("lora_rank", lora_rank)):
        if value is not None:
            positive(name, value)
    if n_gpus < 1:
        raise CannotEstimate(f"n_gpus {n_gpus}: expected 1 or more")
    return Tuning(
        arch=arch, accelerator=card, method=method, quantization=quantization, n_gpus=n_gpus, scope=scope,
        seq_len=seq_len or 2048.0, micro_batch=micro_batch,
        trainable=_trainable(arch, method, lora_rank, trainable_params), is_checkpointed=bool(is_checkpointed),
        optimizer=optimizer.casefold(), offload=offload.casefold(), software=software,
    )  # fmt: skip


def _trainable(arch: Architecture, method: str, rank: float | None, stated: float | None) -> float:
    if method.startswith("full"):
        return arch.params_total
    embeddings = 2.0 * arch.vocab * arch.hidden if "emb" in method else 0.0
    if stated:
        return stated + embeddings
    r = rank or 16.0
    one_layer = 4 * r * arch.hidden if r < 64 else r * (8 * arch.hidden + 3 * (arch.hidden + arch.ffn_intermediate))
    return one_layer * arch.layers + embeddings


def _state_bytes(case: Tuning, theta: dict[str, float]) -> float:
    """Bytes of gradient and optimiser for every trainable parameter."""
    words, software = case.optimizer, case.software.casefold()
    if case.family != "full":
        return theta["adapter_states"]
    if "offload" in case.offload or case.offload in ("1", "true", "cpu", "optimizer"):
        return 2.0
    if "8bit" in words or "8-bit" in words or "paged" in words:
        return 2.0 if "paged" in words else 4.0
    if "torchtune" in software and not words:
        return 2.0  # its single-card recipe: paged 8-bit AdamW inside the backward pass
    for name, taken in STATE_BYTES.items():
        if name in words:
            return taken
    if case.weight_bits == 32 or "deepspeed" in software or "finetune.py" in software or "mixed" in case.quantization:
        return 14.0
    return 6.0


def breakdown_gb(theta: dict[str, float], case: Tuning) -> dict[str, float]:
    """The parts of the memory of one card, in 10^9 byte."""
    a, cards = case.arch, case.n_gpus if case.is_sharded else 1
    embedding = a.vocab * a.hidden * (1 if a.tied_embeddings else 2) if not a.is_nominal else 0.0
    kept = min(embedding, 0.5 * a.params_total) * max(0.0, 16 - case.weight_bits) / 8
    tokens = (case.micro_batch or 0.0) * case.seq_len
    ffn = a.ffn_intermediate or 4 * a.hidden
    if a.experts:
        ffn = int(a.params_active / a.layers / a.hidden / 3)
    wide = (8 * a.hidden + 3 * ffn + 2 * (a.heads + 2 * a.kv_heads) * a.head_dim) * 2 * theta["act"]
    if case.is_checkpointed:
        activations = tokens * (a.layers * 2 * a.hidden * theta["boundary"] + wide)
    else:
        activations = tokens * a.layers * wide
    parts = {
        "weights": a.params_total * case.weight_bits / 8 + kept,
        "states": case.trainable * _state_bytes(case, theta),
        "activations": activations,
        "logits": tokens
        * a.vocab
        * theta["logit_bytes"]
        / (LOGIT_CHUNKS if "torchtune" in case.software.casefold() else 1),
    }
    parts["weights"] /= cards
    parts["states"] /= cards
    gb = {k: v / 1e9 for k, v in parts.items()}
    gb["runtime"] = theta["allocated_gb"] + sum(gb.values()) * _fragments(theta, case.scope)
    if case.scope in ("process", "sum"):
        gb["runtime"] += theta["context_gb"]
    return gb


def _fragments(theta: dict[str, float], scope: str) -> float:
    return 0.0 if scope == "max_allocated" else theta["fragmentation"] - 1


def labels(case: Tuning) -> dict[str, str]:
    """What the residual of this case is shared with."""
    software = case.software.casefold().replace("-", " ").split(" ")[0] if case.software else ""
    return {
        "method": case.family,
        "software": software,
        "scope": case.scope,
        "model": case.arch.model,
        "checkpointed": str(case.is_checkpointed),
        "sharded": str(case.is_sharded),
        "bits": f"{case.weight_bits:g}",
        "step": str(case.micro_batch is not None),
    }


def coordinates(case: Tuning) -> dict[str, float]:
    """Where the case lies among others, in logs."""
    tokens = (case.micro_batch or 0.25) * case.seq_len
    return {"size": float(np.log(case.arch.params_total)), "tokens": float(np.log(tokens))}


def as_points(cases: Sequence[Tuning]) -> Points:
    """Cases as points of the shrinkage."""
    return points([labels(c) for c in cases], [coordinates(c) for c in cases])


def physics_gb(theta: dict[str, float], cases: Sequence[Tuning]) -> Array:
    """Memory of one card by the formulas alone."""
    return np.array([sum(breakdown_gb(theta, c).values()) for c in cases])


def estimate(cases: Sequence[Tuning]) -> list[Answer]:
    """Memory of one card of every case, in 10^9 byte; of all cards where the scope is their sum."""
    if not cases:
        return []
    theta, model = coefficients("finetune"), learned("finetune")
    where = as_points(cases)
    similar = model.similarity(where)
    gb = physics_gb(theta, cases) * np.exp(model.correction(similar))
    return [
        _answer(theta, case, float(gb[i]), model.interval("", basis), basis, tuple(model.nearest(similar, i)))
        for i, (case, basis) in enumerate(zip(cases, model.bases(where), strict=True))
    ]


def _answer(
    theta: dict[str, float], case: Tuning, gb: float, interval: tuple[float, float], basis: str,
    nearest: tuple[str, ...],
) -> Answer:  # fmt: skip
    parts = breakdown_gb(theta, case)
    limit = max(parts, key=lambda k: parts[k])
    card_gb = case.accelerator.memory_gb
    least = parts["weights"] if case.offload in WEIGHTS_STAY else 0.0
    q = around(max(gb, least), interval)
    q = Quantity(q.point, max(q.low, least), q.high)
    detail = {f"{k}_gb": v for k, v in parts.items()} | {
        "memory_of_card_gb": card_gb,
        "fits": float(q.high <= 0.97 * card_gb),
    }
    note = joined(
        f"does not fit: needs {q.point:.1f} GB of {card_gb:g}" if q.low > card_gb else "",
        "micro_batch not stated: no step is counted" if case.micro_batch is None else "",
        f"{case.arch.model}: layers assumed from its size" if case.arch.is_nominal else "",
        f"the sum over {case.n_gpus} cards" if case.scope == "sum" else "",
    )
    cards = case.n_gpus if case.scope == "sum" else 1
    return Answer(cards * q.point, cards * q.low, cards * q.high, "memory_gb", basis, limit, note, nearest, {}, detail)
