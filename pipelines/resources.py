"""What assets touch: the home folder, held by one run at a time, and the moment of the run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from pipelines.home import Home
from pipelines.ledger import open_ledger


class HomeResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """A home folder for the time of a run: locked, so that no other run, ``refresh`` or ``load`` writes there."""

    path: str = Field(default="", description="The home folder; empty: $FLOPLEDGER_HOME, else ./data")
    recorded: str = Field(default="", description="A folder of fact files; empty: those that come with the code")
    is_offline: bool = Field(default=False, description="Whether nothing is asked of the network")
    as_of: str = Field(default="", description="What the run calls now, ISO 8601; empty: the time at which it begins")
    is_locked: bool = Field(default=False, description="Whether whoever launched the run holds the home's lock already")
    _began_at: datetime = PrivateAttr(default_factory=lambda: datetime.now(UTC))

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["HomeResource"]:  # noqa: ARG002
        self._began_at = datetime.now(UTC)
        with nullcontext() if self.is_locked else self.home.locked(), open_ledger(str(self.home.build)):
            yield self  # the ledger stays open, so that opening it in each step costs next to nothing

    @property
    def home(self) -> Home:
        return Home.at(Path(self.path) if self.path else None)

    @property
    def asks_nobody(self) -> bool:
        """Offline by configuration, or because ``FLOPLEDGER_OFFLINE`` is set."""
        return self.is_offline or bool(os.environ.get("FLOPLEDGER_OFFLINE"))

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.as_of) if self.as_of else self._began_at

    @property
    def recorded_folder(self) -> Path | None:
        return Path(self.recorded) if self.recorded else None
