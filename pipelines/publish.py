"""The private build file becomes what users open: a read-only copy behind a symlink that is swapped atomically.

A reader keeps the version that it opened; the next one it opens is whole as well. The copy is made by ``cp`` while the
connection is held: copying inside the process would drop DuckDB's lock on the file.
"""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.home import Home, HomeError

KEPT_VERSIONS = 3


def publish(home: Home, connection: duckdb.DuckDBPyConnection) -> Path:
    """Copies the build file, swaps the symlink to the copy, removes copies that are old. Returns the new version."""
    connection.execute("FORCE CHECKPOINT")
    home.versions.mkdir(parents=True, exist_ok=True)
    name = f"ledger-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.duckdb"
    copy = home.versions / f".{name}.partial"
    if home.published.exists() and not home.published.is_symlink():
        raise HomeError(f"{home.published} is no link of ours; move it away, and refresh again")
    done = subprocess.run(["cp", "--", str(home.build), str(copy)], capture_output=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise HomeError(f"{home.versions}: the copy failed ({' '.join(done.stderr.decode().split())[:200]})")
    copy.chmod(0o444)
    version = home.versions / name
    copy.replace(version)
    link = home.path / f".ledger.{os.getpid()}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(version.relative_to(home.path))
    link.replace(home.published)
    _sweep(home, version)
    return version


def _sweep(home: Home, newest: Path) -> None:
    """A version that a reader holds open stays readable: its file is only unlinked."""
    versions = sorted(home.versions.glob("ledger-*.duckdb"))
    for old in versions[:-KEPT_VERSIONS]:
        if old != newest:
            old.unlink(missing_ok=True)
    for left in (*home.versions.glob(".*.partial"), *home.path.glob(".ledger.*.link")):  # by a process that was killed
        left.unlink(missing_ok=True)
