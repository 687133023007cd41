"""The log of what was asked of upstreams and what came of it: ``archive/fetches.jsonl``, one line per address and time.

What arrived stands in the archive's own log as well; this one also knows of hosts that did not answer, of keys that
were missing, and of the marks (ETag, Last-Modified) with which to ask whether anything is new.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

State = Literal["answered", "unchanged", "unreachable", "unusable", "needs_key", "not_allowed"]
"""A payload came; the upstream says that the last one still holds; nobody answered; what answered is not what was
asked for; we have no key; robots.txt asks us not to."""

HEARD: tuple[State, ...] = ("answered", "unchanged")


@dataclass(frozen=True)
class Fetch:
    """One address asked once. ``url`` never holds a key: keys go in headers."""

    source: str
    url: str
    asked_at: datetime
    state: State
    why: str = ""
    """Of anything but an answer: what was found, in one line."""
    sha256: str = ""
    """Of the payload that came, or that still holds."""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class FetchLog:
    file: Path

    def add(self, fetches: Sequence[Fetch]) -> None:
        if not fetches:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps({**asdict(f), "asked_at": f.asked_at.astimezone(UTC).isoformat()}, sort_keys=True)
            for f in fetches
        ]
        with self.file.open("a", encoding="utf-8") as log:
            log.write("\n" + "\n".join(lines))

    def fetches(self) -> Iterator[Fetch]:
        """Oldest first. A line that a killed process left half-written says nothing: the address is asked again."""
        if not self.file.exists():
            return
        for line in self.file.read_text(encoding="utf-8").splitlines():
            try:
                read = json.loads(line)
                yield Fetch(**{**read, "asked_at": datetime.fromisoformat(read["asked_at"])})
            except (ValueError, TypeError, KeyError):
                continue

    def newest(self) -> dict[tuple[str, str], Fetch]:
        """(source, url) -> the last time it was asked."""
        return {(fetch.source, fetch.url): fetch for fetch in self.fetches()}

    def held(self) -> dict[tuple[str, str], Fetch]:
        """(source, url) -> the last time that something was heard, with the marks to ask again by."""
        return {(fetch.source, fetch.url): fetch for fetch in self.fetches() if fetch.state in HEARD}
