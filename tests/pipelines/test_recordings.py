"""When a recorded payload was on record and where it came from: files, folders with a list, git clones."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import facts, steps
from pipelines.cli.questions import how_to_fetch
from pipelines.home import Home
from pipelines.intake import Outcome
from pipelines.recordings import RecordingError, in_clone, in_paths
from sources.source import Origin, Payload, all_sources

NOW = datetime(2026, 8, 20, tzinfo=UTC)
OLD_PLACE = "pkg/cloudprovider/zz_generated.pricing.go"
PLACE = "pkg/providers/pricing/zz_generated.pricing_aws.go"
UPSTREAM = "aws/karpenter-provider-aws"
LIST = """package pricing

// generated at {day}T00:00:00Z for us-east-1

var InitialOnDemandPricesAWS = map[string]map[string]float64{{
\t"us-east-1": {{
\t\t"p5.48xlarge": {price}, "g4dn.xlarge": 0.526,
\t}},
}}
"""
COLUMNS = "file\tupstream_repo\tpath\tcommit\tcommit_date\tblob\n"


def read(*paths: Path, source: str = "karpenter-aws", recorded_at: str | None = None) -> list[Payload]:
    return list(in_paths(source, paths, recorded_at=recorded_at, now=NOW))


def put(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def listed(folder: Path, *lines: str) -> Path:
    """A folder with one price list, and a list of what was recorded beside it."""
    put(folder / "MANIFEST.tsv", COLUMNS + "".join(f"{line}\n" for line in lines))
    return put(folder / "main" / "2025-05-02_0a1b.csv", "generated_at\n")


class Clone:
    """A small repository as the upstream's: its dates are those that the test says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-q")
        self.git("remote", "add", "origin", f"https://example.invalid/{UPSTREAM}.git")

    def git(self, *arguments: str, date: str = "2025-01-01T00:00:00Z") -> str:
        who = {f"GIT_{role}_{field}": "someone" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
        when = {"GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z", "GIT_COMMITTER_DATE": date}
        environment = {**os.environ, **who, **when, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", "-C", str(self.path), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def commit(self, date: str) -> str:
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "prices", date=date)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """The list of May; something else; moved with a lower price in June; gone; and in July back as it was in May."""
    made = Clone(tmp_path / "clone")
    put(made.path / OLD_PLACE, LIST.format(day="2025-05-01", price="98.32"))
    made.commit("2025-05-02T20:00:00-05:00")
    put(made.path / "README.md", "prices\n")
    made.commit("2025-05-20T00:00:00Z")
    (made.path / PLACE).parent.mkdir(parents=True)
    (made.path / OLD_PLACE).rename(made.path / PLACE)
    put(made.path / PLACE, LIST.format(day="2025-06-01", price="55.04"))
    made.commit("2025-06-02T00:00:00Z")
    (made.path / PLACE).unlink()
    made.commit("2025-06-20T00:00:00Z")
    put(made.path / PLACE, LIST.format(day="2025-05-01", price="98.32"))
    made.commit("2025-07-02T00:00:00Z")
    return made


def versions(clone: Clone) -> Iterator[Payload]:
    return in_clone("karpenter-aws", [clone.path], recorded_at=None, now=NOW)


def ingest(home: Home, clone: Clone) -> Outcome:
    return steps.ingest(home, "karpenter-aws", versions(clone), now=NOW, progress=lambda number: None)


def statements(home: Home) -> list[tuple[datetime, datetime, dict[str, str]]]:
    question = "SELECT valid_at, recorded_at, origin FROM book.statement ORDER BY recorded_at"
    with duckdb.connect(str(home.build), read_only=True) as connection:
        found = connection.execute(question).fetchall()
    return [(valid_at, recorded_at, json.loads(origin)) for valid_at, recorded_at, origin in found]


def origin(clone: Clone, commit: str, path: str) -> dict[str, str]:
    blob = clone.git("rev-parse", f"{commit}:{path}")
    return {"repository": UPSTREAM, "commit": clone.git("rev-parse", commit), "path": path, "blob": blob}


def test_every_version_in_a_clone_is_a_statement_of_its_commits_time(clone: Clone, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.locked():
        outcome = ingest(home, clone)
    assert (outcome.payloads, outcome.tally.statements, outcome.failures) == (3, 3, [])
    may, june, july = (datetime(2025, month, 1) for month in (5, 6, 7))  # noqa: DTZ001 (as the ledger keeps it)
    assert statements(home) == [
        (may, datetime(2025, 5, 3, 1), origin(clone, "HEAD~4", OLD_PLACE)),  # noqa: DTZ001 (20:00 at -05:00)
        (june, june.replace(day=2), origin(clone, "HEAD~2", PLACE)),
        (may, july.replace(day=2), origin(clone, "HEAD", PLACE)),  # the bytes of May, on record again
    ]


def test_a_clone_read_again_adds_what_was_committed_since_and_nothing_else(clone: Clone, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.locked():
        ingest(home, clone)
        log = (home.archive / "log.jsonl").read_bytes()
        again = ingest(home, clone)
        assert (again.payloads, again.tally.statements, again.tally.opened) == (0, 0, 0)
        assert (home.archive / "log.jsonl").read_bytes() == log
        put(clone.path / PLACE, LIST.format(day="2025-08-01", price="50.00"))
        clone.commit("2025-08-02T00:00:00Z")
        later = ingest(home, clone)
    assert (later.payloads, later.tally.statements, later.tally.opened) == (1, 1, 1)  # p5; g4dn costs what it did
    assert len(statements(home)) == 4


def test_a_version_that_came_by_copying_is_found_whatever_the_users_git_says(clone: Clone) -> None:
    clone.git("config", "diff.renames", "copies")
    other = "pkg/providers/pricing/zz_generated.pricing.go"
    shutil.copy(clone.path / PLACE, clone.path / other)
    put(clone.path / PLACE, LIST.format(day="2025-08-01", price="50.00"))
    clone.commit("2025-08-02T00:00:00Z")
    # the copy and what it was copied from, in one commit
    assert [payload.origin.path for payload in versions(clone)] == [OLD_PLACE, PLACE, PLACE, other, PLACE]


def test_versions_of_a_clone_keep_the_order_of_their_commits(clone: Clone) -> None:
    assert [payload.ordinal for payload in versions(clone)] == [0, 1, 2]


def test_a_clone_without_the_upstreams_file_is_one_line(tmp_path: Path) -> None:
    empty = Clone(tmp_path / "clone")
    put(empty.path / "README.md", "prices\n")
    empty.commit("2025-05-20T00:00:00Z")
    with pytest.raises(RecordingError, match=r"clone: no version of pkg/.* that karpenter-aws reads"):
        list(versions(empty))


def test_a_folder_that_is_no_clone_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(RecordingError, match=r"git log failed .*not a git repository") as refused:
        list(in_clone("karpenter-aws", [tmp_path], recorded_at=None, now=NOW))
    assert "\n" not in str(refused.value)


def test_a_clone_takes_no_other_time_than_its_commits(clone: Clone) -> None:
    with pytest.raises(RecordingError, match="the commits say when"):
        list(in_clone("karpenter-aws", [clone.path], recorded_at="2025-01-01", now=NOW))


def test_a_version_larger_than_anything_known_is_not_read(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.recordings.MAX_PAYLOAD_BYTES", 100)
    with pytest.raises(RecordingError, match=r"blob [0-9a-f]{40} has \d+ bytes; at most 100 are read"):
        list(versions(clone))


def test_a_git_that_does_not_answer_is_one_line(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "bin" / "git"
    put(slow, "#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("pipelines.recordings.GIT_SECONDS", 1)
    with pytest.raises(RecordingError, match="git log took over 1 s; is it a partial clone"):
        list(versions(clone))


@pytest.mark.shared
def test_a_recorded_folder_says_of_each_file_when_and_where_it_was_on_record(recorded: Path) -> None:
    folder = recorded / "rental" / "karpenter-aws"
    found = {(p.origin.path.rsplit("_", 1)[-1], p.origin.commit[:8]): p for p in read(folder)}
    # of one commit and one name, in two folders: 10:44:47 at -07:00
    commit = "60e65e6e1dfca2327f0a83892e27c1205b886a99"
    commercial, government = found["aws.go", "60e65e6e"], found["gov.go", "60e65e6e"]
    assert commercial.name == government.name == "2023-10-09_60e65e6e.csv"
    assert commercial.recorded_at == government.recorded_at == datetime(2023, 10, 9, 17, 44, 47, tzinfo=UTC)
    assert commercial.origin == Origin(UPSTREAM, commit, PLACE, "5fdaee18731207e65e6ce4ffee9b869711c24fd0")
    path = "pkg/providers/pricing/zz_generated.pricing_aws_us_gov.go"
    assert government.origin == Origin(UPSTREAM, commit, path, "e1f0bf0f8156c16e21fe82c5439fa109351042c7")
    files = [file for kind in ("csv", "csv.gz") for file in folder.rglob(f"*.{kind}")]
    assert len(found) == len(files)  # every file has an origin of its own


def test_the_time_given_goes_before_the_list_and_the_list_before_the_name(tmp_path: Path) -> None:
    file = listed(tmp_path, f"{PLACE}@2025-05-02_0a1b\t{UPSTREAM}\t{PLACE}\tc0ffee\t2025-05-03T01:00:00+02:00\tb10b")
    [by_list] = read(file)
    assert by_list.recorded_at == datetime(2025, 5, 2, 23, tzinfo=UTC)
    assert by_list.origin == Origin(UPSTREAM, "c0ffee", PLACE, "b10b")
    [given] = read(file, recorded_at="2025-06-01T12:00:00Z")
    assert given.recorded_at == datetime(2025, 6, 1, 12, tzinfo=UTC)
    (tmp_path / "MANIFEST.tsv").unlink()
    [by_name] = read(file)
    assert (by_name.recorded_at, by_name.origin) == (datetime(2025, 5, 2, tzinfo=UTC), Origin())


@pytest.mark.parametrize("name", ["prices.csv", "2025-13-45.csv"])
def test_a_file_without_a_day_was_on_record_when_we_read_it(tmp_path: Path, name: str) -> None:
    [payload] = read(put(tmp_path / name, "generated_at\n"))
    assert payload.recorded_at == NOW


def test_a_listed_date_without_a_zone_is_utc_wherever_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = listed(tmp_path, f"{PLACE}@2025-05-02_0a1b\t{UPSTREAM}\t{PLACE}\tc0ffee\t2025-05-03\tb10b")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        [payload] = read(file)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert payload.recorded_at == datetime(2025, 5, 3, tzinfo=UTC)


def test_a_listed_file_whose_date_cannot_be_read_is_no_fetch_of_ours(tmp_path: Path) -> None:
    put(tmp_path / "MANIFEST.tsv", f"{COLUMNS}{PLACE}@prices\t{UPSTREAM}\t{PLACE}\tc0ffee\tlast May\tb10b\n")
    file = put(tmp_path / "prices.csv", "generated_at\n")
    with pytest.raises(RecordingError, match=r"prices.csv: listed with date 'last May', .* \(or give --recorded-at\)"):
        read(file)
    [payload] = read(file, recorded_at="2025-05-03")
    assert payload.origin.commit == "c0ffee"


def test_a_list_with_other_columns_is_one_line(tmp_path: Path) -> None:
    put(tmp_path / "MANIFEST.tsv", "name\tsize\nprices.csv\t13\n")
    file = put(tmp_path / "prices.csv", "generated_at\n")
    with pytest.raises(RecordingError, match=r"MANIFEST.tsv: line 2 has no file, upstream_repo.*; expected file"):
        read(file)


def test_a_folder_gives_what_the_source_reads_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("main/2025-06-01.csv", "main/2025-05-01.csv", "main/notes.txt", "elsewhere/2025-04-01.csv"):
        put(tmp_path / name, "generated_at\n")
    assert [payload.name for payload in read(tmp_path)] == ["2025-05-01.csv", "2025-06-01.csv"]
    with pytest.raises(RecordingError, match=r"no file that litellm reads \(it reads "):
        read(tmp_path / "main", source="litellm")
    with pytest.raises(RecordingError, match="nowhere: not there; expected a file or a folder"):
        read(tmp_path / "nowhere")


def test_bytes_whose_origin_is_known_keep_it_without_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path / "2025-05-02.csv", "generated_at\n")
    blob = subprocess.run(["git", "hash-object", str(file)], capture_output=True, text=True, check=True).stdout.strip()
    known = Origin(UPSTREAM, "c0ffee", PLACE, blob)
    monkeypatch.setattr("pipelines.recordings.known_origins", lambda: {blob: known})
    [payload] = read(file)
    assert payload.origin == known
    [other] = read(put(tmp_path / "2025-05-03.csv", "generated_at \n"))
    assert other.origin == Origin()


@pytest.mark.shared
def test_snapshots_of_epoch_and_the_first_article_come_from_where_they_were_recorded(recorded: Path) -> None:
    origins = {p.recorded_at.date().isoformat(): p.origin for p in read(recorded / "specs" / "epoch", source="epoch")}
    # of one day the repository is not on record
    assert [day for day, origin in origins.items() if not origin.repository] == ["2025-11-15"]
    commit, blob = "be5fe547679220876ce1bb32dbdafd9b2cc80f2b", "a9d1b7eb4a5433477cd5e80297d9e6fc08c3983b"
    assert origins["2026-07-06"] == Origin("PranjaliJain/Rebound-Effect", commit, "data/ml_hardware.csv", blob)
    [article] = read(*(recorded.parent / "seeds").glob("000_*.txt"), source="gmicloud-article")
    assert article.origin.url == "https://www.gmicloud.ai/blog/ai-inference-differ-from-ai-training-in-practice"


@pytest.mark.parametrize("source", ["epoch", "gmicloud-article"])
def test_no_fact_that_comes_with_the_code_leads_to_a_page_that_says_something_else_now(source: str) -> None:
    homepage = all_sources()[source].homepage
    for path in facts.embedded():
        if path.name.startswith(f"{source}."):
            told = set(pq.read_table(path, columns=["origin"])["origin"].to_pylist())
            assert told
            assert json.dumps({"url": homepage}) not in told


def test_an_origin_that_nobody_knows_is_not_made_up(tmp_path: Path) -> None:
    home, page = Home(tmp_path / "home"), put(tmp_path / "2025-05-02.csv", LIST.format(day="2025-05-01", price="98.32"))
    with home.locked():
        steps.ingest(home, "karpenter-aws", read(page), now=NOW, progress=lambda number: None)
    assert [origin for _, _, origin in statements(home)] == [{}]
    assert how_to_fetch({}, "row 1", is_archived=True) == "the archived payload itself, at row 1"
    nowhere = "where these bytes lay is not on record; the fact file has what they said, at row 1"
    assert how_to_fetch({}, "row 1", is_archived=False) == nowhere
