"""Recorded payloads on disk: files, folders, or every version of an upstream's file in a git clone.

When a payload was on record comes from ``--recorded-at``, else from the list of what was recorded that lies beside it
(``MANIFEST.tsv``: file, upstream_repo, path, commit, commit_date, blob), else from the day in its name, else it is now:
our own fetch. Its place in the upstream's order is its line there, or its commit's.

Where it came from is what that list says, else what ``sources/recorded/origins.csv`` says of the same bytes, by their
git blob id; of other bytes nobody has said it, and nothing is made up.
"""

import csv
import hashlib
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from pathlib import Path

from pipelines.archive import MAX_PAYLOAD_BYTES, printable, read_file
from pipelines.moments import as_utc, on_record
from sources.source import Origin, Payload, Source, all_sources

GIT_SECONDS = 600
LISTED = ("file", "upstream_repo", "path", "commit", "commit_date", "blob")
"""The columns of ``MANIFEST.tsv`` that are read."""
_REPOSITORY = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/\s]*@)?[^@/:\s]+(?::\d+)?/|[^@/:\s]+@[^@/:\s]+:)"
    r"(?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?"
)
"""``owner/name`` at the end of an address, without who logs in with what; a folder's path is no address."""
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})")


class RecordingError(ValueError):
    """What was given holds nothing to read. One line."""


@dataclass(frozen=True)
class Recording:
    """A file that can be read when its turn comes."""

    path: Path
    name: str
    recorded_at: datetime
    origin: Origin
    ordinal: int

    def payload(self) -> Payload:
        content = read_file(self.path)
        origin = known_origins().get(blob_id(content), Origin()) if self.origin == Origin() else self.origin
        return Payload(content, self.name, self.recorded_at, origin, self.ordinal)


def blob_id(content: bytes) -> str:
    """What git calls the bytes."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@cache
def known_origins() -> dict[str, Origin]:
    """Blob id -> where anybody can fetch the bytes; of a page, where what it said stood, without a blob."""
    text = files("sources").joinpath("recorded", "origins.csv").read_text(encoding="utf-8")
    return {
        row["blob"]: Origin(url=row["url"]) if row["url"] else Origin(**row)
        for row in csv.DictReader(text.splitlines())
    }


def in_paths(source: str, paths: Sequence[Path], *, recorded_at: str | None, now: datetime) -> Iterator[Payload]:
    """The payloads of files and folders, by path."""
    found = [file for path in paths for file in _files(all_sources()[source], path)]
    if not found:
        reads = ", ".join(all_sources()[source].reads)
        raise RecordingError(f"{', '.join(map(str, paths))}: no file that {source} reads (it reads {reads})")
    given = on_record(recorded_at, now=now) if recorded_at else None
    manifests: dict[Path, list[dict[str, str]]] = {}
    return (_recording(file, given, now, manifests).payload() for file in found)


def _files(source: Source, path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.exists():
        raise RecordingError(f"{path}: not there; expected a file or a folder of recorded payloads")
    inside = (file for file in path.rglob("*") if file.is_file())
    return sorted(file for file in inside if _is_read(source, str(file.relative_to(path)).removesuffix(".gz")))


def _is_read(source: Source, name: str) -> bool:
    return any(fnmatch(name, pattern) or fnmatch(name, f"*/{pattern}") for pattern in source.reads)


def _recording(
    file: Path, given: datetime | None, now: datetime, manifests: dict[Path, list[dict[str, str]]]
) -> Recording:
    name = printable(file.name.removesuffix(".gz"))
    line, listed = _listed(file, manifests)
    origin = _origin(listed) if listed else Origin()
    when = given or (_commit_date(listed) if listed else None) or _day_in(name)
    if listed and not when:
        raise RecordingError(
            f"{name}: listed with date {listed['commit_date']!r}, and no day in its name; expected ISO 8601 in "
            "MANIFEST.tsv (or give --recorded-at)"
        )
    return Recording(file, name, when or now, origin, line)


def _listed(file: Path, manifests: dict[Path, list[dict[str, str]]]) -> tuple[int, dict[str, str] | None]:
    """The line of the nearest manifest that is about this file: its folder decides between paths of one commit."""
    for folder in (file.parent, file.parent.parent):
        manifest = folder / "MANIFEST.tsv"
        if manifest.exists():
            if manifest not in manifests:
                manifests[manifest] = _manifest(manifest)
            stem = re.sub(r"\.(csv|jsonl?|ya?ml|md|mdx|go)$", "", file.name.removesuffix(".gz"))
            about = [(n, row) for n, row in enumerate(manifests[manifest]) if _stem(row["file"]) == stem]
            place = file.parent.name.replace("-", "_")
            about.sort(key=lambda item: (place not in item[1]["file"].replace("-", "_"), len(item[1]["file"])))
            if about:
                return about[0]
    return 0, None


def _manifest(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
    except (csv.Error, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: not a list of tab-separated columns ({error})") from None
    for number, row in enumerate(rows, start=2):
        missing = [name for name in LISTED if row.get(name) is None]
        if missing:
            raise RecordingError(f"{path}: line {number} has no {', '.join(missing)}; expected {', '.join(LISTED)}")
    return rows


def _stem(listed: str) -> str:
    return listed.rsplit("@", 1)[-1].removesuffix(".gz")


def _origin(row: dict[str, str]) -> Origin:
    if row["upstream_repo"].startswith("PyPI "):
        package, _, version = row["upstream_repo"].removeprefix("PyPI ").partition(" ")
        return Origin(package=f"{package}=={version}", path=row["path"])
    return Origin(repository=row["upstream_repo"], commit=row["commit"], path=row["path"], blob=row["blob"])


def _commit_date(row: dict[str, str]) -> datetime | None:
    """None where the list says something else than a date, such as "newest release before"."""
    try:
        return as_utc(row["commit_date"])
    except ValueError:
        return None


def _day_in(name: str) -> datetime | None:
    """The first day of the calendar in a name; 2025-13-45 is none."""
    for text in _DAY.findall(name):
        with suppress(ValueError):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
    return None


HARMLESS = (
    "-c", "core.fsmonitor=false", "-c", "core.sshCommand=false", "-c", "core.quotePath=false",
    "-c", "gpg.program=false", "-c", "gpg.ssh.program=false", "-c", "gpg.x509.program=false",
)  # fmt: skip
"""A clone's own configuration may name programs, and a partial clone fetches through them: none of them is run."""


