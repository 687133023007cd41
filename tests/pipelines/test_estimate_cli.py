"""``estimate`` as a user meets it: options in, figures out; files in, files out; errors in one line."""

import csv
import json
import re
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.estimate import app

INFERENCE = ["id", "estimate", "low", "high", "unit", "basis", "limited_by", "note"]
PARTS = [f"{p}{s}" for p in ("ttft_ms", "tpot_ms", "memory_gb") for s in ("", "_low", "_high")]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def batch(kind: str, text: str, tmp_path: Path) -> list[dict[str, str]]:
    file = tmp_path / "rows.csv"
    file.write_text(text, encoding="utf-8")
    result = run(kind, "--batch", str(file), "--format", "csv")
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(StringIO(result.stdout)))


def one(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_training_estimate_has_a_point_an_interval_a_basis_a_cost_and_three_runs_with_sources() -> None:
    found = one(
        "training", "--model", "llama-3.1-70b", "--tokens", "15e12", "--hardware", "H100", "--gpu-count", "16000",
        "--price", "2",
    )  # fmt: skip
    # 6 x 70.55e9 x 15e12 = 6.35e24 FLOP is 1.78e6 hours at the bf16 peak of 989.4e12; Meta published 7.0e6
    assert 3.5e6 < found["low"] < found["estimate"] < found["high"] < 14e6
    assert found["unit"] == "gpu_hours"
    assert found["basis"] == "measured"
    assert found["cost_usd"] == pytest.approx(2 * found["estimate"])
    assert found["wall_days"] == pytest.approx(found["estimate"] / 16000 / 24)
    assert len(found["nearest"]) == 3
    assert all(re.match(r"T\d+: .+ GPU-hours \[.+\]", n) for n in found["nearest"])


def test_an_inference_estimate_is_near_what_was_measured() -> None:
    found = one(
        "inference", "--model", "llama-3.1-70b", "--precision", "fp8", "--accelerator", "H200", "--n-gpus", "2",
        "--tp", "2", "--engine", "vLLM", "--batch-size", "16", "--input-len", "1024", "--output-len", "1024",
        "--date", "2025-10",
    )  # fmt: skip
    assert 700 < found["estimate"] < 1500  # 1,011 tokens/s was measured
    assert found["unit"] == "output_tokens_per_second"
    assert found["fits"] is True
    assert found["tokens_per_second_per_watt"] > 0
    assert len(found["nearest"]) == 3


def test_a_fine_tuning_estimate_says_whether_it_fits() -> None:
    small = one("finetune", "--model", "llama-3.1-8b", "--method", "qlora", "--accelerator", "L4")
    large = one(
        "finetune", "--model", "llama-3.1-8b", "--method", "full", "--optimizer", "adamw", "--accelerator", "L4"
    )
    assert small["fits"] is True
    assert large["fits"] is False
    assert large["note"].startswith("does not fit")


def test_a_batch_answers_every_row_in_order_with_the_columns_of_the_contract(tmp_path: Path) -> None:
    found = batch(
        "inference",
        "id,model,precision,accelerator,n_gpus,tp,load_kind,batch,input_len,output_len,engine,surprise\n"
        "r1,llama-3.1-8b,fp8,H100,1,1,fixed,8,512,128,vLLM,x\n"
        "r2,llama-3.1-8b,fp8,A100-80,1,1,fixed,8,512,128,vLLM,x\n"
        "r3,llama-3.1-8b,fp8,H100,1,1,saturated,,512,128,vLLM,x\n",
        tmp_path,
    )
    assert list(found[0])[: len(INFERENCE) + len(PARTS)] == INFERENCE + PARTS
    assert [r["id"] for r in found] == ["r1", "r2", "r3"]
    assert [r["basis"] for r in found] != ["unsupported"] * 3
    assert found[1]["basis"] == "unsupported"
    assert found[1]["estimate"] == ""
    assert found[1]["note"] == "precision 'fp8': NVIDIA A100 SXM4 80GB has no FP8 unit; use int8 instead"
    assert all(float(found[0][p]) > 0 for p in PARTS)


def test_a_batch_needs_only_its_required_columns(tmp_path: Path) -> None:
    training = batch("training", "id,params_total,tokens,hardware\n1,7e9,1e12,H100\n", tmp_path)
    finetune = batch("finetune", "id,params_total,method,accelerator\n1,7e9,lora,A100-40\n", tmp_path)
    assert training[0]["unit"] == "gpu_hours"
    assert finetune[0]["unit"] == "memory_gb"
    assert float(training[0]["low"]) < float(training[0]["estimate"]) < float(training[0]["high"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("training", "--params", "7e9", "--tokens=-3", "--hardware", "H100"),
            "tokens -3: expected a number above zero",
        ),
        (("inference", "--model", "nosuch", "--accelerator", "H100"), "model 'nosuch': not known"),
        (("inference", "--model", "llama-3.1-8b", "--accelerator", "Z80"), "accelerator 'Z80': not known"),
        (
            ("inference", "--model", "llama-2-7b", "--accelerator", "H100", "--input-len", "5000"),
            "context 5512 tokens: llama-2-7b goes up to 4096; shorten the input",
        ),
        (("inference", "--model", "llama-2-7b", "--accelerator", "H100", "--batch-size", "0"), "batch 0: expected 1"),
        (("training", "--batch", "/nowhere.csv"), "--batch /nowhere.csv: FileNotFoundError"),
        (("training", "--params", "7e9", "--tokens", "1", "--hardware", "H100", "--format", "xml"), "--format 'xml'"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_exit_code_2(arguments: tuple[str, ...], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_without_a_required_column_is_refused_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("id,model,tokens\n1,llama-3.1-8b,1e12\n")
    result = run("training", "--batch", str(file))
    assert result.exit_code == 2
    assert "column hardware is missing" in result.stderr


def test_a_thousand_rows_take_less_than_five_seconds_of_processor_time(tmp_path: Path) -> None:
    header = "id,model,precision,accelerator,n_gpus,tp,load_kind,batch,input_len,output_len,engine\n"
    models, cards = ("llama-3.1-8b", "mixtral-8x7b", "qwen3-32b"), ("H100", "B200", "A100-80")
    lines = [
        f"{i},{models[i % 3]},bf16,{cards[i % 2]},4,4,concurrency,{1 + i % 200},{100 + i},{50 + i},vLLM\n"
        for i in range(1000)
    ]
    begun = time.process_time()
    found = batch("inference", header + "".join(lines), tmp_path)
    assert len(found) == 1000
    assert time.process_time() - begun < 5
