"""Rows as a table, JSON or CSV. json and csv stand alone on stdout; notes go to stderr."""

import csv
import io
import json
import sys
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from rich.console import Console
from rich.table import Table
from rich.text import Text

TABLE_ROWS = 60
"""A table on a screen shows so many rows and says how many there are; json and csv show all."""


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


def note(text: str) -> None:
    """Progress and remarks, never data."""
    print(_visible(text), file=sys.stderr)  # noqa: T201


def show(columns: Sequence[str], rows: Sequence[Sequence[object]], form: Format) -> None:
    if form is Format.json:
        print(json.dumps([dict(zip(columns, map(_plain, row), strict=True)) for row in rows], indent=1))  # noqa: T201
    elif form is Format.csv:
        print(_csv(columns, rows), end="")  # noqa: T201
    else:
        _table(columns, rows)


def _csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_defused(printed(value)) for value in row] for row in rows)
    return text.getvalue()


def _defused(cell: str) -> str:
    """A spreadsheet would run a cell that begins like a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "@", "\t", "\r") or (cell[:1] == "-" and not _is_number(cell)) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], int | float | Decimal) for row in rows[:20])
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows[:TABLE_ROWS]:
        table.add_row(*(Text(_visible(printed(value))) for value in row))
    width = None if sys.stdout.isatty() else 400
    Console(width=width).print(table)
    if len(rows) > TABLE_ROWS:
        note(f"{TABLE_ROWS} of {len(rows)} rows; --format csv shows all")


def _visible(text: str) -> str:
    """Without what a terminal would obey: control characters and marks that turn the direction of writing."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else "\ufffd" for c in text)


def _plain(value: object) -> object:
    """As JSON has it: numbers as numbers, moments as ISO 8601 with their zone."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 1e15 else float(value)
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    return value


def printed(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return _trimmed(value)
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}" if value.second == 0 else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _trimmed(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