def in_clone(source: str, paths: Sequence[Path], *, recorded_at: str | None, now: datetime) -> Iterator[Payload]:
    """Every version of the source's files in git clones, in the order of their commits."""
    if recorded_at is not None:
        raise RecordingError("--recorded-at with --git: the commits say when each version was on record")
    del now
    wanted = all_sources()[source].upstream_paths
    for clone in paths:
        found, repository = 0, _remote(clone)
        for ordinal, (commit, date, path) in enumerate(_commits(clone, wanted)):
            blob = _git(clone, "rev-parse", f"{commit}:{path}").decode().strip()
            if _git(clone, "cat-file", "-t", blob) != b"blob\n":  # a submodule or a folder of that name
                continue
            origin = Origin(repository=repository, commit=commit, path=path, blob=blob)
            found += 1
            yield Payload(_blob(clone, blob, path), Path(path).name, as_utc(date), origin, ordinal)
        if not found:
            raise RecordingError(f"{clone}: no version of {', '.join(wanted) or 'any file'} that {source} reads")


def _commits(clone: Path, wanted: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(commit, date, path) of every version of the wanted paths, oldest first; removals have none.

    A file that was moved or copied is one that was added, whatever the user's git makes of renames.
    """
    if not wanted:
        return
    options = (
        "--reverse",
        "--format=%x00%H %cI",
        "--name-only",
        "--no-renames",
        "--diff-filter=AM",
        "--no-show-signature",
    )
    log = _git(clone, "log", *options, "--", *wanted)
    for entry in log.decode("utf-8", "replace").split("\0")[1:]:
        head, *names = [line for line in entry.splitlines() if line]
        commit, date = head.split(" ", 1)
        for name in names:
            yield commit, date, name


def _blob(clone: Path, blob: str, path: str) -> bytes:
    size = int(_git(clone, "cat-file", "-s", blob))
    if size > MAX_PAYLOAD_BYTES:
        raise RecordingError(f"{path}: blob {blob} has {size} bytes; at most {MAX_PAYLOAD_BYTES} are read")
    return _git(clone, "cat-file", "blob", blob)


def _remote(clone: Path) -> str:
    try:
        url = _git(clone, "config", "--get", "remote.origin.url").decode().strip()
    except RecordingError:
        return ""
    named = _REPOSITORY.fullmatch(url)
    return named["name"] if named else ""


def _git(clone: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(clone), *HARMLESS, *arguments]
    environment = {**os.environ, "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, timeout=GIT_SECONDS, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise RecordingError(
            f"{clone}: git {arguments[0]} took over {GIT_SECONDS} s; is it a partial clone that cannot fetch?"
        ) from None
    if done.returncode:
        raise RecordingError(f"{clone}: git {arguments[0]} failed ({' '.join(done.stderr.decode().split())[:200]})")
    return done.stdout
