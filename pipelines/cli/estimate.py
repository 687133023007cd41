"""``flopledger estimate training|inference|finetune``: one estimate from options, or many from ``--batch FILE.csv``."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from estimators import batch as rows_of
from estimators.answer import Answer, run_source, unsupported
from estimators.errors import CannotEstimate
from estimators.training import cost_usd

app = typer.Typer(no_args_is_help=True, help="Estimate training, inference or fine-tuning; say how wrong it may be.")

Batch = Annotated[Path | None, typer.Option("--batch", help="CSV with the columns of the contract; - for stdin")]
Format = Annotated[str, typer.Option("--format", help="table, json or csv")]
Text = Annotated[str, typer.Option()]
Figure = Annotated[float | None, typer.Option()]
Count = Annotated[int | None, typer.Option()]
FORMATS = ("table", "json", "csv")
WRONG_USAGE = 2


@app.command(
    epilog="Example: flopledger estimate training --params 70e9 --tokens 15e12 --hardware nvidia-h100-sxm-80gb "
    "--gpu-count 2048"
)
def training(
    batch: Batch = None,
    output: Format = "table",
    model: Text = "",
    params: Annotated[float | None, typer.Option("--params", "--params-total", help="total parameters")] = None,
    params_active: Annotated[float | None, typer.Option(help="active parameters per token, if fewer")] = None,
    tokens: Annotated[float | None, typer.Option(help="training tokens")] = None,
    seq_len: Figure = None,
    hardware: Annotated[str, typer.Option("--hardware", "--accelerator", help="accelerator id or spelling")] = "",
    gpu_count: Annotated[float | None, typer.Option("--gpu-count", "--gpus")] = None,
    precision: Text = "",
    activation_ckpt: Annotated[str, typer.Option(help="none, selective or full")] = "",
    software: Text = "",
    kind: Annotated[str, typer.Option(help="full_run, benchmark, mlperf_pretrain or mlperf_lora")] = "",
    date: Annotated[str, typer.Option(help="YYYY-MM of the run")] = "",
    price: Annotated[float | None, typer.Option(help="USD per accelerator-hour, for the cost")] = None,
) -> None:
    """GPU-hours of a training run, with wall time, energy and cost."""
    row = {
        "model": model, "params_total": params, "params_active": params_active, "tokens": tokens, "seq_len": seq_len,
        "hardware": hardware, "gpu_count": gpu_count, "precision": precision, "activation_ckpt": activation_ckpt,
        "software": software, "kind": kind, "date": date,
    }  # fmt: skip
    _run("training", batch, output, row, price)


@app.command(
    epilog="Example: flopledger estimate inference --model llama-3.1-70b --precision fp8 --accelerator H100 --n-gpus 4 "
    "--tp 4 --engine vLLM --batch-size 64 --input-len 1024 --output-len 512"
)
def inference(
    batch: Batch = None,
    output: Format = "table",
    model: Text = "",
    precision: Text = "bf16",
    weight_bits: Figure = None,
    kv_bits: Figure = None,
    accelerator: Text = "",
    n_gpus: Annotated[int, typer.Option("--n-gpus", "--gpus")] = 1,
    tp: Count = None,
    pp: Count = None,
    engine: Text = "vLLM",
    engine_version: Text = "",
    date: Text = "",
    load_kind: Annotated[str, typer.Option(help="fixed, concurrency or saturated")] = "",
    batch_size: Annotated[float | None, typer.Option("--batch-size", "--concurrency", help="sequences at once")] = None,
    input_len: Annotated[float, typer.Option(help="tokens of the prompt")] = 1024,
    output_len: Annotated[float, typer.Option(help="tokens of the answer")] = 512,
    scenario: Text = "",
    params: Annotated[float | None, typer.Option("--params", "--params-total", help="for an unknown model")] = None,
    params_active: Figure = None,
    price: Annotated[float | None, typer.Option(help="USD per accelerator-hour, for the cost per token")] = None,
) -> None:
    """Output tokens per second, TTFT, TPOT and memory of a deployment."""
    load = load_kind or ("saturated" if batch_size is None else "concurrency")
    row = {
        "model": model, "precision": precision, "weight_bits": weight_bits, "kv_bits": kv_bits,
        "accelerator": accelerator, "n_gpus": n_gpus, "tp": tp if tp is not None else (n_gpus if pp is None else None),
        "pp": pp, "engine": engine, "engine_version": engine_version, "date": date, "load_kind": load,
        "batch": batch_size, "input_len": input_len, "output_len": output_len, "scenario": scenario,
        "params_total": params, "params_active": params_active,
    }  # fmt: skip
    _run("inference", batch, output, row, price)


@app.command(
    epilog="Example: flopledger estimate finetune --model llama-3.1-8b --method qlora --accelerator L4 --seq-len 2048 "
    "--micro-batch 1"
)
def finetune(
    batch: Batch = None,
    output: Format = "table",
    model: Text = "",
    params: Annotated[float | None, typer.Option("--params", "--params-total")] = None,
    method: Annotated[str, typer.Option(help="full, lora, qlora or the name of an adapter")] = "lora",
    quantization: Text = "",
    accelerator: Text = "",
    n_gpus: Annotated[int, typer.Option("--n-gpus", "--gpus")] = 1,
    memory_scope: Annotated[str, typer.Option(help="max_allocated, max_reserved or process")] = "process",
    seq_len: Annotated[float, typer.Option()] = 2048,
    micro_batch: Annotated[float, typer.Option()] = 1,
    lora_rank: Figure = None,
    trainable_params: Figure = None,
    grad_ckpt: Annotated[bool, typer.Option(help="gradient checkpointing")] = True,
    optimizer: Text = "",
    offload: Text = "",
    software: Text = "",
) -> None:
    """Memory of one card while fine-tuning, and whether it fits."""
    row = {
        "model": model, "params_total": params, "method": method, "quantization": quantization,
        "accelerator": accelerator, "n_gpus": n_gpus, "memory_scope": memory_scope, "seq_len": seq_len,
        "micro_batch": micro_batch, "lora_rank": lora_rank, "trainable_params": trainable_params,
        "grad_ckpt": int(grad_ckpt), "optimizer": optimizer, "offload": offload, "software": software,
    }  # fmt: skip
    _run("finetune", batch, output, row, None)


def _run(kind: str, file: Path | None, output: str, options: Mapping[str, Any], price: float | None) -> None:
    try:
        if output not in FORMATS:
            raise CannotEstimate(f"--format {output!r}: expected one of {', '.join(FORMATS)}")
        if file is not None:
            columns, table = _read(file)
            rows_of.require_columns(kind, columns)
            typer.echo(many(kind, table, output), nl=False)
            return
        row = {k: "" if v is None else str(v) for k, v in options.items()}
        [answer] = rows_of.answers(kind, [row], strict=True)
        typer.echo(one(kind, answer, output, price), nl=False)
    except CannotEstimate as reason:
        typer.echo(f"estimate {kind}: {reason}", err=True)
        raise typer.Exit(WRONG_USAGE) from None


def _read(file: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as reason:
        raise CannotEstimate(f"--batch {file}: {reason.__class__.__name__}; expected a readable CSV file") from None
    reader = csv.DictReader(StringIO(text))
    if not reader.fieldnames:
        raise CannotEstimate(f"--batch {file}: the file is empty; expected a CSV with a header line")
    columns = [c.strip() for c in reader.fieldnames]
    reader.fieldnames = columns
    return columns, [{k: v for k, v in row.items() if isinstance(k, str) and not isinstance(v, list)} for row in reader]


def many(kind: str, table: Sequence[Mapping[str, str | None]], output: str) -> str:
    """The answers to a file, in its order."""
    found = rows_of.answers(kind, table)
    answered = [rows_of.answered_row(kind, rows_of.text(r, "id"), a) for r, a in zip(table, found, strict=True)]
    columns = list(rows_of.answered_row(kind, "", unsupported("", "")))
    if output == "json":
        return json.dumps(answered, indent=1) + "\n"
    if output == "csv":
        return _csv(columns, answered)
    return _table(["id", "estimate", "low", "high", "unit", "basis", "limited_by", "note"], answered)


def one(kind: str, answer: Answer, output: str, price: float | None) -> str:
    """One estimate, with what it rests on."""
    row = rows_of.answered_row(kind, "", answer)
    row.pop("id")
    row |= {k: bool(v) if k == "fits" else v for k, v in answer.detail.items()} | _money(kind, answer, price)
    row["nearest"] = [run_source(kind, run) for run in answer.nearest]
    if output == "json":
        return json.dumps(row, indent=1) + "\n"
    if output == "csv":
        return _csv(list(row), [row | {"nearest": " | ".join(row["nearest"])}])
    nearest = row.pop("nearest")
    lines = [f"{k:32} {_shown(v)}" for k, v in row.items() if v not in ("", None)]
    return "\n".join([*lines, "nearest measured runs", *(f"  {n}" for n in nearest)]) + "\n"


def _money(kind: str, answer: Answer, price: float | None) -> dict[str, float]:
    if price is None or answer.estimate is None or answer.low is None or answer.high is None:
        return {}
    if kind == "training":
        return {
            "cost_usd": cost_usd(answer.estimate, price),
            "cost_usd_low": cost_usd(answer.low, price),
            "cost_usd_high": cost_usd(answer.high, price),
        }
    cards = answer.detail["n_gpus"]
    return {"cost_usd_per_mtok": cost_usd(cards, price) / (answer.estimate * 3600) * 1e6}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 or abs(value) >= 1e15 else f"{value:,.0f}"
    return str(value)


def _csv(columns: Sequence[str], table: Sequence[Mapping[str, Any]]) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({k: _cell(v) for k, v in r.items()} for r in table)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else value


def _table(columns: Sequence[str], table: Sequence[Mapping[str, Any]]) -> str:
    cells = [[_shown(r.get(c)) if r.get(c) is not None else "-" for c in columns] for r in table]
    widths = [max([len(c), *(len(row[i]) for row in cells)]) for i, c in enumerate(columns)]
    every = [list(columns), *cells]
    return "".join("  ".join(v.ljust(w) for v, w in zip(r, widths, strict=True)).rstrip() + "\n" for r in every)


if __name__ == "__main__":
    app()
