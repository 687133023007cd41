"""What vendors print of an accelerator -> facts of ``accelerator_spec``: shared by the sources that read their pages.

A figure is taken at its word (``sources.quantities``): 96 GiB is 103.08 GB, 1,600 Gbps is 200 GB/s. What is not one
number with a unit that we know is refused, alone; what its label does not say (dense or sparse, one way or both) is
not guessed. A page is *partial*: a row that it no longer prints is not withdrawn.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sources.datasheets.release_months import release_months
from sources.quantities import QuantityError, number
from sources.source import Payload, PayloadError, Refused, Row, Statement
from sources.tables import key_columns

UNITS = {
    "memory_gb": "GB",
    "memory_bandwidth_gb_s": "GB/s",
    "interconnect_gb_s": "GB/s",
    "peak_tflop_s": "TFLOP/s",
    "peak_top_s": "TOP/s",
    "measured_tflop_s": "TFLOP/s",
    "tdp_w": "W",
    "launch_price_usd": "USD",
}
"""Metric -> its unit; the other metrics are texts and dates."""
KEY = key_columns("accelerator_spec")
_UNIT_AT_END = re.compile(r"[0-9.,\s]+(?P<unit>[A-Za-z$][A-Za-z/]*)")


@dataclass(frozen=True)
class Meaning:
    """What a row of a vendor's table is about."""

    metric: str
    precision: str = ""
    direction: str = ""
    sparsity: str = ""


@dataclass(frozen=True)
class Subject:
    """Whose figures they are, and what they are worth."""

    accelerator_id: str
    scope: str
    value_kind: str = "vendor_doc"

    def figure(self, meaning: Meaning, printed: str, locator: str, *, printed_unit: str = "") -> Row | Refused:
        """A number; ``printed_unit`` where the label has the unit."""
        key = {
            "accelerator_id": self.accelerator_id,
            "metric": meaning.metric,
            "precision": meaning.precision,
            "sparsity": meaning.sparsity,
            "scope": self.scope,
            "direction": meaning.direction,
        }
        try:
            value = number(printed, unit=UNITS[meaning.metric], printed_unit=printed_unit or None, what=meaning.metric)
        except QuantityError:
            return Refused("unit", locator, printed[:400], key)
        if value == 0:
            return Refused("zero_value", locator, printed[:400], key)
        found = _UNIT_AT_END.fullmatch(printed)
        unit_raw = found["unit"] if found else printed_unit
        return {
            **key,
            "value_raw": printed,
            "unit_raw": unit_raw or None,
            "value": value,
            "value_kind": self.value_kind,
            "locator": locator,
        }

    def text(self, metric: str, printed: str, locator: str) -> Row:
        return {
            "accelerator_id": self.accelerator_id,
            "metric": metric,
            "precision": "",
            "sparsity": "",
            "scope": self.scope,
            "direction": "",
            "value_raw": printed,
            "unit_raw": None,
            "value": None,
            "value_kind": self.value_kind,
            "locator": locator,
        }

    def refused(self, reason: str, printed: str, locator: str) -> Refused:
        return Refused(reason, locator, printed[:400], {"accelerator_id": self.accelerator_id})


def statement(payload: Payload, accelerator_id: str, facts: Iterable[Row | Refused], *, ignored: int) -> Statement:
    """What a page says of one accelerator. A page that says nothing that can be read has been redesigned."""
    said = list(facts)
    times = Counter(_key(fact) for fact in said if isinstance(fact, dict))
    rows = [fact for fact in said if isinstance(fact, dict) and times[_key(fact)] == 1]
    twice = [fact for fact in said if isinstance(fact, dict) and times[_key(fact)] > 1]
    if not rows:
        raise PayloadError(f"{payload.name}: no figure of {accelerator_id} could be read; was the page redesigned?")
    refused = [fact for fact in said if isinstance(fact, Refused)]
    for fact in twice:
        key = {column: str(fact[column]) for column in KEY}
        refused.append(Refused("duplicate_key", str(fact["locator"]), str(fact["value_raw"])[:400], key))
    return Statement(
        "accelerator_spec",
        {"accelerator_id": accelerator_id},
        rows,
        refused,
        valid_at=release_months().get(accelerator_id),
        complete=False,
        ignored=ignored,
    )


def _key(fact: Row) -> tuple[str, ...]:
    return tuple(str(fact[column]) for column in KEY)
