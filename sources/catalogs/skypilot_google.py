"""Google Cloud in SkyPilot's catalogue: a machine and the cards that it cannot be rented without are two lines.

``a2-highgpu-1g`` costs 0.73948 and its ``A100`` 2.93391, both in the same zone: rented together they are 3.67339, which
is what Google's own list says of the machine. Local disks are not in it (0.66 of an a3-highgpu-8g's 88.49). Cards that
go on a machine of any size (T4, V100 and their like on N1) have no such sum: their lines stay without a machine. So do
all of the catalogue's first three versions, which list machines without a part of their price (0.51 for a2-highgpu-1g).
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from sources.names import alias
from sources.quantities import decimal_or_none

MACHINE_LIST = "cyclenerd-gcp"
"""The source whose aliases say what a machine type of Google's carries."""
CARDS = {
    "a2-highgpu": "A100",
    "a2-megagpu": "A100",
    "a2-ultragpu": "A100-80GB",
    "a3-highgpu": "H100",
    "a3-megagpu": "H100-MEGA",
    "a3-ultragpu": "H200",
    "g2-standard": "L4",
}
"""Machine family -> how the catalogue calls the card that it comes with."""
FIRST_WHOLE_VERSION = 4

Line = Mapping[str, str]
Numbered = tuple[str, Line]
"""Where in the file, and what stands there."""


def with_their_cards(lines: Iterable[Numbered], *, version: int) -> list[Numbered]:
    """The lines, with a machine and its cards as one that costs both; cards that are part of such a one are gone."""
    lines = list(lines)
    if version < FIRST_WHOLE_VERSION:
        return lines
    cards = {_card(line): (place, line) for place, line in lines if line["AcceleratorName"]}
    joined, used = [], set()
    for place, line in lines:
        key = None if line["AcceleratorName"] else _wanted(line)
        if key in cards:
            at, card = cards[key]
            used.add(at)
            joined.append((f"{place} and {at}", _together(line, card)))
        else:
            joined.append((place, line))
    return [(place, line) for place, line in joined if place not in used]


def _card(line: Line) -> tuple[str, Fraction, str] | None:
    count = decimal_or_none(line["AcceleratorCount"])
    return None if count is None else (line["AcceleratorName"], Fraction(count), line.get("AvailabilityZone", ""))


def _wanted(machine: Line) -> tuple[str, Fraction, str] | None:
    """The card line that a machine type needs, None for a plain machine."""
    known = alias(MACHINE_LIST, machine["InstanceType"])
    name = CARDS.get(machine["InstanceType"].rpartition("-")[0])
    if known is None or known.exact_count is None or name is None:
        return None
    return name, known.exact_count, machine.get("AvailabilityZone", "")


def _together(machine: Line, card: Line) -> Line:
    names = {name: card[name] for name in ("AcceleratorName", "AcceleratorCount")}
    return {**machine, **names, **{name: _sum(machine[name], card[name]) for name in ("Price", "SpotPrice")}}


def _sum(machine: str, card: str) -> str:
    """'' where either lacks a price: what remains is not what the two cost. Zero is no price of either."""
    prices = [price for price in (decimal_or_none(machine), decimal_or_none(card)) if price is not None and price > 0]
    return str(sum(prices)) if len(prices) == 2 else ""
