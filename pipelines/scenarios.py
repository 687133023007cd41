"""Mart row -> estimator input -> rows for a mart: the one module that knows both vocabularies.

What is asked is data (``scenarios.toml``); what the cards can do is ``accelerator_capability``; the arithmetic is
``estimators.roofline``. A card whose figure is unknown is left out: it is not given a guess.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from estimators import roofline

Scenario = Mapping[str, Any]
GB = 1e9
TFLOP = 1e12
TOKENS_PER_UNIT = 1e6


@dataclass(frozen=True)
class Capability:
    """A row of ``accelerator_capability``; None is unknown."""

    accelerator_id: str
    family: str
    memory_gb: float | None
    memory_bandwidth_gb_s: float | None
    dense_bf16_tflop_s: float | None
    dense_fp16_tflop_s: float | None
    note: str

    def dense_tflop_s(self, precision: str) -> float | None:
        """The dense peak at ``precision``, None where the card has none or it is unknown."""
        figures = {"bf16": self.dense_bf16_tflop_s, "fp16": self.dense_fp16_tflop_s}
        if precision not in figures:
            raise ValueError(
                f"precision {precision!r}: expected one of {', '.join(figures)} (pipelines/scenarios.toml)"
            )
        return figures[precision]


@dataclass(frozen=True)
class ScenarioHours:
    """A row of ``scenario_accelerator``."""

    scenario: str
    phase: str
    accelerator_id: str
    accelerator_count: int | None
    accelerator_hours: float
    unit: str
    note: str


@dataclass(frozen=True)
class Fit:
    """A row of ``workload_fit``."""

    tier: str
    workload: str
    accelerator_id: str
    needed_count: int | None
    fits: bool
    tokens_per_second: float | None
    weights_gb: float
    kv_cache_gb: float
    overhead_gb: float | None
    memory_needed_gb: float | None
    memory_usable_gb: float | None
    why: str


@dataclass(frozen=True)
class AcceleratorClass:
    """A row of ``accelerator_class``."""

    class_: str
    family: str
    source: str


@cache
def scenarios() -> dict[str, Any]:
    """All of ``scenarios.toml``."""
    return tomllib.loads(files("pipelines").joinpath("scenarios.toml").read_text(encoding="utf-8"))


def accelerator_classes(asked: Mapping[str, Any]) -> list[AcceleratorClass]:
    """Families by class, each with who says so."""
    return [
        AcceleratorClass(name, family, entry["source"])
        for name, entry in asked["class"].items()
        for family in entry["families"]
    ]


def scenario_hours(asked: Mapping[str, Any], cards: Iterable[Capability]) -> Iterator[ScenarioHours]:
    """Accelerator-hours of each scenario on each card that can do it and whose figures are known."""
    cards = list(cards)
    for name, scenario in asked["training"].items():
        yield from (row for card in cards if (row := _training(name, scenario, card)))
    for name, scenario in asked["inference"].items():
        yield from (row for card in cards if (row := _inference(name, scenario, card)))


def _training(name: str, scenario: Scenario, card: Capability) -> ScenarioHours | None:
    peak = card.dense_tflop_s(scenario["precision"])
    if peak is None or (card.memory_gb or 0) < scenario["least_memory_gb"]:
        return None
    hours = roofline.training_gpu_hours(
        params=scenario["params"],
        tokens=scenario["tokens"],
        peak_flop_s=peak * TFLOP,
        utilisation=scenario["utilisation"],
    )
    flop = roofline.training_flop(params=scenario["params"], tokens=scenario["tokens"])
    arithmetic = f"{flop:.3g} FLOP / ({peak:g} TFLOP/s {scenario['precision']} x {scenario['utilisation']:g})"
    return ScenarioHours(name, "training", card.accelerator_id, None, hours, "usd", _noted(arithmetic, card))


def _inference(name: str, scenario: Scenario, card: Capability) -> ScenarioHours | None:
    fit = fit_on(scenario, scenario, card)
    if fit.needed_count is None or not fit.fits or fit.tokens_per_second is None:
        return None
    hours = fit.needed_count * TOKENS_PER_UNIT / fit.tokens_per_second / roofline.SECONDS_PER_HOUR
    return ScenarioHours(name, "inference", card.accelerator_id, fit.needed_count, hours, "usd_per_mtok", fit.why)


def workload_fits(asked: Mapping[str, Any], cards: Iterable[Capability]) -> Iterator[Fit]:
    """Every workload of a tier on every card of the tier whose figures are known."""
    cards = list(cards)
    for name, workload in asked["workload"].items():
        for tier in workload["tiers"]:
            for card in cards:
                if card.family in asked["tier"][tier]["families"]:
                    yield fit_on(workload, asked["serving"], card, tier=tier, name=name)


def fit_on(workload: Scenario, serving: Scenario, card: Capability, *, tier: str = "", name: str = "") -> Fit:
    """The fewest of ``card`` that hold ``workload``, or the most that were tried; refused where a figure is unknown."""
    weights = roofline.weights_gb(params=workload["params"], weight_bits=workload["weight_bits"])
    kv_cache = roofline.kv_cache_gb(
        kv_byte_per_token=workload["kv_byte_per_token"],
        context_tokens=workload["context_tokens"],
        batch=workload["batch"],
    )
    figures = {
        "memory": card.memory_gb,
        "memory bandwidth": card.memory_bandwidth_gb_s,
        f"dense {workload['precision']}": card.dense_tflop_s(workload["precision"]),
    }
    unknown = [figure for figure, value in figures.items() if value is None]
    if unknown or card.memory_gb is None:
        why = _noted(f"no {', '.join(unknown)} is known of {card.accelerator_id}", card)
        return Fit(tier, name, card.accelerator_id, None, False, None, weights, kv_cache, None, None, None, why)
    share = serving["overhead_share"]
    held = [count for count in serving["counts"] if weights + kv_cache <= count * card.memory_gb * (1 - share)]
    count = min(held) if held else max(serving["counts"])
    usable = count * card.memory_gb
    speed = _tokens_per_second(workload, serving, card, count) if held else None
    needed = weights + kv_cache + share * usable
    memory = (
        f"weights {weights:.2f} GB + KV cache {kv_cache:.2f} GB + overhead {share * usable:.2f} GB = {needed:.2f} GB "
        f"of {usable:g} GB on {count} x {card.accelerator_id}"
    )
    why = f"{memory}, at most {speed:.0f} tokens/s" if speed else f"{memory}: does not fit"
    return Fit(
        tier=tier,
        workload=name,
        accelerator_id=card.accelerator_id,
        needed_count=count,
        fits=bool(held),
        tokens_per_second=speed,
        weights_gb=weights,
        kv_cache_gb=kv_cache,
        overhead_gb=share * usable,
        memory_needed_gb=needed,
        memory_usable_gb=usable,
        why=_noted(why, card),
    )


def _tokens_per_second(workload: Scenario, serving: Scenario, card: Capability, count: int) -> float:
    return roofline.decode_tokens_per_second(
        params=workload["params"],
        weight_byte=workload["params"] * workload["weight_bits"] / 8,
        kv_byte_per_token=workload["kv_byte_per_token"],
        context_tokens=workload["context_tokens"],
        batch=workload["batch"],
        bandwidth_byte_s=count * (card.memory_bandwidth_gb_s or 0) * GB,
        bandwidth_efficiency=serving["bandwidth_efficiency"],
        peak_flop_s=count * (card.dense_tflop_s(workload["precision"]) or 0) * TFLOP,
    )


def _noted(arithmetic: str, card: Capability) -> str:
    return f"{arithmetic}; {card.note}" if card.note else arithmetic
