"""Where Google Cloud has which accelerator: the price list names a price in every region, the machines stand in few.

The repository of the price list (Cyclenerd's cost calculator, Apache-2.0) keeps Google's own list of accelerator types
per region as ``tools/acceleratortyperegion.csv``. ``python -m sources.clouds.gcp_regions FOLDER`` reads its dated
versions (``<day>_<commit>.csv``) and writes ``gcp_regions.csv`` beside this module: per machine family and region the
day of the first and of the last list that has it; empty where the first or the newest list does, for nobody knows since
when, or until when.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

FAMILIES = {
    "nvidia-tesla-a100": ("a2-highgpu", "a2-megagpu"),
    "nvidia-a100-80gb": ("a2-ultragpu",),
    "nvidia-h100-80gb": ("a3-highgpu",),
    "nvidia-h100-mega-80gb": ("a3-megagpu",),
    "nvidia-l4": ("g2-standard",),
    "nvidia-rtx-pro-6000": ("g4-standard",),
}
"""Google's name of an accelerator -> the machine families that carry it."""


@dataclass(frozen=True, order=True)
class Stay:
    """A machine family in a region, from the first to the last list that has it."""

    family: str
    region: str
    first_on: str
    last_on: str
    commit: str


def read(folder: Path) -> list[Stay]:
    """All stays in dated lists, by family and region."""
    lists = sorted(folder.glob("????-??-??_*.csv"))
    seen: dict[tuple[str, str], list[tuple[date, str]]] = {}
    for path in lists:
        day, commit = path.stem.split("_")
        for family, region in _entries(path.read_text(encoding="utf-8")):
            seen.setdefault((family, region), []).append((date.fromisoformat(day), commit))
    first, last = (date.fromisoformat(path.stem[:10]) for path in (lists[0], lists[-1]))
    return sorted(
        Stay(
            family,
            region,
            "" if days[0][0] == first else days[0][0].isoformat(),
            "" if days[-1][0] == last else days[-1][0].isoformat(),
            days[0][1],
        )
        for (family, region), days in seen.items()
    )


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for line in csv.DictReader(text.splitlines(), delimiter=";"):
        for family in FAMILIES.get(line["NAME"], ()):
            yield family, line["ZONE"]


@cache
def stays() -> list[Stay]:
    """The table that ships."""
    text = files("sources.clouds").joinpath("gcp_regions.csv").read_text(encoding="utf-8")
    return [Stay(**row) for row in csv.DictReader(text.splitlines())]


def main() -> None:
    with Path(str(files("sources.clouds").joinpath("gcp_regions.csv"))).open(
        "w", encoding="utf-8", newline=""
    ) as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(field.name for field in fields(Stay))
        writer.writerows(astuple(stay) for stay in read(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
