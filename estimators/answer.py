"""An estimate as it is handed out: point, 80 % interval, what it rests on, what limits it, the nearest runs."""

import math
from dataclasses import dataclass, field

from estimators.tables import rows

RUNS = {"training": "training_runs", "inference": "inference_runs", "finetune": "finetune_runs"}


@dataclass(frozen=True)
class Quantity:
    """A point and its 80 % interval."""

    point: float
    low: float
    high: float


@dataclass(frozen=True)
class Answer:
    """One estimate. ``basis`` is measured, in_class, extrapolated, or unsupported with the reason in ``note``."""

    estimate: float | None
    low: float | None
    high: float | None
    unit: str
    basis: str
    limited_by: str
    note: str = ""
    nearest: tuple[str, ...] = ()
    parts: dict[str, Quantity] = field(default_factory=dict)
    detail: dict[str, float] = field(default_factory=dict)


def unsupported(unit: str, reason: str) -> Answer:
    """No number, and why."""
    return Answer(None, None, None, unit, "unsupported", "", reason)


def around(point: float, interval: tuple[float, float], roof: float = math.inf) -> Quantity:
    """The interval around a point, nothing above the roof."""
    top = min(point * math.exp(interval[1]), roof)
    return Quantity(min(point, roof), min(point * math.exp(interval[0]), roof), top)


def joined(*notes: str) -> str:
    """The notes that say something, in one line."""
    return "; ".join(n for n in notes if n)


def run_source(kind: str, run_id: str) -> str:
    """What a measured run says and where it was published."""
    row = _by_id(kind).get(run_id)
    return f"{run_id}: {row['said']} [{row['source']}]" if row else run_id


_INDEX: dict[str, dict[str, dict[str, str]]] = {}


def _by_id(kind: str) -> dict[str, dict[str, str]]:
    if kind not in _INDEX:
        _INDEX[kind] = {r["id"]: {**r, "said": _said(kind, r)} for r in rows(RUNS[kind])}
    return _INDEX[kind]


def _said(kind: str, r: dict[str, str]) -> str:
    if kind == "training":
        cards = f"{(r['gpu_count'] or '?').removesuffix('.0')} x {r['hardware']}"
        return f"{r['model']} on {cards} {r['precision']}, {float(r['gpu_hours']):.6g} GPU-hours"
    if kind == "finetune":
        cards = f"{r['n_gpus']} x {r['accelerator']}"
        return f"{r['model']} {r['method']} on {cards}, {r['memory_gb']} GB ({r['memory_scope']})"
    load = f"{r['load_kind']} {r['batch']}".strip()
    return (
        f"{r['model']} {r['precision']} on {r['n_gpus']} x {r['accelerator']} {r['engine']} {load} "
        f"{r['input_len']}/{r['output_len']}, {r['out_tok_s'] or '-'} tok/s"
    )
