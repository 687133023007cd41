"""What a source is, and how all of them are found.

A source is one upstream whose payloads one module turns into *statements*. A statement says: at ``recorded_at``
it was on record that at ``valid_at`` this was so, for everything within ``scope``. A module in one of the
packages below that has a ``SOURCE`` is a source; there is no list to edit.

This package knows what upstreams look like and nothing else: no storage, no schedule, no clock.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from types import ModuleType
from typing import IO, Any, Literal

ROOMS = ("clouds", "apis", "catalogs", "datasheets", "articles")

Kind = Literal["provider", "copy", "aggregator", "hand_kept", "article"]
"""From best to least: the provider's own interface, a copy of it, an aggregator, a hand-kept list, an article."""

Row = dict[str, object]
"""One row of a contract (see ``contracts``), column -> value or None, plus ``locator``: where in the payload."""


class PayloadError(ValueError):
    """The payload as a whole cannot be used. One line: what was found, what was expected."""


@dataclass(frozen=True)
class Origin:
    """Where anybody can fetch the bytes again: a file in a repository, a package's file, or a page."""

    repository: str = ""
    commit: str = ""
    path: str = ""
    blob: str = ""
    package: str = ""
    url: str = ""


@dataclass(frozen=True)
class Payload:
    """Bytes of an upstream, uncompressed, with the time they were on record (UTC)."""

    content: bytes
    name: str
    recorded_at: datetime
    origin: Origin = Origin()
    ordinal: int = 0
    """The upstream's own order among payloads of one ``recorded_at``."""


@dataclass(frozen=True)
class Refused:
    """A row that the parser could not read. It says nothing about its key: it closes nothing, it opens nothing."""

    reason: str
    locator: str
    row_text: str
    key: Mapping[str, str | None] = field(default_factory=dict)
    """The key columns that could be read; a column that is missing here is unknown."""


@dataclass(frozen=True)
class Statement:
    """What one payload says of one scope of one table."""

    table: str
    scope: Mapping[str, str]
    """Key column -> value; empty: everything that this source says in that table."""
    rows: list[Row]
    refused: list[Refused] = field(default_factory=list)
    valid_at: datetime | None = None
    """The date inside the payload, UTC; None where it has none: then ``recorded_at`` holds."""
    recorded_at: datetime | None = None
    """When the statement itself was on record, where the payload dates each one; None: the payload's."""
    complete: bool = True
    """A complete statement covers its whole scope: what it leaves out is not offered."""
    ignored: int = 0
    """Rows about other things than accelerators or priced models."""


@dataclass(frozen=True)
class Address:
    """What one fetch asks for. The answer is archived as one payload; pages of one list are one answer.

    ``next_page`` finds the address of the following page in a decoded page (None: it was the last); the pages then
    stand in the payload as the elements of one JSON list, each byte for byte as it came.
    """

    url: str
    name: str
    """The payload's name: what ``Source.reads`` knows it by."""
    body: str = ""
    """JSON; with one it is a POST."""
    next_page: Callable[[Any], str | None] | None = None


@dataclass(frozen=True)
class Live:
    """Where an upstream answers today, and what it wants to see."""

    addresses: tuple[Address, ...]
    key_variable: str = ""
    """Environment variable that holds the key; without it the source waits for one."""
    key_header: str = "Authorization"
    key_format: str = "Bearer {key}"
    is_scraped: bool = False
    """A page for people: robots.txt is asked first."""
    sift: Callable[[IO[bytes]], bytes] | None = None
    """For answers too big to keep: the part of the stream that is kept as the payload."""
    max_bytes: int = 64 << 20
    patience: int = 1
    """How many times the usual time an answer may take."""


@dataclass(frozen=True)
class Source:
    name: str
    title: str
    homepage: str
    licence: str
    redistributable: bool
    kind: Kind
    tables: tuple[str, ...]
    parse: Callable[[Payload], Iterable[Statement]]
    reads: tuple[str, ...]
    """Patterns of the file paths in a recorded folder that this source reads (``fnmatch``)."""
    upstream_paths: tuple[str, ...] = ()
    """Paths inside the upstream's repository whose every version ``ingest --git`` reads."""
    ships: tuple[str, ...] = ()
    """Files of this package that are payloads themselves: tables of our own, read at each refresh."""
    freshness_limit_hours: float | None = None
    """None: recorded only, never stale."""
    credit: str = ""
    weaknesses: str = ""
    began_on: date | None = None
    """The upstream's first day, where a payload of it tells of many: what it says of earlier ones nobody observed."""
    live: Live | None = None
    """None: nothing to ask; it speaks through recorded payloads alone."""


def _modules() -> Iterable[ModuleType]:
    for room in ROOMS:
        package = importlib.import_module(f"sources.{room}")
        for found in pkgutil.iter_modules(package.__path__):
            yield importlib.import_module(f"sources.{room}.{found.name}")


@cache
def all_sources() -> dict[str, Source]:
    """Every source by name, in the order of names."""
    found = {module.SOURCE.name: module.SOURCE for module in _modules() if hasattr(module, "SOURCE")}
    return dict(sorted(found.items()))
