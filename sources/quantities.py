"""Printed text -> a number in our unit: '3.35 TB/s' -> 3350.0 (GB/s).

What a page prints is taken at its word: GB is 10^9 bytes and GiB is 2^30, Gb is bits and GB is bytes, so a unit whose
letters do not say which ('gb/s', 'G') is an error, and so is anything that is not one finite number of zero or more:
a range, a bound ('up to 3 TB/s'), a decimal comma. '~' and its like are kept as ``approximate``.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isfinite

_SI = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def _prefixed(*spellings: str, prefixes: dict[str, int], size: Decimal = Decimal(1)) -> dict[str, Decimal]:
    return {prefix + spelling: factor * size for spelling in spellings for prefix, factor in prefixes.items()}


_BYTES = _prefixed("B", prefixes={**_SI, **_BINARY}) | {"byte": Decimal(1), "bytes": Decimal(1)}
_BITS = _prefixed("b", "bit", prefixes={**_SI, **_BINARY}, size=Decimal("0.125"))
_PER_SECOND = ("/s", "/sec", "/second", "ps")
_FAMILIES: dict[str, dict[str, Decimal]] = {
    "byte": _BYTES,
    "byte/s": {unit + per: size for unit, size in (_BYTES | _BITS).items() for per in _PER_SECOND},
    "FLOP/s": _prefixed("FLOP/s", "FLOPS", "FLOPs", prefixes=_SI),
    "OP/s": _prefixed("OP/s", "OPS", "OPs", prefixes=_SI),
    "W": _prefixed("W", prefixes={"": 1, "k": 10**3, "M": 10**6}) | {"watt": Decimal(1), "watts": Decimal(1)},
    "USD": {"USD": Decimal(1), "$": Decimal(1)},
}
"""Family -> spelling -> how many of the family's unit it is."""

_OURS = {
    "GB": ("byte", Decimal(10**9)),
    "GiB": ("byte", Decimal(2**30)),
    "GB/s": ("byte/s", Decimal(10**9)),
    "TFLOP/s": ("FLOP/s", Decimal(10**12)),
    "TOP/s": ("OP/s", Decimal(10**12)),
    "W": ("W", Decimal(1)),
    "USD": ("USD", Decimal(1)),
}
_EXAMPLES = {
    "byte": "GB, GiB, TB, bytes",
    "byte/s": "GB/s, TB/s, GiB/s, Gb/s",
    "FLOP/s": "TFLOP/s, PFLOPS",
    "OP/s": "TOP/s, TOPS",
    "W": "W, kW",
    "USD": "$, USD",
}
_PRINTED = re.compile(
    r"(?P<approximate>~|≈|about |approx\.? )?\s*"
    r"(?P<dollar>\$)?\s*"
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?P<exponent>[eE][+-]?[0-9]{1,3})?\s*"
    r"(?P<unit>[A-Za-z$][A-Za-z/]*)?"
)


class QuantityError(ValueError):
    """The text is not one number with a unit that we know. One line: what was found, what was expected."""


@dataclass(frozen=True)
class Quantity:
    """A number in the unit that was asked for."""

    exact: Decimal
    approximate: bool

    @property
    def value(self) -> float:
        return float(self.exact)


def number(printed: str, *, unit: str, what: str = "quantity", printed_unit: str | None = None) -> float:
    """``printed`` in ``unit``; ``printed_unit`` is the unit where the text leaves it to a column's header."""
    return quantity(printed, unit=unit, what=what, printed_unit=printed_unit).value


def quantity(printed: str, *, unit: str, what: str = "quantity", printed_unit: str | None = None) -> Quantity:
    """As ``number``, exact, and with whether the text called it approximate."""
    if unit not in _OURS:
        raise ValueError(f"unit {unit!r} is not one of ours: {', '.join(_OURS)}")
    read = _PRINTED.fullmatch(" ".join(printed.split()))
    if read is None:
        raise QuantityError(f"{what} {printed!r}: not one number with a unit; expected something like '80 {unit}'")
    exact = Decimal(read["number"].replace(",", "") + (read["exponent"] or "")) * _factor(
        read, unit, what, printed_unit
    )
    if not isfinite(float(exact)) or (exact and not float(exact)):
        raise QuantityError(f"{what} {printed!r}: out of range; expected a finite number")
    return Quantity(exact, approximate=bool(read["approximate"]))


def _factor(read: re.Match[str], unit: str, what: str, printed_unit: str | None) -> Decimal:
    family, size = _OURS[unit]
    found = [text for text in (read["dollar"], read["unit"]) if text] or [printed_unit or ""]
    if set(found) == {"$", "USD"}:
        found = ["USD"]
    if len(found) > 1 or found[0] not in _FAMILIES[family]:
        raise QuantityError(
            f"{what} {read.string!r}: unit {' '.join(found)!r} is not one of {_EXAMPLES[family]} (case matters)"
        )
    return _FAMILIES[family][found[0]] / size


MAGNITUDES = range(-30, 13)
"""Powers of ten of the first digit of a figure; beyond them stands no price and no count, but an attack or a slip."""


def decimal_or_none(printed: str) -> Decimal | None:
    """The number, or None where the text is none of a size that can be meant; 'NaN' and 'Infinity' are none."""
    try:
        number = Decimal(printed.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() in MAGNITUDES else None
