"""The command line as a user meets it: a real home, every exit code; real processes where it is about the process."""

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.main import main

ROOT = Path(__file__).resolve().parents[2]

HEADER = "provider,sku,region,accelerator_id,accelerator_count,purchase_model,price_usd_per_hour"


def flopledger(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FLOPLEDGER_HOME": str(home)}
    command = [sys.executable, "-m", "pipelines.cli.main", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def asked(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own, which takes seconds to start."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("FLOPLEDGER_HOME", str(home))
        patch.setattr("sys.argv", ["flopledger", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    return subprocess.CompletedProcess(arguments, int(str(ended.value.code or 0)), out.getvalue(), err.getvalue())


def write(path: Path, *lines: str) -> str:
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return str(path)


def load(home: Path, file: str, observed_at: str, *more: str) -> subprocess.CompletedProcess[str]:
    return asked(
        home, "load", "rental_price", file, "--source", "ours", "--observed-at", observed_at,
        "--recorded-at", observed_at, *more,
    )  # fmt: skip


def prices(home: Path, *arguments: str) -> list[dict[str, object]]:
    answered = asked(home, "prices", "--format", "json", *arguments)
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
    assert (now["quality"], now["quality_reason"]) == (None, "not_judged")  # no refresh has held it against others


def test_a_spec_of_ones_own_is_a_version_and_changes_nobodys_accelerator(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "spec.csv"
    file.write_text(
        "accelerator_id,metric,scope,value,value_kind\nnvidia-h100-sxm-80gb,memory_gb,card,9999999,datasheet\n"
    )
    loaded = flopledger(
        home, "load", "accelerator_spec", str(file), "--source", "ourspec", "--observed-at", "2026-05-01"
    )
    assert loaded.returncode == 0, loaded.stderr
    with duckdb.connect(str(home / "ledger.duckdb"), read_only=True) as ledger:
        of_h100 = "WHERE accelerator_id = 'nvidia-h100-sxm-80gb'"
        [(value,)] = ledger.execute(f"SELECT value FROM accelerator_spec_version {of_h100}").fetchall()
        assert value == 9_999_999
        assert ledger.execute(f"SELECT memory_gb FROM accelerator_spec {of_h100}").fetchall() == []


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ((), [(24, "2026-03-01", "2026-05-01"), (20, "2026-05-01", None)]),
        (("--at", "2026-04-01"), [(24, "2026-03-01", "2026-05-01")]),
        (("--known-at", "2026-04-01"), [(24, "2026-03-01", None)]),  # nobody knew of May yet
        (("--known-at", "2026-02-01"), []),
        (
            ("--all-beliefs",),
            [(24, "2026-03-01", None), (24, "2026-03-01", "2026-05-01"), (20, "2026-05-01", None)],
        ),
    ],
)
def test_history_is_asked_about_either_time(
    home: Path, times: tuple[str, ...], told: list[tuple[int, str, str | None]]
) -> None:
    answered = asked(home, "history", "--sku", "box", "--format", "json", *times)
    rows = json.loads(answered.stdout)
    found = [(row["price_usd_per_hour"], row["valid_from"][:10], (row["valid_to"] or "")[:10] or None) for row in rows]
    assert found == told


def test_explain_leads_from_a_price_to_the_archived_bytes(home: Path) -> None:
    [row] = prices(home, "--sku", "box", "--at", "2026-06-01")
    told = json.loads(asked(home, "explain", str(row["version_id"]), "--format", "json").stdout)[0]
    sha256 = told["payload_sha256"]
    assert (home / "archive" / sha256[:2] / f"{sha256}.gz").exists()
    assert told["locator"] == "row 1"


@pytest.mark.parametrize(
    ("table", "rows", "says"),
    [
        (
            "accelerator_spec",
            "accelerator_id,metric,scope,value,value_kind\nnvidia-t4-16gb,tdp_w,gpu,70,datasheet\n",
            {"metric": "tdp_w", "scope": "gpu", "value": 70, "statement_scope": "{}"},
        ),
        (
            "api_price",
            "provider,model_id,modality,unit,price_usd_per_unit\nacme,m-1,text,request,0.25\n",
            {"unit": "request", "price_usd_per_unit": 0.25, "statement_scope": "{}"},
        ),
    ],
)
def test_explain_knows_a_version_of_every_table(tmp_path: Path, table: str, rows: str, says: dict[str, object]) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(rows)
    loaded = asked(tmp_path, "load", table, str(file), "--source", "ours", "--observed-at", "2026-03-01")
    assert loaded.returncode == 0, loaded.stderr
    with duckdb.connect(str(tmp_path / "ledger.duckdb"), read_only=True) as connection:
        [(version_id,)] = connection.execute(f"SELECT version_id FROM {table}_version").fetchall()
    [told] = json.loads(asked(tmp_path, "explain", version_id, "--format", "json").stdout)
    assert told["table"] == table
    assert says.items() <= told.items()


def test_json_and_csv_stand_alone_on_stdout(home: Path) -> None:
    assert asked(home, "prices", "--format", "csv", "--sku", "box").stdout.splitlines()[0].startswith("accel")
    assert isinstance(json.loads(asked(home, "history", "--sku", "box", "--format", "json").stdout), list)


def test_a_misspelt_accelerator_gets_a_suggestion_in_one_line(home: Path) -> None:
    answered = asked(home, "prices", "-a", "h1000")
    assert answered.returncode == 2
    assert "did you mean nvidia-h100" in answered.stderr
    assert len(answered.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prices", "-p", "acne"), "provider 'acne' is not known; did you mean acme?"),
        (("prices", "--purchase-model", "ondemand"), "purchase_model 'ondemand' is not known; did you mean on_demand?"),
        (("history", "--region", "moon"), "region 'moon' is not known; there is eu\n"),
        (("explain", "r0"), "version 'r0' is not in the ledger"),
    ],
)
def test_a_name_that_nothing_has_is_wrong_usage_and_gets_a_suggestion(
    home: Path, arguments: tuple[str, ...], says: str
) -> None:
    answered = asked(home, *arguments)
    assert (answered.returncode, answered.stdout) == (2, "")
    assert says in answered.stderr


def test_an_answer_that_was_never_built_says_what_to_do(home: Path) -> None:
    answered = asked(home, "index", "nvidia-h100-sxm-80gb")
    assert (answered.returncode, answered.stdout) == (1, "")
    assert "this ledger has no answer to 'index' yet; run `flopledger refresh`" in answered.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prices", "--at", "yesterday"), "expected ISO 8601"),
        (("prices", "--at", "9999-12-31T23:59:59-05:00"), "expected ISO 8601"),
        (("refresh", "--source", "nosuch"), "source 'nosuch' does not exist"),
        (("prices", "--format", "xml"), "'xml' is not one of 'table', 'json', 'csv'; see `flopledger prices --help`"),
        (("curve", "nonsense"), "'nonsense' is not one of 'training', 'inference'; see `flopledger curve --help`"),
        (("frobnicate",), "No such command 'frobnicate'; see `flopledger --help`"),
        (("archive", "import"), "No such command 'import'. Did you mean 'export'?; see `flopledger archive --help`"),
        (("ingest",), "Missing argument 'source'; see `flopledger ingest --help`"),
        (
            ("index", "nvidia-l4", "--since", "2026-07-01", "--until", "2026-06-30"),
            "--since 2026-07-01 lies after --until 2026-06-30; expected the first day, then the last",
        ),
        (("prices", "--home", __file__), "test_command_line.py: a file; expected a folder"),
        (("archive", "export", "--to", __file__), "test_command_line.py: a file; expected a folder"),
    ],
)
def test_wrong_usage_is_one_line_and_ends_with_2(home: Path, arguments: tuple[str, ...], says: str) -> None:
    answered = asked(home, *arguments)
    assert (answered.returncode, answered.stdout) == (2, "")
    [line] = answered.stderr.strip().splitlines()
    assert says in line


def test_help_is_shown_to_who_asks_for_it_and_to_who_names_no_command(home: Path) -> None:
    for arguments, code in ((("--help",), 0), (("curve", "--help"), 0), ((), 2)):
        answered = asked(home, *arguments)
        assert answered.returncode == code
        assert "Usage:" in answered.stdout
        assert answered.stderr == ""


@pytest.mark.parametrize("at", ["2099-01-01", "9999-12-31"])
def test_a_moment_ahead_is_answered_as_last_seen_and_remarked_upon(home: Path, at: str) -> None:
    answered = asked(home, "prices", "--at", at, "--sku", "box", "--format", "json")
    assert [row["price_usd_per_hour"] for row in json.loads(answered.stdout)] == [20]
    assert "lies ahead" in answered.stderr


def test_of_a_moment_ahead_nothing_is_promised_where_nothing_is(home: Path) -> None:
    answered = asked(home, "prices", "--at", "2099-01-01", "-a", "nvidia-t4")
    assert answered.stderr == "nothing matches\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prices", "--at", "2026-02-01"), "no price of then: the first that matches is of 2026-03-01\n"),
        (("prices", "--at", "2026-02-01", "-a", "l4"), "no price of then: the first that matches is of 2026-05-01\n"),
        (("history", "--at", "2026-02-01", "--sku", "small"), "the first that matches is of 2026-05-01\n"),
        (("api-prices", "-m", "m-1", "--at", "2026-02-01"), "the first that matches is of 2026-06-01\n"),
        (("prices", "--at", "2026-02-01", "-a", "t4"), "nothing matches\n"),  # at no time
        (
            ("prices", "-a", "l4", "--at", "2026-06-01", "--known-at", "2026-04-01"),
            "no price known then: the first that matches was on record 2026-05-01\n",
        ),
    ],
)
def test_a_moment_before_all_that_matches_gets_the_first_that_does(
    tmp_path: Path, home: Path, arguments: tuple[str, ...], says: str
) -> None:
    own = tmp_path / "home"
    shutil.copytree(home, own, symlinks=True)
    file = tmp_path / "api.csv"
    file.write_text("provider,model_id,modality,unit,price_usd_per_unit\nacme,m-1,text,request,0.25\n")
    asked(own, "load", "api_price", str(file), "--source", "ours", "--observed-at", "2026-06-01")
    answered = asked(own, *arguments)
    assert answered.returncode == 0
    assert answered.stderr.endswith(says)


