"""Every payload that was read, by the sha256 of its uncompressed bytes, and the log of when and how it came.

The ledger can be rebuilt from here alone: an entry of the log says all that a reader needs beside the bytes.
"""

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sources.source import Origin

MAX_PAYLOAD_BYTES = 1_500_000_000
"""Uncompressed. The largest list that is known of, AWS's for all of EC2, has about a third of this."""


AGAIN = "remove it and ingest the payload again"


How = Literal["facts", "shipped", "parser", "rows"]
"""Our fact file; another file that comes with the code; an upstream's payload; rows of a user's own."""


class ArchiveError(RuntimeError):
    """A payload cannot be kept or read back. One line."""


@dataclass(frozen=True)
class Entry:
    """One arrival of one payload."""

    sha256: str
    source: str
    name: str
    how: How
    recorded_at: datetime
    archived_at: datetime
    origin: Origin = Origin()
    ordinal: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    """For ``rows``: table, observed_at, complete, scope."""

    @property
    def is_shipped(self) -> bool:
        """It comes with the code, in one state after the other: the next of its name stands in its place."""
        return self.how in ("facts", "shipped")

    @property
    def identity(self) -> str:
        """The same bytes, source, time and way of reading: the same entry."""
        options = json.dumps(self.options, sort_keys=True)
        text = "\n".join([self.sha256, self.source, self.how, self.recorded_at.isoformat(), options])
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Archive:
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.gz"

    def size(self, sha256: str) -> int:
        """Bytes on the disk; 0 where it is not there."""
        path = self.path(sha256)
        return path.stat().st_size if path.is_file() else 0

    def keep(self, content: bytes) -> str:
        """Stores the bytes if they are not there, whole or not at all; returns their sha256.

        One process writes at a time (``Home.locked``); what one that was killed left half-written is written over.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".partial")
            partial.write_bytes(gzip.compress(content, compresslevel=1, mtime=0))
            partial.replace(target)
        return sha256

    def content(self, sha256: str) -> bytes:
        """The bytes again, checked against their name."""
        try:
            content = gzip.decompress(self.path(sha256).read_bytes())
        except FileNotFoundError:
            raise ArchiveError(f"payload {sha256} is not in {self.folder}; ingest it again") from None
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ArchiveError(f"{self.path(sha256)}: not a whole gzip file ({error}); {AGAIN}") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ArchiveError(f"{self.path(sha256)}: other bytes than its name says; {AGAIN}")
        return content

    def note(self, entries: Sequence[Entry]) -> list[Entry]:
        """Adds to the log what does not stand there; returns what was new."""
        known = {entry.identity for entry in self.entries()}
        new = [entry for entry in {e.identity: e for e in entries}.values() if entry.identity not in known]
        if new:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.log.open("a", encoding="utf-8") as log:
                log.write("".join(f"{line}\n" for line in [*self._torn(), *map(_line, new)]))
        return new

    def _torn(self) -> list[str]:
        """What ends the line that a killed process left half-written, so that the next entry has one of its own."""
        if not self.log.exists() or not self.log.stat().st_size:
            return []
        with self.log.open("rb") as log:
            log.seek(-1, os.SEEK_END)
            return [] if log.read() == b"\n" else [""]

    def entries(self) -> Iterator[Entry]:
        """Every arrival, oldest first. A line that a killed process left half-written, and ended, is passed over."""
        if not self.log.exists():
            return
        for number, line in enumerate(self.log.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                yield _entry(line)
            except (ValueError, TypeError, KeyError, AttributeError):
                if _is_torn(line):
                    continue
                raise ArchiveError(
                    f"{self.log} line {number}: not an entry; restore the log, or remove the line and ingest again"
                ) from None


def _entry(line: str) -> Entry:
    read = json.loads(line)
    times = {name: datetime.fromisoformat(read[name]) for name in ("recorded_at", "archived_at")}
    entry = Entry(**{**read, **times, "origin": Origin(**read["origin"])})
    if not all(isinstance(text, str) for text in (entry.sha256, entry.source, entry.name, entry.how)):
        raise TypeError
    return entry


def _is_torn(line: str) -> bool:
    """The beginning of an entry, whose end a killed process did not write."""
    return not line or (
        line.startswith("{") and (not line.endswith("}") or any(map(_is_json, (line + "}", line + "}}"))))
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _line(entry: Entry) -> str:
    described = {
        **asdict(entry),
        "recorded_at": entry.recorded_at.astimezone(UTC).isoformat(),
        "archived_at": entry.archived_at.astimezone(UTC).isoformat(),
        "origin": {name: value for name, value in asdict(entry.origin).items() if value},
    }
    return json.dumps(described, sort_keys=True)


def printable(text: str) -> str:
    """Text that can be written down: a file's name may be bytes that are none."""
    return text.encode("utf-8", "replace").decode()


def read_file(path: Path) -> bytes:
    """The uncompressed bytes of a file, within bounds: what claims to be 10 GB is not read."""
    if not path.is_file():
        raise ArchiveError(f"{path.name}: no plain file; expected one whose end can be read")
    if path.stat().st_size > MAX_PAYLOAD_BYTES:
        raise ArchiveError(f"{path.name}: {path.stat().st_size} bytes; at most {MAX_PAYLOAD_BYTES} are read")
    if path.suffix != ".gz":
        return path.read_bytes()
    unpacked = bytearray()
    try:
        with gzip.open(path) as compressed:
            while block := compressed.read(1 << 22):
                unpacked += block
                if len(unpacked) > MAX_PAYLOAD_BYTES:
                    raise ArchiveError(f"{path.name}: unpacks to over {MAX_PAYLOAD_BYTES} bytes; not read further")
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(f"{path.name}: not a whole gzip file ({error})") from None
    return bytes(unpacked)
