"""What tests share: where the recorded payloads lie, and that the network is refused (loopback aside)."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A slow machine is no failure: time is measured in benchmarks, never in tests.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

os.environ.setdefault("FLOPLEDGER_OFFLINE", "1")  # what tests refresh asks nobody, unless a test says whom

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if RECORDED.exists():
        return
    if os.environ.get("CI"):
        pytest.exit(f"{RECORDED} is not there, and CI requires it", returncode=1)
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="the recorded payloads (../shared/data) are not here"))


@pytest.fixture
def recorded() -> Path:
    """The folder of recorded payloads; mark the test with ``shared``."""
    return RECORDED


@pytest.fixture(autouse=True)
def _network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise OSError(f"the network is refused in tests: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)
