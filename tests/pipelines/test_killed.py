"""A job that is killed (SIGKILL) at any point: readers see a whole file, and the same job again loses nothing.

Every job here is a real command in a process of its own; each is compared with the same job that nobody killed.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines.archive import Archive
from pipelines.home import Home

ROOT = Path(__file__).resolve().parents[2]

LIST = """package pricing

// generated at {day}T00:00:00Z for us-east-1

var InitialOnDemandPricesAWS = map[string]map[string]float64{{
\t"us-east-1": {{
\t\t{prices}
\t}},
}}
"""
MAY = ("2025-05-01", '"p5.48xlarge": 98.32, "g4dn.xlarge": 0.526, "g5.xlarge": 1.006,')
JUNE = ("2025-06-01", '"p5.48xlarge": 55.04, "g4dn.xlarge": 0.526, "g6.xlarge": 0,')
JULY = ("2025-07-01", '"p5.48xlarge": 55.04, "g4dn.xlarge": 0.55, "g6.xlarge": 0.8048,')

POINTS = (
    ("_take_in", 0.6),  # inside the ledger's transaction: statements stand in the register, their rows are missing
    ("take_in", 1.0),  # committed; nothing is published
    ("publish", 0.6),  # the copy is made, nothing points to it
)
MORE_POINTS = (
    ("note", 0.0),  # all bytes are kept, the log does not say so
    ("note", 1.0),  # archived; the ledger has not heard of it
    ("_settled", 0.5),  # inside the transaction: rows as well; versions are missing
    ("track", 1.0),  # inside it still: that the payloads were read is not written
    ("publish", 1.0),  # readers have the new file, the old ones are not removed
)
"""Stage of the pipeline (see ``killed_job``), and how far through its lines the process lives."""

WITHOUT = "* EXCLUDE (loaded_at, key_id, statement_id)"
"""What a job that was killed may have otherwise: the time of loading, and numbers that the ledger counts for itself."""

SAYS = {
    "versions": f"SELECT {WITHOUT} FROM rental_price_version ORDER BY ALL",
    "present": "SELECT * EXCLUDE (key_id, age_hours) FROM rental_price ORDER BY ALL",
    "quarantine": "SELECT * FROM quarantine ORDER BY ALL",
    "statements": """
        SELECT scope, valid_at, recorded_at, payload_sha256, complete, row_count, refused_count
        FROM book.statement JOIN book.scope USING (scope_id) ORDER BY ALL""",
    "payloads": "SELECT identity, sha256, source, name, recorded_at, failure FROM book.payload ORDER BY ALL",
    "sightings": "SELECT * EXCLUDE (key_id) FROM sighting ORDER BY ALL",
}


def said(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """All that a reader of the published file can see of it."""
    with duckdb.connect(str(home.published), read_only=True) as connection:
        return {name: connection.execute(question).fetchall() for name, question in SAYS.items()}


def flopledger(home: Home, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    command = [sys.executable, "-m", "pipelines.cli.main", *arguments, "--home", str(home.path)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)


def jobs(arguments: Sequence[str], *homes: tuple[Home, int]) -> list[tuple[int, list[str]]]:
    """The command once per home, killed before the given line (0: never): how it ended, the stages of its lines."""
    places = [f"{home.path}:{line}" for home, line in homes]
    command = [sys.executable, "-m", "tests.pipelines.killed_job", json.dumps(arguments), *places]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr
    return [(code, stages) for code, stages in json.loads(done.stdout)]


def write(folder: Path, *lists: tuple[str, str]) -> str:
    folder.mkdir()
    for day, prices in lists:
        (folder / f"zz_generated.pricing_{day}.go").write_text(LIST.format(day=day, prices=prices))
    return str(folder)


def copied(home: Home, to: Path) -> Home:
    shutil.copytree(home.path, to, symlinks=True)
    return Home(to)


@dataclass
class Before:
    """A home that has published the list of May, and the folder with the two that come next."""

    home: Home
    news: str


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Before:
    folder = tmp_path_factory.mktemp("before")
    home = Home(folder / "home")
    done = flopledger(home, "ingest", "karpenter-aws", write(folder / "may", MAY))
    assert done.returncode == 0, done.stderr
    return Before(home, write(folder / "news", JUNE, JULY))


@pytest.mark.parametrize("points", [POINTS, pytest.param(MORE_POINTS, marks=pytest.mark.campaign)])
def test_a_job_killed_at_any_point_leaves_a_whole_file_and_loses_nothing(
    before: Before, tmp_path: Path, points: Sequence[tuple[str, float]]
) -> None:
    ingest = ["ingest", "karpenter-aws", before.news]
    never_killed = copied(before.home, tmp_path / "never")
    [(code, stages)] = jobs(ingest, (never_killed, 0))
    assert code == 0
    old, new = said(before.home), said(never_killed)
    # May: p5, g4dn, g5. June: p5 changes, g5 is gone, g6 for nothing is kept out. July: g4dn changes, g6 is new.
    # What was believed of a stretch without end is closed in known time and told again with its end: 3 more rows.
    assert [len(old["versions"]), len(new["versions"]), len(new["quarantine"])] == [3, 3 + 3 + 3, 1]

    homes = {point: copied(before.home, tmp_path / f"{n}") for n, point in enumerate(points)}
    ends = jobs(ingest, *((home, line(stages, *point)) for point, home in homes.items()))
    assert [code for code, _ in ends] == [-9] * len(points)
    seen = {point: said(home) for point, home in homes.items()}
    published = {point: new for point in points if point == ("publish", 1.0)}
    assert {point: rows for point, rows in seen.items() if rows != old} == published

    assert [code for code, _ in jobs(ingest, *((home, 0) for home in homes.values()))] == [0] * len(points)
    for point, home in homes.items():
        assert said(home) == new, point
        assert log(home) == log(never_killed), point
        assert leavings(home) == [], point


def line(stages: list[str], stage: str, share: float) -> int:
    """The number of the line that is this far through its stage."""
    own = [number for number, name in enumerate(stages, start=1) if name == stage]
    return own[int(share * (len(own) - 1))]


def log(home: Home) -> list[tuple[object, ...]]:
    return [(entry.identity, entry.name, entry.origin, entry.ordinal) for entry in Archive(home.archive).entries()]


def leavings(home: Home) -> list[str]:
    """What a killed process left and no later one removed."""
    found = [path for path in home.path.rglob("*") if path.name.endswith((".partial", ".link", ".wal"))]
    return [str(path.relative_to(home.path)) for path in found]


@pytest.fixture
def deadly_cp(tmp_path: Path) -> str:
    """A folder with a ``cp`` that copies half of the file, and kills the process that called it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "cp"
    script.write_text('#!/bin/sh\nhead -c 1000000 "$2" > "$3"\nkill -9 $PPID\n')
    script.chmod(0o755)
    return str(folder)


