"""Spelling -> canonical id, exact per source. Data, not code: ``accelerators.csv``, ``accelerator_aliases.csv``.

A spelling is looked up as it stands, for the source that uses it, never by substring: "H20" is no part of "H200",
and a bare "A100" is 40 GB at one source and unstated at another. A spelling that is not in the table is unknown.

An alias row settles one of three things: an accelerator and how many of it (shares of a card are written as they are,
``1/6``), or that there is none (count 0: an FPGA, a video transcoder), or that the spelling was looked into and stays
unknown (no id, no count; the note says why).
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files

COUNT_STEP = Decimal("0.0001")
"""Counts are kept to four decimals; prices per accelerator are computed from the exact share, not from these."""


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
    """What one source means by one spelling (see above for what an empty ``accelerator_id`` means)."""

    source: str
    spelling: str
    accelerator_id: str
    accelerator_count: Decimal | None
    note: str
    evidence: str
    exact_count: Fraction | None = None
    """The count before rounding: a sixth of a card is 1/6, where ``accelerator_count`` says 0.1667."""

    @property
    def is_accelerated(self) -> bool:
        """False only where the spelling is known to carry no accelerator."""
        return self.exact_count != 0

    @property
    def is_settled(self) -> bool:
        """True where both the accelerator and its count are known."""
        return bool(self.accelerator_id) and self.exact_count is not None


def _table(name: str) -> list[dict[str, str]]:
    text = files("sources").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def accelerators() -> dict[str, Accelerator]:
    """Every accelerator by id."""
    return {row["accelerator_id"]: _accelerator(row) for row in _table("accelerators.csv")}


def _accelerator(row: dict[str, str]) -> Accelerator:
    return Accelerator(
        accelerator_id=row["accelerator_id"],
        family=row["family"],
        vendor=row["vendor"],
        architecture=row["architecture"],
        form_factor=row["form_factor"],
        form_stated=row["form_stated"] == "true",
        memory_gb=row["memory_gb"],
        evidence=row["evidence"],
    )


def rounded(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / exact.denominator).quantize(COUNT_STEP)


def _alias(row: dict[str, str]) -> Alias:
    exact = Fraction(row["accelerator_count"]) if row["accelerator_count"] else None
    return Alias(
        source=row["source"],
        spelling=row["spelling"],
        accelerator_id=row["accelerator_id"],
        accelerator_count=None if exact is None else rounded(exact),
        note=row["note"],
        evidence=row["evidence"],
        exact_count=exact,
    )


@cache
def aliases() -> dict[tuple[str, str], Alias]:
    """Every known spelling by (source, spelling)."""
    return {(row["source"], row["spelling"]): _alias(row) for row in _table("accelerator_aliases.csv")}


def alias(source: str, spelling: str) -> Alias | None:
    """What ``source`` means by ``spelling``, or None if nobody has settled it."""
    return aliases().get((source, spelling))