def test_a_payload_that_failed_fails_again(tmp_path: Path) -> None:
    page = tmp_path / "page.csv"
    page.write_text("<html><body>moved</body></html>")
    ingest = ("ingest", "karpenter-aws", str(page), "--recorded-at", "2026-08-01", "--no-publish")
    codes = [asked(tmp_path / "home", *ingest).returncode for _ in range(2)]
    assert codes == [1, 1]


def test_known_before_anything_was_recorded_says_so(home: Path) -> None:
    answered = asked(home, "prices", "--at", "2026-06-01", "--known-at", "2020-01-01")
    assert "no price known then" in answered.stderr


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
    answered = asked(home, "ingest", "karpenter-awz", str(ROOT))
    assert answered.returncode == 2
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


def test_rows_that_stay_out_are_counted_with_their_reasons(tmp_path: Path) -> None:
    good = "acme,box-a,eu,nvidia-l4-24gb,1,on_demand,0.70"
    strange = [f"acme,box-{number},eu,nvidia-h999,1,on_demand,1.00" for number in (1, 2)]
    free = "acme,box-f,eu,nvidia-l4-24gb,1,on_demand,0"
    said = load(tmp_path, write(tmp_path / "some.csv", good, *strange, free), "2026-03-01")
    assert said.returncode == 0
    kept_out = "3 of 4 rows were quarantined (unknown_accelerator 2, zero_price 1); `flopledger status` says more\n"
    assert said.stderr == kept_out
    again = load(tmp_path, write(tmp_path / "some.csv", good, *strange, free), "2026-03-01")
    assert (again.returncode, again.stderr) == (0, kept_out)  # adds nothing; they are no better than they were

    told = asked(tmp_path, "status")
    assert "unknown spelling at ours: nvidia-h999 (2 rows)" in told.stderr  # not the sku


