"""Measured runs as they ship: which columns, where they are read and written, what is one configuration."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from estimators.errors import CannotEstimate

_TRAINING = (
    "id kind model org date params_total params_active tokens seq_len hardware gpu_count gpu_hours precision "
    "activation_ckpt software confidence source"
)
_INFERENCE = (
    "id model precision weight_bits kv_bits accelerator n_gpus tp pp engine engine_version date load_kind batch "
    "input_len output_len out_tok_s ttft_ms tpot_ms peak_memory_gb scenario confidence source"
)
_FINETUNE = (
    "id model params_total method quantization accelerator n_gpus memory_gb memory_scope seq_len micro_batch "
    "lora_rank trainable_params grad_ckpt optimizer software source"
)
SHIPPED = {
    "training": tuple(_TRAINING.split()),
    "inference": tuple(_INFERENCE.split()),
    "finetune": tuple(_FINETUNE.split()),
}
Rows = list[dict[str, str]]


def source_family(source: str) -> str:
    """Where a run was published, without the file, row or commit: rows of one project are kept together."""
    return re.split(r" silicon_sample|/silicon_sample| closed/| @|: ", source)[0][:60]


def group_of(row: dict[str, str], card: str, engine: str) -> str:
    """Source, model, accelerator and engine or software (without version) together: what is held out at once."""
    return "|".join((source_family(row["source"]), row["model"], row[card], engine))


def read_runs(folder: Path, kind: str) -> Rows:
    """The runs of a kind, with the columns that are shipped."""
    path = folder / f"{kind}_runs.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    missing = [c for c in SHIPPED[kind] if found and c not in found[0]]
    if missing:
        raise CannotEstimate(f"{path.name}: column {', '.join(missing)} is missing; found {', '.join(found[0])}")
    return [{c: r[c] for c in SHIPPED[kind]} for r in found]


def write_table(path: Path, columns: Sequence[str], table: Sequence[dict[str, Any]]) -> None:
    """A CSV with unix line ends."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
