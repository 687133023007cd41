"""What ``flopledger estimate`` prints: one estimate with what it rests on, or a row for each row of a file."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from estimators import batch as rows_of
from estimators.answer import Answer, run_source, unsupported
from estimators.errors import CannotEstimate
from estimators.training import cost_usd

FORMATS = ("table", "json", "csv")


def answered(kind: str, file: Path | None, output: str, options: Mapping[str, Any], price: float | None) -> str:
    """The answer to the options, or to every row of the file where there is one."""
    if output not in FORMATS:
        raise CannotEstimate(f"--format {output!r}: expected one of {', '.join(FORMATS)}")
    if file is not None:
        columns, table = _read(file)
        rows_of.require_columns(kind, columns)
        return many(kind, table, output)
    row = {k: "" if v is None else str(v) for k, v in options.items()}
    [answer] = rows_of.answers(kind, [row], strict=True)
    return one(kind, answer, output, price)


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
