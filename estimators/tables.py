"""The package's own data files, read once: rows of strings, keyed by column name."""

import csv
from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Every row of ``estimators/data/<name>.csv``; an absent file has no rows (before the first calibration)."""
    file = files("estimators").joinpath("data", f"{name}.csv")
    if not file.is_file():
        return ()
    with file.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def number(text: str) -> float | None:
    """A number, or None where nothing is stated."""
    return float(text) if text else None