def test_a_file_of_which_nothing_gets_in_ends_with_3(tmp_path: Path) -> None:
    file = write(tmp_path / "none.csv", "acme,box,eu,nvidia-h999,1,on_demand,1.00")
    for _ in range(2):
        said = load(tmp_path, file, "2026-03-01")
        assert said.returncode == 3
        assert "1 of 1 rows were quarantined (unknown_accelerator 1)" in said.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("karpenter-aws", "source 'karpenter-aws' is an upstream's name"),
        ("AWS", "source 'AWS' is a provider's name"),
    ],
)
def test_rows_of_ones_own_are_not_told_under_anothers_name(home: Path, name: str, says: str) -> None:
    file = write(home / "own.csv", "acme,box,eu,nvidia-l4-24gb,1,on_demand,0.70")
    said = asked(home, "load", "rental_price", file, "--source", name, "--observed-at", "2026-06-01")
    assert (said.returncode, said.stdout) == (2, "")
    [line] = said.stderr.splitlines()
    assert says in line
    assert "give your rows a name of their own" in line


LOAD = ("load", "rental_price", "march.csv", "--source", "ours", "--observed-at")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*LOAD, "2026-03-01", "--recorded-at", "2099-01-01"), "recorded at 2099-01-01: ahead of now"),
        (("ingest", "karpenter-aws", "march.csv", "--recorded-at", "2099-01-01"), "recorded at 2099-01-01: ahead"),
        ((*LOAD, "2099-01-01"), "observed at 2099-01-01: more than two years after"),
        ((*LOAD, "2026-03-01", "--recorded-at", "2020-01-01"), "more than two years after it was on record"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(home: Path, arguments: tuple[str, ...], says: str) -> None:
    put = [str(home / part) if part == "march.csv" else part for part in arguments]
    said = asked(home, *put)
    assert (said.returncode, said.stdout) == (2, "")
    assert says in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_an_announced_price_is_on_record_before_it_is_so(tmp_path: Path) -> None:
    for name, price, times in (
        ("now", "24.00", ("--observed-at", "2026-03-01", "--recorded-at", "2026-03-01")),
        ("next", "20.00", ("--observed-at", "2026-06-01", "--recorded-at", "2026-05-01")),
    ):
        file = write(tmp_path / f"{name}.csv", f"acme,box,eu,nvidia-h100-sxm-80gb,8,on_demand,{price}")
        said = asked(tmp_path, "load", "rental_price", file, "--source", "ours", *times)
        assert said.returncode == 0, said.stderr
    known = ("--sku", "box", "--known-at", "2026-05-15")
    assert [row["price_usd_per_hour"] for row in prices(tmp_path, "--at", "2026-05-15", *known)] == [24]
    assert [row["price_usd_per_hour"] for row in prices(tmp_path, "--at", "2026-06-15", *known)] == [20]


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
    answered = asked(tmp_path, "prices")
    assert answered.returncode == 1
    assert "run `flopledger refresh` first" in answered.stderr
