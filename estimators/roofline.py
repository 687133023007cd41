"""First estimates from peak figures: what arithmetic alone says of training and decoding.

Training. A dense transformer of N parameters spends 2 FLOP per parameter and token forward and twice that backward:

    training_flop = 6 N D                            (D tokens; Kaplan et al. 2020, arXiv:2001.08361)
    gpu_hours     = training_flop / (peak_flop_s x utilisation) / 3600

It ignores attention over long sequences, recomputed activations, restarts and ramp-up; ``utilisation`` has to carry
them. Llama 2 70B: 6 x 70e9 x 2.0e12 = 8.4e23 FLOP, at 0.40 of 312e12 that is 1.87e6 A100-hours; the paper
(arXiv:2307.09288, table 2) reports 1.72e6.

Decoding. Each step reads every weight once, and of every sequence in the batch its keys and values, and makes one token
a sequence. It takes as long as the slower of memory and arithmetic:

    bytes_per_step = weight_byte + batch x context_tokens x kv_byte_per_token
    memory roof    = batch x bandwidth_byte_s x bandwidth_efficiency / bytes_per_step
    compute roof   = peak_flop_s / (2 N)
    tokens/s       = min(memory roof, compute roof)

It ignores prefill, the fixed time per layer, communication between accelerators and queueing, and so is an upper
bound that real engines miss by a factor of 1.2 to 3, by most at small batches.

Memory. Weights and the keys and values of the batch, plus a stated share of the card that the runtime needs:

    needed_gb = weights_gb + kv_cache_gb + overhead_gb      (10^9 bytes)
"""

import math

SECONDS_PER_HOUR = 3600
FLOP_PER_PARAMETER_AND_TOKEN = 6
"""2 forward, 4 backward."""
FLOP_PER_PARAMETER_AND_GENERATED_TOKEN = 2
BYTE_PER_GB = 1e9


def _positive(**named: float) -> None:
    for name, value in named.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} {value}: expected a finite number above 0")


def _share(**named: float) -> None:
    for name, value in named.items():
        if not 0 < value <= 1:
            raise ValueError(f"{name} {value}: expected a share in (0, 1]")


def training_flop(*, params: float, tokens: float) -> float:
    """FLOP of one pass of ``tokens`` through a dense transformer of ``params``: 6ND."""
    _positive(params=params, tokens=tokens)
    return FLOP_PER_PARAMETER_AND_TOKEN * params * tokens


def training_gpu_hours(*, params: float, tokens: float, peak_flop_s: float, utilisation: float) -> float:
    """Accelerator-hours of a training run at a stated share of the dense peak."""
    _positive(peak_flop_s=peak_flop_s)
    _share(utilisation=utilisation)
    return training_flop(params=params, tokens=tokens) / (peak_flop_s * utilisation) / SECONDS_PER_HOUR


def decode_tokens_per_second(
    *,
    params: float,
    weight_byte: float,
    kv_byte_per_token: float,
    context_tokens: float,
    batch: float,
    bandwidth_byte_s: float,
    bandwidth_efficiency: float,
    peak_flop_s: float,
) -> float:
    """Output tokens a second of a whole deployment; bandwidth and peak are sums over its accelerators."""
    _positive(params=params, weight_byte=weight_byte, batch=batch)
    _positive(context_tokens=context_tokens, bandwidth_byte_s=bandwidth_byte_s, peak_flop_s=peak_flop_s)
    _share(bandwidth_efficiency=bandwidth_efficiency)
    if not (math.isfinite(kv_byte_per_token) and kv_byte_per_token >= 0):
        raise ValueError(f"kv_byte_per_token {kv_byte_per_token}: expected a finite number, 0 or more")
    bytes_per_step = weight_byte + batch * context_tokens * kv_byte_per_token
    memory_roof = batch * bandwidth_byte_s * bandwidth_efficiency / bytes_per_step
    compute_roof = peak_flop_s / (FLOP_PER_PARAMETER_AND_GENERATED_TOKEN * params)
    return min(memory_roof, compute_roof)


def weights_gb(*, params: float, weight_bits: float) -> float:
    """Memory of the weights, 10^9 bytes."""
    _positive(params=params, weight_bits=weight_bits)
    return params * weight_bits / 8 / BYTE_PER_GB


def kv_cache_gb(*, kv_byte_per_token: float, context_tokens: float, batch: float) -> float:
    """Memory of the keys and values of ``batch`` sequences of ``context_tokens``, 10^9 bytes."""
    _positive(kv_byte_per_token=kv_byte_per_token, context_tokens=context_tokens, batch=batch)
    return kv_byte_per_token * context_tokens * batch / BYTE_PER_GB
