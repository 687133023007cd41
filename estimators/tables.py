"""The package's own data files, read once: rows of strings, keyed by column name."""

import csv
from functools import cache
from importlib.resources import files
from io import StringIO


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Every row of ``estimators/data/<name>.csv``; an absent file has no rows (before the first calibration)."""
    file = files("estimators").joinpath("data", f"{name}.csv")
    if not file.is_file():
        return ()
    return tuple(csv.DictReader(StringIO(file.read_text(encoding="utf-8"), newline="")))


def number(text: str) -> float | None:
    """A number, or None where nothing is stated."""
    return float(text) if text else None
