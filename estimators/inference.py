"""Serving: output tokens per second of a deployment, time to the first token, time per token, memory, energy.

The physics is in serving (who is served), serving_time (how long a step, a prefill, a loop takes) and serving_memory;
what they leave over is shrunk by generation, card, engine, precision, model and load (residual, shrinkage).

    output tokens/s  X = X_physics e^correction, never above the roof of bandwidth and peak
    TTFT             prefill x queue + wait for room, times its own correction
    TPOT             (b out / X - TTFT) / (out - 1): the closed loop's identity, so that the three agree
    tokens/s/W       X / (n TDP POWER_SHARE)

Limits: memory bandwidth, compute, fixed time a layer, messages between cards, or room for the cache, whichever is
greatest in the step. Ignored: speculative decoding, prefix caching, disaggregated prefill. Errors: docs/accuracy.md.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from estimators import serving_memory
from estimators.answer import Answer, Quantity, around, joined
from estimators.residual import coefficients, learned, points
from estimators.serving import Serving
from estimators.serving_time import columns, in_flight, limits, prefill_roof_s, roof, serve
from estimators.shrinkage import Array, Points

POWER_SHARE = 0.7  # of TDP while decoding
FITS_SHARE = 0.97  # of the cards' memory that can be filled at all
UNIT = "output_tokens_per_second"


def labels(case: Serving) -> dict[str, str]:
    """What the residual of this case is shared with."""
    return {
        "engine": case.engine,
        "generation": case.accelerator.generation,
        "card": case.accelerator.accelerator_id,
        "kind": case.arch.kind,
        "model": case.arch.model,
        "precision": case.precision,
        "load": case.load,
    }


def coordinates(case: Serving, sequences: float) -> dict[str, float]:
    """Where the case lies among others, in logs (date in years)."""
    return {
        "batch": math.log(max(sequences, 1.0)),
        "input": math.log(max(case.input_len, 1.0)),
        "output": math.log(case.output_len),
        "cards": math.log(case.cards),
        "active": math.log(case.arch.params_active),
        "date": case.date,
    }


def as_points(cases: Sequence[Serving], sequences: Array) -> Points:
    """Cases as points of the shrinkage of rate and TTFT."""
    return points([labels(c) for c in cases], [coordinates(c, float(b)) for c, b in zip(cases, sequences, strict=True)])


def memory_points(cases: Sequence[Serving]) -> Points:
    """Cases as points of the shrinkage of memory."""
    return points([serving_memory.labels(c) for c in cases], [serving_memory.coordinates(c) for c in cases])


def estimate(cases: Sequence[Serving]) -> list[Answer]:
    """Rate, TTFT, TPOT and memory of every case."""
    if not cases:
        return []
    theta = coefficients("rate")
    c = columns(cases)
    served = serve(theta | coefficients("first"), c)
    where = as_points(cases, served["in_flight"])
    rate = learned("rate")
    similar = rate.similarity(where)
    tokens_s = served["rate"] * np.exp(rate.correction(similar))
    top = roof(c, served["in_flight"])
    first_s, first_low, first_high = _first(c, served, where, cases)
    memory = _memory(cases, in_flight(theta, c))
    names = limits(theta, c, served["in_flight"])
    return [
        _answer(
            case, around(float(tokens_s[i]), rate.interval(case.load, basis), float(top[i])),
            Quantity(float(first_s[i]), float(first_low[i]), float(first_high[i])), memory[i],
            float(served["in_flight"][i]), basis, str(names[i]), tuple(rate.nearest(similar, i)),
        )
        for i, (case, basis) in enumerate(zip(cases, rate.bases(where), strict=True))
    ]  # fmt: skip


def _first(
    c: dict[str, Any], served: dict[str, Array], where: Points, cases: Sequence[Serving]
) -> tuple[Array, Array, Array]:
    model = learned("first")
    least = prefill_roof_s(c)
    seconds = np.maximum(served["first"] * np.exp(model.correction(model.similarity(where))), least)
    spans = [model.interval(case.load, b) for case, b in zip(cases, model.bases(where), strict=True)]
    low = np.maximum(seconds * np.exp([s[0] for s in spans]), least)
    return seconds, low, np.maximum(seconds * np.exp([s[1] for s in spans]), low)


def _memory(cases: Sequence[Serving], sequences: Array) -> list[Quantity]:
    """What those in flight need; where a scheduler lets in no more than there is room for, never above the room."""
    theta, model = coefficients("memory"), learned("memory")
    where = memory_points(cases)
    correction = np.exp(model.correction(model.similarity(where)))
    spans = [model.interval("", basis) for basis in model.bases(where)]

    def needed(flying: Array) -> list[Quantity]:
        least = [serving_memory.least_gb(c, float(b)) for c, b in zip(cases, flying, strict=True)]
        gb = np.maximum(serving_memory.memory_gb(theta, cases, flying) * correction, least)
        found = [around(float(point), span) for point, span in zip(gb, spans, strict=True)]
        return [Quantity(q.point, max(q.low, floor), q.high) for q, floor in zip(found, least, strict=True)]

    return [
        need if case.load == "fixed" else _within(need, one, FITS_SHARE * case.accelerator.memory_gb * case.n_gpus)
        for case, need, one in zip(cases, needed(sequences), needed(np.ones(len(cases))), strict=True)
    ]


def _within(need: Quantity, one: Quantity, room_gb: float) -> Quantity:
    """No more than the room, unless a single sequence needs more."""
    return Quantity(
        min(need.point, max(one.point, room_gb)), min(need.low, max(one.low, room_gb)),
        min(need.high, max(one.high, room_gb)),
    )  # fmt: skip


def _per_token(case: Serving, rate: Quantity, first: Quantity, sequences: float) -> Quantity | None:
    """TPOT from the loop of all who ask, the wait for room included; a twentieth is left where TTFT would eat it up.

    None for a single output token: nothing comes after the first.
    """
    if case.output_len <= 1:
        return None
    users = case.batch or sequences * case.replicas
    prompt = 0.0 if case.is_decode_only else first.point

    def at(tokens_s: float) -> float:
        loop = users * case.output_len / tokens_s
        return max(loop - prompt, 0.05 * loop) / (case.output_len - 1)

    return Quantity(at(rate.point), at(rate.high), at(rate.low))


def _answer(
    case: Serving, rate: Quantity, first: Quantity, memory: Quantity, sequences: float, basis: str, limit: str,
    nearest: tuple[str, ...],
) -> Answer:  # fmt: skip
    seconds = {"ttft_ms": first, "tpot_ms": _per_token(case, rate, first, sequences)}
    thousand = {name: Quantity(q.point * 1e3, q.low * 1e3, q.high * 1e3) for name, q in seconds.items() if q}
    cards_gb = case.accelerator.memory_gb * case.n_gpus
    detail = {
        "weights_gb": case.weights_gb * case.replicas,
        "kv_cache_gb": case.kv_gb(sequences, case.input_len + case.output_len) * case.replicas,
        "n_gpus": float(case.n_gpus),
        "memory_of_cards_gb": cards_gb,
        "fits": float(fits(memory, cards_gb)),
        "sequences_in_flight": sequences * case.replicas,
        "largest_batch": max(0.0, math.floor(case.capacity)) * case.replicas,
    }
    if case.accelerator.tdp_w:
        detail["tokens_per_second_per_watt"] = rate.point / (case.n_gpus * case.accelerator.tdp_w * POWER_SHARE)
    note = joined(
        _does_not_fit(case, memory, cards_gb),
        f"{case.arch.model}: layers assumed from its size" if case.arch.is_nominal else "",
        _beyond_context(case),
        case.accelerator.note if case.accelerator.form_factor == "unstated" else "",
    )
    parts = {**thousand, "memory_gb": memory}
    return Answer(rate.point, rate.low, rate.high, UNIT, basis, limit, note, nearest, parts, detail)


def fits(memory: Quantity, cards_gb: float) -> bool:
    """Does it fit, on the safe side: the high end of the interval within what the cards hold?"""
    return memory.high <= FITS_SHARE * cards_gb


def _does_not_fit(case: Serving, memory: Quantity, cards_gb: float) -> str:
    if memory.low > cards_gb:
        return f"does not fit: needs {memory.point:.1f} GB of {cards_gb:g}; rate is what it would do if it did"
    if not fits(memory, cards_gb) and case.batch is not None:
        return f"tight: needs {memory.point:.1f} GB ({memory.high:.1f} at worst) of {cards_gb:g}"
    return ""


def _beyond_context(case: Serving) -> str:
    longest = case.arch.max_context
    if longest and case.input_len + case.output_len > longest * 1.02:
        return f"context above the model's stated maximum of {longest}: answered as if its positions were extended"
    return ""
