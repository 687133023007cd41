"""How long serving takes, from first principles: the roofline of a decode step, of a prefill, and of a closed loop.

Symbols: b sequences in flight on a replica, c mean context, t tensor-parallel cards, L layers, h hidden, BW byte/s,
P dense peak FLOP/s, A active parameters; W_b weight bytes that a step over b tokens reads (dense part once, and the
expected distinct experts, see models), K_c cache bytes of one sequence at context c, s cards the cache splits over.

    memory   T_m = (W_b / (t BW) + b K_c / (s BW)) / eta_m          eta_m by weight format
    compute  T_c = (2 A b + 4 L h c b) / (t P) / eta_c              eta_c by compute format
    step     T   = (T_m^p + T_c^p)^(1/p) + L tau_engine + L_moe tau_moe
                 + 2 L (alpha + b h 2 byte (t - 1) / t / C) for t > 1     two all-reduces a layer
    prefill  one prompt of n tokens: the same with b K_c -> 0, 2 A n + 2 L h n^2 FLOP, eta_p, once tau
    request  out T(b) + b prefill  (chunked or blocking, the cards do both) -> output tokens/s = b out / request
             x replicas; pipeline stages work in turn on one batch and side by side on many

Saturated load: b is what the cache has room for, at most B_max. The soft maximum (p near 2) stands for imperfect
overlap. Ignored: tokenisation, network, CPU contention, speculative decoding, disaggregated prefill, uneven experts.
Coefficients (eta, tau, alpha, p, B_max) are in calibration.json; their residuals are shrunk in residual.py.

Roof: no step is faster than T_m with eta_m = 1 nor than T_c with eta_c = 1 (``roof``).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.precision import compute_precision, peak_flop_s
from estimators.serving import Serving

Array = NDArray[np.float64]
FORMATS = ("16", "8", "4")
EAGER = ("HF Transformers",)  # launches from Python run beside the card: the slower of the two counts
KNOWN_ENGINES = ("TensorRT-LLM", "vLLM", "SGLang", "llama.cpp", "HF Transformers", "AutoAWQ", "other")

PRIOR: dict[str, tuple[float, float]] = {
    "eta_m_16": (0.75, 0.15), "eta_m_8": (0.65, 0.2), "eta_m_4": (0.5, 0.3),
    "eta_c_16": (0.6, 0.3), "eta_c_8": (0.5, 0.3), "eta_c_4": (0.3, 0.4), "eta_p": (0.8, 0.3),
    "eta_kv": (0.6, 0.3),
    "tau_us_TensorRT-LLM": (57.0, 0.4), "tau_us_vLLM": (88.0, 0.4), "tau_us_SGLang": (97.0, 0.4),
    "tau_us_llama.cpp": (60.0, 0.5), "tau_us_HF Transformers": (915.0, 0.4), "tau_us_AutoAWQ": (100.0, 0.5),
    "tau_us_other": (80.0, 0.5), "tau_us_moe": (60.0, 0.5), "request_ms": (20.0, 0.7),
    "alpha_us_link": (8.0, 0.5), "alpha_us_pcie": (25.0, 0.5), "eta_link": (0.4, 0.5),
    "p": (2.0, 0.3), "b_max": (512.0, 0.5), "cross_node": (3.0, 0.5), "eta_moe": (0.6, 0.4),
    "tau_us_expert": (100.0, 0.4), "kv_copies": (1.0, 0.7), "queue": (0.15, 0.7),
}  # fmt: skip
"""Coefficient -> (prior median, prior spread of its logarithm): where the fit starts and what it is shrunk towards."""


def columns(cases: Sequence[Serving]) -> dict[str, Any]:
    """What the formulas need of many cases, as arrays."""

    def of(value: Any) -> Array:
        return np.array([value(s) for s in cases], dtype=float)

    return {
        "layers": of(lambda s: s.arch.layers),
        "moe_layers": of(lambda s: s.arch.layers * (s.arch.experts > 1)),
        "hidden": of(lambda s: s.arch.hidden),
        "active": of(lambda s: s.arch.params_active),
        "shared_bytes": of(lambda s: s.weights_gb * 1e9 * s.arch.shared_params / s.arch.params_total),
        "expert_bytes": of(lambda s: s.weights_gb * 1e9 * s.arch.expert_params / s.arch.params_total),
        "experts": of(lambda s: s.arch.experts),
        "routed": of(lambda s: s.arch.experts_per_token),
        "kv_full": of(lambda s: s.arch.kv_bytes_per_token(s.kv_bits)),
        "kv_window": of(lambda s: s.arch.window_elements() * s.kv_bits / 8),
        "window": of(lambda s: s.arch.sliding_window or 1),
        "attention_share": of(lambda s: s.arch.full_attention_layers / s.arch.layers),
        "split": of(lambda s: s.arch.kv_split(s.tensor_parallel)),
        "t": of(lambda s: s.tensor_parallel),
        "stages": of(lambda s: s.pipeline_parallel),
        "replicas": of(lambda s: s.replicas),
        "bw": of(lambda s: s.accelerator.memory_bandwidth_gb_s * 1e9),
        "peak": of(lambda s: peak_flop_s(s.precision, s.accelerator)),
        "link": of(lambda s: s.accelerator.link_gb_s * 1e9),
        "has_link": np.array([s.accelerator.has_link for s in cases]),
        "asked": of(lambda s: s.batch / s.replicas if s.batch else np.inf),
        "capacity": of(lambda s: max(s.capacity, 1.0)),
        "is_fixed": np.array([s.load == "fixed" for s in cases]),
        "is_saturated": np.array([s.batch is None for s in cases]),
        "decode_only": np.array([s.is_decode_only for s in cases]),
        "input": of(lambda s: max(s.input_len, 1.0)),
        "output": of(lambda s: s.output_len),
        "m_format": np.array([FORMATS.index(_format(s.weight_bits)) for s in cases]),
        "c_format": np.array([FORMATS.index(_compute_format(s)) for s in cases]),
        "is_eager": np.array([s.engine in EAGER for s in cases]),
        "groups": of(lambda s: 1.0 if s.arch.mla_latent else s.arch.heads / s.arch.kv_heads),
        "table_bytes": of(_table_bytes),
        "tau": np.array([KNOWN_ENGINES.index(s.engine if s.engine in KNOWN_ENGINES else "other") for s in cases]),
    }  # fmt: skip


def _table_bytes(s: Serving) -> float:
    """The input embedding is a table: a step reads one row a token of it, not the whole."""
    table = 0.0 if s.arch.tied_embeddings else s.arch.vocab * s.arch.hidden * max(s.weight_bits, 4.0) / 8
    return min(table, 0.3 * s.weights_gb * 1e9 * s.arch.shared_params / s.arch.params_total)


def _format(bits: float) -> str:
    return "16" if bits > 12 else "8" if bits > 6 else "4"


def _compute_format(s: Serving) -> str:
    return {"fp8": "8", "int8": "8", "fp4": "4"}.get(compute_precision(s.precision, s.accelerator), "16")


def _pick(theta: dict[str, float], prefix: str, names: Sequence[str], codes: NDArray[np.intp]) -> Array:
    return np.array([theta[prefix + n] for n in names])[codes]


def in_flight(theta: dict[str, float], c: dict[str, Any]) -> Array:
    """Sequences a replica works on at once."""
    limit = np.where(c["is_fixed"], np.inf, c["capacity"])
    asked = np.where(c["is_saturated"], theta["b_max"] * c["stages"], c["asked"])
    return np.asarray(np.maximum(1.0, np.minimum(asked, limit)))


def _weight_time(theta: dict[str, float], c: dict[str, Any], tokens: Array) -> Array:
    share = np.where(c["experts"] > 1, c["routed"] / np.maximum(c["experts"], 1), 1.0)
    distinct = np.where(c["experts"] > 1, c["experts"] * (1 - (1 - np.minimum(share, 1)) ** tokens), 0.0)
    read = c["shared_bytes"] - c["table_bytes"] + c["expert_bytes"] * distinct
    return np.asarray(read / (c["t"] * c["bw"]) / _pick(theta, "eta_m_", FORMATS, c["m_format"]))


def _softmax(theta: dict[str, float], a: Array, b: Array) -> Array:
    p = theta["p"]
    return np.asarray((a**p + b**p) ** (1 / p))


def _allreduce(theta: dict[str, float], c: dict[str, Any], tokens: Array) -> Array:
    alpha = np.where(c["has_link"], theta["alpha_us_link"], theta["alpha_us_pcie"]) * 1e-6
    alpha = alpha * np.where(c["t"] > 8, theta["cross_node"], 1.0)
    move = tokens * c["hidden"] * 2 * (c["t"] - 1) / c["t"] / (c["link"] / 2 * theta["eta_link"])
    return np.asarray(np.where(c["t"] > 1, 2 * c["layers"] * (alpha + move), 0.0))


def decode_step(theta: dict[str, float], c: dict[str, Any], b: Array) -> Array:
    """Seconds of one decode step of a replica."""
    context = c["input"] + c["output"] / 2
    cache = c["kv_full"] * context + c["kv_window"] * np.minimum(1.0, context / c["window"])
    copies = np.where(c["is_eager"], 1 + theta["kv_copies"] * c["groups"], 1.0)
    memory = _weight_time(theta, c, b) + b * cache * copies / (c["split"] * c["bw"]) / theta["eta_kv"]
    flop = 2 * c["active"] * b + 4 * c["layers"] * c["hidden"] * context * b * c["attention_share"]
    compute = flop / (c["t"] * c["peak"]) / _eta_c(theta, c)
    loop = np.where(c["is_eager"], theta["tau_us_expert"] * c["routed"], theta["tau_us_moe"])
    fixed = (c["layers"] * _pick(theta, "tau_us_", KNOWN_ENGINES, c["tau"]) + c["moe_layers"] * loop) * 1e-6
    work = _softmax(theta, memory, compute)
    return np.asarray(np.where(c["is_eager"], (work**4 + fixed**4) ** 0.25, work + fixed) + _allreduce(theta, c, b))


def _eta_c(theta: dict[str, float], c: dict[str, Any]) -> Array:
    return np.asarray(
        _pick(theta, "eta_c_", FORMATS, c["c_format"]) * np.where(c["moe_layers"] > 0, theta["eta_moe"], 1.0)
    )


def prefill(theta: dict[str, float], c: dict[str, Any]) -> Array:
    """Seconds of the prefill of one prompt, alone."""
    n = c["input"]
    flop = 2 * c["active"] * n + 2 * c["layers"] * c["hidden"] * n**2 * c["attention_share"]
    compute = flop / (c["t"] * c["peak"]) / theta["eta_p"] / _eta_c(theta, c)
    fixed = c["layers"] * _pick(theta, "tau_us_", KNOWN_ENGINES, c["tau"]) * 1e-6 + theta["request_ms"] * 1e-3
    return np.asarray(_softmax(theta, _weight_time(theta, c, n), compute) + fixed + _allreduce(theta, c, n))


def prefill_marginal(theta: dict[str, float], c: dict[str, Any]) -> Array:
    """Seconds a further prompt adds where prompts share the cards with decoding: its compute and its messages."""
    n = c["input"]
    flop = 2 * c["active"] * n + 2 * c["layers"] * c["hidden"] * n**2 * c["attention_share"]
    compute = flop / (c["t"] * c["peak"]) / theta["eta_p"] / _eta_c(theta, c)
    move = np.where(c["t"] > 1, _allreduce(theta, c, n) - _allreduce(theta, c, 0 * n), 0.0)
    return np.asarray(compute + move)


def serve(theta: dict[str, float], c: dict[str, Any]) -> dict[str, Array]:
    """Output tokens/s of the deployment, seconds to the first token, seconds a further token, and what is in flight."""
    b = in_flight(theta, c)
    at_once = np.where(c["is_fixed"], b, np.maximum(1.0, b / c["stages"]))
    step = decode_step(theta, c, at_once)
    first = prefill(theta, c)
    more = prefill_marginal(theta, c)
    prompts = np.where(c["decode_only"], 0.0, first + (at_once - 1) * more)
    request = c["output"] * step + prompts
    overlap = np.where(c["is_fixed"], 1.0, np.minimum(c["stages"], b))
    rate = at_once * c["output"] / request * overlap * c["replicas"]
    waiting = np.where(np.isfinite(c["asked"]), np.maximum(0.0, c["asked"] / b - 1), 0.0) * request
    queue = np.where(c["is_fixed"], (at_once - 1) * more, theta["queue"] * (at_once - 1) * more)
    return {
        "rate": rate,
        "first": first + queue + waiting,
        "step": request / c["output"],
        "in_flight": b,
        "alone": step,
    }


def roof(c: dict[str, Any], b: Array) -> Array:
    """Output tokens/s that no deployment can exceed: full bandwidth on the weights, or full dense peak, per replica."""
    ideal = dict.fromkeys(PRIOR, 1.0)
    memory = _weight_time(ideal, c, b * 0 + np.maximum(b, 1.0))
    compute = 2 * c["active"] * b / (c["t"] * c["peak"])
    overlap = np.where(c["is_fixed"], 1.0, c["stages"])
    return np.asarray(b / np.maximum(memory, compute) * c["replicas"] * overlap)


def prefill_roof_s(c: dict[str, Any]) -> Array:
    """Seconds that no prefill of one prompt can undercut: full dense peak on its tokens."""
    return np.asarray(2 * c["active"] * c["input"] / (c["t"] * c["peak"]))


LIMITS = ("memory_bandwidth", "compute", "kernel_launches", "interconnect", "prefill", "kv_cache_room")


def limits(theta: dict[str, float], c: dict[str, Any], b: Array) -> NDArray[np.str_]:
    """What takes the largest share of a request's time; room for the cache where it keeps sequences waiting."""
    context = c["input"] + c["output"] / 2
    cache = c["kv_full"] * context + c["kv_window"] * np.minimum(1.0, context / c["window"])
    parts = [
        _weight_time(theta, c, b) + b * cache / (c["split"] * c["bw"]) / theta["eta_kv"],
        2 * c["active"] * b / (c["t"] * c["peak"]) / _eta_c(theta, c),
        c["layers"] * _pick(theta, "tau_us_", KNOWN_ENGINES, c["tau"]) * 1e-6,
        _allreduce(theta, c, b),
        b * prefill_marginal(theta, c) / c["output"],
    ]
    names = np.array(LIMITS)[np.argmax(np.array(parts), axis=0)]
    return np.where(np.isfinite(c["asked"]) & ~c["is_fixed"] & (c["asked"] > 1.02 * b), LIMITS[-1], names)
