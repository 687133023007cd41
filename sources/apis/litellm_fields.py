"""What a cost field of litellm's map is a price of: ``input_cost_per_token_above_200k_tokens_batches`` -> input token,
for prompts of more than 200k tokens, in a batch.

A field is a name of ``litellm_fields.csv`` and then any number of suffixes of the grammar below; anything else is
unknown. A name without a unit there is known and no price of ours, with the reason in its note.
"""

import csv
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Charge:
    """One price's unit, what it holds under, and how many units the printed figure is for."""

    unit: str
    conditions: tuple[str, ...]
    per: Decimal

    @property
    def is_of_a_tool(self) -> bool:
        """Whether it pays for something beside the model: a search, a map, a sandbox."""
        return any(condition in TOOLS for condition in self.conditions)


@dataclass(frozen=True)
class NoPrice:
    """A field that is known and is no price of ours."""

    reason: str


TOOLS = ("web_search", "google_maps", "file_search", "code_interpreter", "computer_use")

SUFFIXES = (
    (re.compile(r"_(\d+p|\d+(?:\.\d+)?[kK]|512|1024|1536)(?=_|$)"), "{0}"),
    (re.compile(r"_above_(\d+)_and_(\d+)_pixels"), "pixels>{0}x{1}"),
    (re.compile(r"(?:_and)?_premium_image"), "premium"),
    (re.compile(r"_above_(\d+)s_interval"), "interval>{0}s"),
    (re.compile(r"_above_(\d+)k_tokens"), "context>{0}k"),
    (re.compile(r"_above_(\d+)hr"), "cache_ttl>{0}h"),
    (re.compile(r"_batch(?:es|_requests)"), "batch"),
    (re.compile(r"_(priority|flex|ultrafast|balanced|decisions)"), "{0}"),
)
"""Suffix -> condition, in the order in which a price's conditions are written, whatever the field's own order."""


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one of litellm's tables beside this module."""
    text = files("sources.apis").joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _charges() -> dict[tuple[str, str], Charge | NoPrice]:
    return {
        (row["field"], row["mode"]): (
            Charge(row["unit"], (row["condition"],) if row["condition"] else (), Decimal(row["per"]))
            if row["unit"]
            else NoPrice(row["note"])
        )
        for row in table("litellm_fields.csv")
    }


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted({field for field, _ in _charges()}, key=len, reverse=True))


def is_cost(field: str) -> bool:
    """Whether a field of the map speaks of money at all."""
    return "cost" in field or "pric" in field


@cache
def charge(field: str, mode: str) -> Charge | NoPrice | None:
    """What ``field`` is a price of in an entry of ``mode``; None if nobody has settled it."""
    for name in _names():
        if not field.startswith(name):
            continue
        suffixes = _suffix_conditions(field[len(name) :])
        found = _charges().get((name, mode)) or _charges().get((name, ""))
        if suffixes is None or found is None:
            continue
        if isinstance(found, NoPrice):
            return found
        return Charge(found.unit, found.conditions + suffixes, found.per)
    return None


def _suffix_conditions(rest: str) -> tuple[str, ...] | None:
    conditions: list[tuple[int, str]] = []
    while rest:
        for rank, (pattern, condition) in enumerate(SUFFIXES):
            if found := pattern.match(rest):
                conditions.append((rank, condition.format(*found.groups()).lower()))
                rest = rest[found.end() :]
                break
        else:
            return None
    return tuple(condition for _, condition in sorted(conditions))
