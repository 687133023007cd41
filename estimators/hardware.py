"""Accelerators: peak rates (dense, never sparse), memory, bandwidth, and the number formats they have.

Symbols: P(precision) peak matrix rate in FLOP/s, BW memory bandwidth in byte/s, M memory in byte (10^9 as printed),
C interconnect in byte/s (both directions together, as vendors print it). Figures and their sources: data/hardware.csv.
Where the form of a card is unstated the entry has the figures of the least capable member and says so.

Spellings are looked up exactly (case and blanks apart), never by substring: "H20" is no part of "H200".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from estimators.errors import CannotEstimate
from estimators.tables import number, rows

PCIE_GB_S = 64.0  # x16 of the fourth generation, both directions: what a card without a link of its own has


@dataclass(frozen=True)
class Accelerator:
    """One accelerator as rented. A peak rate of None: the chip has no such unit, or nobody published the figure."""

    accelerator_id: str
    name: str
    vendor: str
    generation: str
    form_factor: str
    memory_gb: float
    memory_bandwidth_gb_s: float
    dense_tflop_s: dict[str, float]
    interconnect_gb_s: float | None
    tdp_w: float | None
    note: str

    @property
    def has_link(self) -> bool:
        """Does it talk to its neighbours by something faster than PCIe?"""
        return (self.interconnect_gb_s or 0) > 2 * PCIE_GB_S

    @property
    def link_gb_s(self) -> float:
        """Bandwidth to the neighbours; PCIe where no link is stated."""
        return self.interconnect_gb_s or PCIE_GB_S


def _accelerator(row: dict[str, str]) -> Accelerator:
    peaks = {p: number(row[f"dense_{p}_{'top' if p == 'int8' else 'tflop'}_s"]) for p in PRECISIONS_WITH_A_PEAK}
    return Accelerator(
        accelerator_id=row["accelerator_id"],
        name=row["name"],
        vendor=row["vendor"],
        generation=row["generation"],
        form_factor=row["form_factor"],
        memory_gb=float(row["memory_gb"]),
        memory_bandwidth_gb_s=float(row["memory_bandwidth_gb_s"]),
        dense_tflop_s={p: v for p, v in peaks.items() if v},
        interconnect_gb_s=number(row["interconnect_gb_s"]),
        tdp_w=number(row["tdp_w"]),
        note=row["note"],
    )


PRECISIONS_WITH_A_PEAK = ("fp32", "bf16", "fp16", "fp8", "int8", "fp4")


_VENDORS = re.compile(r"\b(?:nvidia|amd|intel|google|aws|geforce|instinct|tesla|radeon|graphics|gpu|accelerator)\b")
_MEMORY = re.compile(r"([0-9]+)\s*-?\s*(?:gb|gib|g)\b")
_MEMORY_KIND = re.compile(r"\bhbm[0-9]e?\b|\bgddr[0-9]x?\b")


def _folded(spelling: str) -> str:
    return "".join(c for c in spelling.casefold() if c not in " _-")


def _bare(spelling: str) -> tuple[str, float | None]:
    """The name without its vendor and kind of memory, and the memory in GB that it states."""
    words = _MEMORY_KIND.sub(" ", _VENDORS.sub(" ", re.sub(r"[_-]", " ", spelling.casefold())))
    stated = _MEMORY.search(words)
    return _folded(_MEMORY.sub(" ", words)), float(stated[1]) if stated else None


def _spellings() -> Iterator[tuple[str, Accelerator]]:
    """Every name of every accelerator."""
    for row in rows("hardware"):
        entry = _accelerator(row)
        for spelling in (row["accelerator_id"], row["name"], *row["spellings"].split(";")):
            if spelling:
                yield spelling, entry


@cache
def _by_spelling() -> dict[str, Accelerator]:
    return {_folded(spelling): entry for spelling, entry in _spellings()}


@cache
def accelerator(spelling: str) -> Accelerator:
    """The accelerator of that id or spelling; an unknown one is an error that names the nearest known spellings."""
    found = _by_spelling().get(_folded(spelling)) or _by_bare_name(spelling)
    if found is None:
        import difflib  # only where something went wrong: it costs more than the estimate

        near = difflib.get_close_matches(_folded(spelling), _by_spelling(), n=3, cutoff=0.5)
        hint = ", ".join(dict.fromkeys(_by_spelling()[n].accelerator_id for n in near)) or "nvidia-h100-sxm-80gb"
        raise CannotEstimate(f"accelerator {spelling!r}: not known; nearest: {hint}")
    return found


@cache
def _bare_names() -> dict[str, tuple[Accelerator, ...]]:
    """Every card by each of its names without vendor and memory."""
    found: dict[str, dict[str, Accelerator]] = {}
    for spelling, entry in _spellings():
        found.setdefault(_bare(spelling)[0], {})[entry.accelerator_id] = entry
    return {name: tuple(cards.values()) for name, cards in found.items()}


def _by_bare_name(spelling: str) -> Accelerator | None:
    """The one card of that name, vendor apart, that has the memory it states; None where several have."""
    name, memory_gb = _bare(spelling)
    cards = _bare_names().get(name, ())
    if memory_gb is not None:
        cards = tuple(card for card in cards if abs(card.memory_gb - memory_gb) <= 0.03 * memory_gb)
    stated = tuple(card for card in cards if card.form_factor != "unstated")
    if len(cards) > 1 and len(stated) < len(cards):  # an entry for the unstated form is what an unstated form means
        cards = tuple(card for card in cards if card.form_factor == "unstated")
    return cards[0] if len(cards) == 1 else None


def accelerators() -> tuple[Accelerator, ...]:
    """Every known accelerator."""
    return tuple({a.accelerator_id: a for a in _by_spelling().values()}.values())
