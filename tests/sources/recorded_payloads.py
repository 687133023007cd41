"""The recorded payloads of a source, as the collector would hand them over: uncompressed, names without ``.gz``."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

from sources.source import Payload, Source

RECORDED_AT = datetime(2026, 9, 1, tzinfo=UTC)


def payload(content: str | bytes, name: str = "sample") -> Payload:
    return Payload(content.encode() if isinstance(content, str) else content, name, RECORDED_AT)


def payloads(recorded: Path, source: Source, pattern: str = "*", *, inside: str = "") -> Iterator[Payload]:
    """Those below ``inside`` (by default the folder of the source's name among the rental prices)."""
    folder = recorded / (inside or f"rental/{source.name}")
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder)).removesuffix(".gz")
        if path.is_file() and fnmatch(name, pattern) and any(fnmatch(name, read) for read in source.reads):
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            yield Payload(content, name, RECORDED_AT)


def documents(recorded: Path, source: Source, folder: str) -> Iterator[Payload]:
    """The recorded pages of a source, each on record since the day that its file name says."""
    for path in sorted((recorded / "documents" / folder).rglob("*")):
        name = str(path.relative_to(recorded / "documents" / folder))
        if path.is_file() and any(fnmatch(name, read) for read in source.reads):
            yield Payload(path.read_bytes(), name, datetime.fromisoformat(path.name[:10]).replace(tzinfo=UTC))
