"""``flopledger estimate training|inference|finetune``: one estimate from options, or many from ``--batch FILE.csv``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from estimators.errors import CannotEstimate

app = typer.Typer(no_args_is_help=True, help="Estimate training, inference or fine-tuning; say how wrong it may be.")

Batch = Annotated[Path | None, typer.Option("--batch", help="CSV with the columns of the contract; - for stdin")]
Format = Annotated[str, typer.Option("--format", help="table, json or csv")]
Text = Annotated[str, typer.Option()]
Figure = Annotated[float | None, typer.Option()]
Count = Annotated[int | None, typer.Option()]
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
    from pipelines.cli.estimated import answered  # numpy and the calibration: only who estimates waits for them

    try:
        typer.echo(answered(kind, file, output, options, price), nl=False)
    except CannotEstimate as reason:
        typer.echo(f"estimate {kind}: {reason}", err=True)
        raise typer.Exit(WRONG_USAGE) from None


if __name__ == "__main__":
    app()
