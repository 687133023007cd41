"""The command line as a user meets it: real processes, a real home, every exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]

HEADER = "provider,sku,region,accelerator_id,accelerator_count,purchase_model,price_usd_per_hour"


def flopledger(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FLOPLEDGER_HOME": str(home)}
    command = [sys.executable, "-m", "pipelines.cli.main", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def write(path: Path, *lines: str) -> str:
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return str(path)


def load(home: Path, file: str, observed_at: str, *more: str) -> subprocess.CompletedProcess[str]:
    return flopledger(
        home, "load", "rental_price", file, "--source", "ours", "--observed-at", observed_at,
        "--recorded-at", observed_at, *more,
    )  # fmt: skip


def prices(home: Path, *arguments: str) -> list[dict[str, object]]:
    answered = flopledger(home, "prices", "--format", "json", *arguments)
    assert answered.returncode == 0, answered.stderr
    return list(json.loads(answered.stdout))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two statements of our own: 3.00 in March, 2.50 and another offer in May."""
    folder = tmp_path_factory.mktemp("home")
    march = write(folder / "march.csv", "acme,box,eu,nvidia-h100-sxm-80gb,8,on_demand,24.00")
    may = write(
        folder / "may.csv",
        "acme,box,eu,nvidia-h100-sxm-80gb,8,on_demand,20.00",
        "acme,small,eu,nvidia-l4-24gb,1,on_demand,0.70",
    )
    assert load(folder, march, "2026-03-01").returncode == 0
    assert load(folder, may, "2026-05-01").returncode == 0
    return folder


def test_rows_of_ones_own_are_versions_with_both_times_on_an_empty_home(home: Path) -> None:
    [then] = prices(home, "--sku", "box", "--at", "2026-04-01")
    assert then["price_usd_per_hour"] == 24
    assert then["price_usd_per_accelerator_hour"] == 3  # 24 / 8
    [now] = prices(home, "--sku", "box", "--at", "2026-06-01")
    assert now["price_usd_per_accelerator_hour"] == 2.5  # 20 / 8
    [believed] = prices(home, "--sku", "box", "--at", "2026-06-01", "--known-at", "2026-04-01")
    assert believed["price_usd_per_hour"] == 24


def test_explain_leads_from_a_price_to_the_archived_bytes(home: Path) -> None:
    [row] = prices(home, "--sku", "box", "--at", "2026-06-01")
    told = json.loads(flopledger(home, "explain", str(row["version_id"]), "--format", "json").stdout)[0]
    sha256 = told["payload_sha256"]
    assert (home / "archive" / sha256[:2] / f"{sha256}.gz").exists()
    assert told["locator"] == "row 1"


def test_json_and_csv_stand_alone_on_stdout(home: Path) -> None:
    assert flopledger(home, "prices", "--format", "csv", "--sku", "box").stdout.splitlines()[0].startswith("accel")
    assert isinstance(json.loads(flopledger(home, "history", "--sku", "box", "--format", "json").stdout), list)


def test_a_misspelt_accelerator_gets_a_suggestion_in_one_line(home: Path) -> None:
    answered = flopledger(home, "prices", "-a", "h1000")
    assert answered.returncode == 1
    assert "did you mean nvidia-h100" in answered.stderr
    assert len(answered.stderr.strip().splitlines()) == 1


def test_known_before_anything_was_recorded_says_so(home: Path) -> None:
    answered = flopledger(home, "prices", "--at", "2026-06-01", "--known-at", "2020-01-01")
    assert "no data known then" in answered.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("provider,price\nacme,1\n", "no column"),
        ("<html><body>moved</body></html>", "an HTML page"),
        (HEADER + "\nacme,box,eu\n", "not a readable .csv"),
        (HEADER + "\n", "no row"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_changes_nothing(
    home: Path, tmp_path: Path, content: str, says: str
) -> None:
    before = prices(home, "--at", "2026-06-01")
    bad = tmp_path / "bad.csv"
    bad.write_text(content)
    answered = load(home, str(bad), "2026-07-01")
    assert answered.returncode == 1
    assert says in answered.stderr
    assert len(answered.stderr.strip().splitlines()) == 1
    assert prices(home, "--at", "2026-06-01") == before


def test_a_source_that_does_not_exist_is_named_with_those_that_do(home: Path) -> None:
    answered = flopledger(home, "ingest", "karpenter-awz", str(ROOT))
    assert answered.returncode == 1
    assert "'karpenter-awz' does not exist" in answered.stderr
    assert "karpenter-aws" in answered.stderr


def test_a_bad_row_is_quarantined_and_says_nothing_about_its_key(home: Path, tmp_path: Path) -> None:
    own = tmp_path / "home"
    own.mkdir()
    first = write(own / "a.csv", "acme,box,eu,nvidia-h100-sxm-80gb,8,on_demand,24.00")
    second = write(
        own / "b.csv",
        "acme,box,eu,nvidia-h100-sxm-80gb,8,on_demand,0",
        "acme,new,eu,nvidia-l4-24gb,1,on_demand,0.70",
    )
    assert load(own, first, "2026-03-01").returncode == 0
    assert load(own, second, "2026-05-01").returncode == 0
    assert {row["sku"]: row["price_usd_per_hour"] for row in prices(own, "--at", "2026-06-01")} == {
        "box": 24,  # the zero says nothing about it: not closed, not free
        "new": 0.7,
    }
    with duckdb.connect(str(own / "ledger.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT reason FROM quarantine").fetchall() == [("zero_price",)]


def test_a_whole_gzip_that_claims_to_be_huge_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    from pipelines import archive

    monkeypatch.setattr(archive, "MAX_PAYLOAD_BYTES", 10_000_000)
    bomb = tmp_path / "bomb.csv.gz"
    with gzip.open(bomb, "wb") as packed:
        for _ in range(30):
            packed.write(bytes(1_000_000))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(archive.ArchiveError, match="unpacks to over"):
        archive.read_file(bomb)


def test_a_question_without_a_ledger_says_what_to_do(tmp_path: Path) -> None:
    answered = flopledger(tmp_path, "prices")
    assert answered.returncode == 1
    assert "run `flopledger refresh` first" in answered.stderr
