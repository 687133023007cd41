"""Spelling -> canonical id, exact per source. Data, not code: ``accelerators.csv``, ``accelerator_aliases.csv``.

A spelling is looked up as it stands, for the source that uses it, never by substring: "H20" is no part of "H200",
and a bare "A100" is 40 GB at one source and unstated at another. A spelling that is not in the table is unknown.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Accelerator:
    """What is rented. ``family`` groups the forms and memories of one name; ``form_stated`` false: unstated form."""

    accelerator_id: str
    family: str
    vendor: str
    architecture: str
    form_factor: str
    form_stated: bool
    memory_gb: str
    evidence: str


@dataclass(frozen=True)
class Alias:
    """What one source means by one spelling; ``accelerator_id`` is '' where it is not an accelerator (see note)."""

    source: str
    spelling: str
    accelerator_id: str
    accelerator_count: Decimal | None
    note: str
    evidence: str


def _table(name: str) -> list[dict[str, str]]:
    text = files("sources").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def accelerators() -> dict[str, Accelerator]:
    """Every accelerator by id."""
    return {
        row["accelerator_id"]: Accelerator(**{**row, "form_stated": row["form_stated"] == "true"})
        for row in _table("accelerators.csv")
    }


@cache
def aliases() -> dict[tuple[str, str], Alias]:
    """Every known spelling by (source, spelling)."""
    return {
        (row["source"], row["spelling"]): Alias(
            **{**row, "accelerator_count": Decimal(row["accelerator_count"]) if row["accelerator_count"] else None}
        )
        for row in _table("accelerator_aliases.csv")
    }


def alias(source: str, spelling: str) -> Alias | None:
    """What ``source`` means by ``spelling``, or None if nobody has settled it."""
    return aliases().get((source, spelling))