def test_half_a_copy_is_never_what_readers_open(before: Before, tmp_path: Path, deadly_cp: str) -> None:
    home = copied(before.home, tmp_path / "home")
    ingest = ("ingest", "karpenter-aws", before.news)
    assert flopledger(home, *ingest, path=deadly_cp).returncode == -9
    assert len(list(home.versions.glob(".*.partial"))) == 1
    assert said(home) == said(before.home)
    again = flopledger(home, *ingest, "--format", "json")
    assert again.returncode == 0, again.stderr
    [told] = json.loads(again.stdout)
    assert (told["payloads"], told["new_versions"]) == (0, 0)  # the ledger had them; readers did not
    assert len(said(home)["versions"]) == 9
    assert leavings(home) == []


@pytest.mark.campaign
def test_a_refresh_killed_while_it_publishes_is_made_good_by_the_next(
    before: Before, tmp_path: Path, deadly_cp: str
) -> None:
    home = copied(before.home, tmp_path / "home")
    refresh = ("refresh", "--source", "gmicloud-article")
    assert flopledger(home, *refresh, path=deadly_cp).returncode == -9
    assert said(home) == said(before.home)
    again = flopledger(home, *refresh, "--format", "json")
    assert again.returncode == 0, again.stderr
    [told] = json.loads(again.stdout)
    assert (told["payloads"], told["new_versions"]) == (0, 0)
    found = [row for row in said(home)["versions"] if "gmicloud-article" in row]
    assert len(found) == 4  # the prices of one article, seen once
    assert leavings(home) == []
