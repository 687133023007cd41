"""Memory that a deployment needs: weights, embeddings left at 16 bits, KV cache, activations, runtime.

Symbols as in serving; n tokens of the prompt, f width of the feed-forward, V vocabulary, G cards.

    memory = W + E + KV(b, n + out) + activations + runtime G
    activations, eager engines (Transformers): the whole prompt goes through a layer at once,
        b n (act_f f + act_h h) 2 byte, and logits of every position before Transformers 4.45: b n V 6 byte
    activations, engines that prefill in chunks: at most 2,048 tokens of the same, and b V 4 byte of logits

W = N w / 8 and KV follow models; their sum for Llama 2 70B with 8-bit weights and 16 requests at 4,096 tokens of 16-bit
cache is 68.98 + 21.47 = 90.45 GB. Engines that reserve their cache ahead (vLLM, SGLang, TensorRT-LLM) take their share
of the card whatever they need; this is what is needed, not what is reserved. Measured error: docs/accuracy.md.
"""

from collections.abc import Sequence

import numpy as np

from estimators.serving import CHUNK_TOKENS, Serving, embeddings_gb
from estimators.shrinkage import Array

PRIOR: dict[str, tuple[float, float]] = {
    "act_f": (3.0, 0.4),
    "act_h": (6.0, 0.5),
    "logit_bytes": (6.0, 0.3),
    "runtime_gb": (0.6, 0.2),
}
EAGER = ("HF Transformers",)
PRINT_GIB = (
    "HF Transformers",
    "AutoAWQ",
)  # published as GB, but in 2^30 byte: below their own weights
LAST_WITH_ALL_LOGITS = (4, 45)


def _keeps_all_logits(case: Serving) -> bool:
    numbers = [int(p) for p in case.engine_version.split(".")[:2] if p.isdigit()]
    return case.engine in EAGER and len(numbers) == 2 and tuple(numbers) < LAST_WITH_ALL_LOGITS


def parts_gb(theta: dict[str, float], case: Serving, sequences: float) -> dict[str, float]:
    """The parts of the memory of one replica with that many sequences, in 10^9 byte."""
    a = case.arch
    prompt = max(case.input_len, 1.0) * sequences
    chunk = prompt if case.engine in EAGER else min(prompt, CHUNK_TOKENS)
    width = (a.ffn_intermediate or 4 * a.hidden) if a.experts <= 1 else 4 * a.hidden
    logits = prompt * theta["logit_bytes"] if _keeps_all_logits(case) else sequences * 4
    return {
        "weights": case.weights_gb,
        "embeddings": embeddings_gb(a, case.weight_bits),
        "kv_cache": case.kv_gb(sequences, case.input_len + case.output_len),
        "activations": (chunk * (theta["act_f"] * width + theta["act_h"] * a.hidden) * 2 + logits * a.vocab) / 1e9,
        "runtime": theta["runtime_gb"] * case.cards,
    }


def memory_gb(theta: dict[str, float], cases: Sequence[Serving], in_flight: Array) -> Array:
    """Memory of whole deployments in 10^9 byte."""
    return np.array(
        [
            sum(parts_gb(theta, c, max(1.0, float(b))).values()) * c.replicas
            for c, b in zip(cases, in_flight, strict=True)
        ]
    )


def labels(case: Serving) -> dict[str, str]:
    """What the residual of a case is shared with."""
    return {
        "engine": case.engine,
        "precision": case.precision,
        "model": case.arch.model,
        "kind": case.arch.kind,
        "cards": str(case.cards),
        "generation": case.accelerator.generation,
        "load": case.load,
    }


def coordinates(case: Serving) -> dict[str, float]:
    """Where the case lies among others, in logs."""
    return {"size": float(np.log(case.arch.params_total)), "input": float(np.log(max(case.input_len, 1.0)))}


def least_gb(case: Serving, in_flight: float) -> float:
    """Weights and cache of a deployment: less it cannot need; not asked of engines whose sources print GiB as GB."""
    if case.engine in PRINT_GIB:
        return 0.0
    cache = case.kv_gb(max(1.0, in_flight), case.input_len + case.output_len)
    return (case.weights_gb + cache) * case.replicas
