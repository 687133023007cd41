"""The home folder: where the archive, the ledger and what is made from them lie."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.usage import WrongUsage


class HomeError(RuntimeError):
    """The home folder cannot be used. One line: what was found, what to do."""


@dataclass(frozen=True)
class Home:
    """``--home``, else ``$FLOPLEDGER_HOME``, else ``./data``."""

    path: Path

    @classmethod
    def at(cls, given: Path | None) -> "Home":
        path = (given or Path(os.environ.get("FLOPLEDGER_HOME") or "data")).resolve()
        if path.exists() and not path.is_dir():
            raise WrongUsage(f"home {path}: a file; expected a folder (--home, or $FLOPLEDGER_HOME)")
        return cls(path)

    @property
    def archive(self) -> Path:
        return self.path / "archive"

    @property
    def fetches(self) -> Path:
        """What was asked of upstreams and what came of it."""
        return self.archive / "fetches.jsonl"

    @property
    def build(self) -> Path:
        """The private file that the pipeline writes; nobody else opens it."""
        return self.path / "build" / "ledger.duckdb"

    @property
    def versions(self) -> Path:
        return self.path / "versions"

    @property
    def published(self) -> Path:
        """What users open: a symlink to the newest published version."""
        return self.path / "ledger.duckdb"

    @property
    def dagster(self) -> Path:
        return self.path / "dagster"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One writer at a time; the lock goes with the process that holds it, however it ends."""
        try:
            self.build.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HomeError(f"home {self.path}: {error.strerror}; expected a folder that can be written to") from None
        with (self.build.parent / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise HomeError(f"{self.path}: another refresh or load is writing here; wait for it to end") from None
            yield
