"""Rows of a file as cases, and cases as answered rows: the contract of ``estimate --batch``.

A row that cannot be computed is answered ``unsupported`` with the reason and stops nothing. Unknown columns are
ignored; optional columns may be missing; a missing required column is an error that names it.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from estimators import finetuning, inference, precision, training
from estimators import serving as serving_module
from estimators.answer import Answer, run_source, unsupported
from estimators.errors import CannotEstimate
from estimators.serving import Serving, serving

REQUIRED = {
    "training": ("id", "tokens", "hardware"),
    "inference": ("id", "model", "accelerator", "input_len", "output_len"),
    "finetune": ("id", "method", "accelerator"),
}
UNITS = {"training": "gpu_hours", "inference": inference.UNIT, "finetune": "memory_gb"}
COLUMNS = ("id", "estimate", "low", "high", "unit", "basis", "limited_by", "note", "nearest")
PARTS = ("ttft_ms", "tpot_ms", "memory_gb")
USUAL_DATE = 2026.5  # of a question that does not say when: today's software, as far as runs go

Row = Mapping[str, str | None]


def text(row: Row, column: str) -> str:
    """The cell without blanks; '' where there is none."""
    value = (row.get(column) or "").strip()
    return "" if value.casefold() in ("nan", "none", "null", "na", "n/a") else value


def figure(row: Row, column: str) -> float | None:
    """The cell as a number, None where empty."""
    value = text(row, column)
    if not value:
        return None
    try:
        number = float(value.replace(",", ""))
    except ValueError:
        raise CannotEstimate(f"{column} {value!r}: expected a number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise CannotEstimate(f"{column} {value!r}: expected a finite number")
    return number


def whole(row: Row, column: str) -> int | None:
    """The cell as a whole number, None where empty."""
    number = figure(row, column)
    if number is not None and number != int(number):
        raise CannotEstimate(f"{column} {number:g}: expected a whole number")
    return None if number is None else int(number)


def count(row: Row, column: str) -> int:
    """The cell as a whole number, 1 where empty; nothing below 1."""
    number = whole(row, column)
    if number is not None and number < 1:
        raise CannotEstimate(f"{column} {number}: expected 1 or more")
    return number or 1


_DATE = re.compile(r"(20[0-9]{2})(?:[-/.]?(0[1-9]|1[0-2]))?(?:[-/.]?[0-9]{2})?(?:[T ].*)?")


def year(value: str, strict: bool = False) -> float | None:
    """'2025-06' or '2025-06-30' as a year with decimals; in a file, a date that says nothing is none."""
    if not value:
        return None
    read = _DATE.fullmatch(value)
    if read is None and strict:
        raise CannotEstimate(f"date {value!r}: expected YYYY-MM or YYYY-MM-DD")
    return None if read is None else int(read[1]) + (int(read[2] or 7) - 0.5) / 12


def term(value: str, known: Sequence[str], others: Mapping[str, str], strict: bool) -> str:
    """A word of the contract, in any case; in a file also what others call it. One that nobody knows stays as it is."""
    word = value.casefold().replace("-", "_").replace(" ", "_")
    if word in known or strict or not word:
        return word
    return next((meant for part, meant in others.items() if part in word), word)


KINDS = {"lora": "mlperf_lora", "mlperf": "mlperf_pretrain", "bench": "benchmark", "pretrain": "full_run"}
LOADS = {"offline": "saturated", "server": "saturated", "throughput": "saturated", "max": "saturated",
         "concurren": "concurrency", "batch": "fixed", "static": "fixed", "latency": "fixed"}  # fmt: skip
SCOPES = {"alloc": "max_allocated", "reserv": "max_reserved", "nvidia": "process", "total": "process"}
KV_BITS = {"auto": None, "fp8": 8.0, "int8": 8.0, "int4": 4.0, "fp4": 4.0, "fp16": 16.0, "bf16": 16.0}


def bits(row: Row, column: str) -> float | None:
    """Bits of a number in memory, or of the format that is named."""
    word = text(row, column).casefold().split("_")[0]
    if word in KV_BITS:
        return KV_BITS[word]
    number = figure(row, column)
    if number is not None and not 1 <= number <= 64:
        raise CannotEstimate(f"{column} {number:g}: expected 1 to 64 bits")
    return number


def flag(value: str) -> bool:
    """1, true, yes, 1.0 -> True."""
    return value.casefold() in ("1", "1.0", "true", "yes", "y", "full")


def training_case(row: Row, strict: bool = False) -> training.Training:
    """A row of the training contract as a case."""
    return training.training(
        model=text(row, "model"),
        params_total=figure(row, "params_total"),
        params_active=figure(row, "params_active"),
        tokens=figure(row, "tokens"),
        seq_len=figure(row, "seq_len"),
        hardware=text(row, "hardware"),
        gpu_count=figure(row, "gpu_count"),
        precision=text(row, "precision"),
        activation_ckpt=text(row, "activation_ckpt"),
        software=text(row, "software"),
        kind=term(text(row, "kind"), training.KINDS, KINDS, strict),
        date=year(text(row, "date"), strict) or USUAL_DATE,
    )


def inference_case(row: Row, strict: bool = False) -> Serving:
    """A row of the inference contract as a case."""
    lengths = figure(row, "input_len"), figure(row, "output_len")
    if lengths[0] is None or lengths[1] is None:
        raise CannotEstimate("input_len or output_len is empty: expected mean tokens of prompt and answer")
    batch = figure(row, "batch")
    tensor, pipeline = whole(row, "tp"), count(row, "pp")
    load = term(text(row, "load_kind"), serving_module.LOADS, LOADS, strict)
    weight_bits = bits(row, "weight_bits")
    return serving(
        model=text(row, "model"),
        accelerator_name=text(row, "accelerator"),
        precision=text(row, "precision") or precision.of_bits(weight_bits),
        bits=weight_bits,
        kv_bits=bits(row, "kv_bits"),
        n_gpus=count(row, "n_gpus") if text(row, "n_gpus") else (tensor or 1) * pipeline,
        tensor_parallel=tensor,
        pipeline_parallel=pipeline,
        engine=text(row, "engine"),
        engine_version=text(row, "engine_version"),
        date=year(text(row, "date"), strict) or USUAL_DATE,
        load=load or ("fixed" if batch is not None else "saturated"),
        batch=batch,
        input_len=lengths[0],
        output_len=lengths[1],
        scenario=text(row, "scenario"),
        params_total=figure(row, "params_total"),
        params_active=figure(row, "params_active"),
        strict=strict,
    )


def finetune_case(row: Row, strict: bool = False) -> finetuning.Tuning:
    """A row of the fine-tuning contract as a case."""
    return finetuning.tuning(
        model=text(row, "model"),
        params_total=figure(row, "params_total"),
        method=text(row, "method"),
        quantization=text(row, "quantization"),
        accelerator_name=text(row, "accelerator"),
        n_gpus=count(row, "n_gpus"),
        scope=term(text(row, "memory_scope"), finetuning.SCOPES, SCOPES, strict) or "process",
        seq_len=figure(row, "seq_len"),
        micro_batch=figure(row, "micro_batch"),
        lora_rank=figure(row, "lora_rank"),
        trainable_params=figure(row, "trainable_params"),
        is_checkpointed=flag(text(row, "grad_ckpt")),
        optimizer=text(row, "optimizer"),
        offload=text(row, "offload"),
        software=text(row, "software"),
    )


CASES: dict[str, Callable[..., Any]] = {
    "training": training_case,
    "inference": inference_case,
    "finetune": finetune_case,
}
ESTIMATES: dict[str, Callable[[Sequence[Any]], list[Answer]]] = {
    "training": training.estimate,
    "inference": inference.estimate,
    "finetune": finetuning.estimate,
}


def require_columns(kind: str, columns: Sequence[str]) -> None:
    """All required columns are there, or the error names the missing ones."""
    missing = [c for c in REQUIRED[kind] if c not in columns]
    if missing:
        raise CannotEstimate(
            f"column {', '.join(missing)} is missing: {kind} needs {', '.join(REQUIRED[kind])}; "
            f"found {', '.join(columns)}"
        )


def answers(kind: str, table: Sequence[Row], strict: bool = False) -> list[Answer]:
    """An answer for every row, in order."""
    found: list[Answer | None] = [None] * len(table)
    cases: dict[int, Any] = {}
    for i, row in enumerate(table):
        try:
            cases[i] = CASES[kind](row, strict=strict)
        except CannotEstimate as reason:
            if strict:
                raise
            found[i] = unsupported(UNITS[kind], str(reason))
    for i, answer in zip(cases, _estimated(kind, list(cases.values())), strict=True):
        found[i] = answer
    return [a for a in found if a is not None]


def _estimated(kind: str, cases: Sequence[Any]) -> list[Answer]:
    """All at once; where the arithmetic of one breaks, each by itself. What is no finite number is no answer."""
    try:
        found = ESTIMATES[kind](cases)
    except (ArithmeticError, TypeError, ValueError, KeyError) as error:
        if len(cases) == 1:
            return [unsupported(UNITS[kind], f"cannot be computed ({type(error).__name__}: {error})")]
        return [answer for case in cases for answer in _estimated(kind, [case])]
    return [
        answer if all(math.isfinite(v or 0) for v in (answer.estimate, answer.low, answer.high))
        else unsupported(UNITS[kind], "cannot be computed: the figures lead to no finite number")
        for answer in found
    ]  # fmt: skip


def answered_row(kind: str, row_id: str, answer: Answer) -> dict[str, Any]:
    """One row of the answer file."""
    row: dict[str, Any] = {
        "id": row_id, "estimate": answer.estimate, "low": answer.low, "high": answer.high, "unit": answer.unit,
        "basis": answer.basis, "limited_by": answer.limited_by, "note": answer.note,
    }  # fmt: skip
    if kind == "inference":
        for part in PARTS:
            q = answer.parts.get(part)
            row |= {part: q and q.point, f"{part}_low": q and q.low, f"{part}_high": q and q.high}
    row["nearest"] = " | ".join(run_source(kind, run) for run in answer.nearest)
    return row
