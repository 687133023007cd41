"""What an attacker tries: nothing of a clone is run, one poisoned payload stops no other, a name is only a name."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import recordings, steps
from pipelines.archive import Archive, ArchiveError, Entry
from pipelines.home import Home, HomeError
from pipelines.ledger import open_ledger
from pipelines.publish import publish
from pipelines.time_limit import TookTooLong, time_limit
from pipelines.usage import WrongUsage
from sources.source import Payload

NOW = datetime(2026, 11, 21, tzinfo=UTC)
OPTIONS = {"observed_at": "2026-08-01", "recorded_at": "2026-08-01", "complete": True, "scope": []}
HEADER = "provider,sku,accelerator_id,accelerator_count,price_usd_per_hour\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.at(tmp_path / "home").locked():
        yield Home.at(tmp_path / "home")


def load(home: Home, file: Path, source: str = "ours") -> steps.Outcome:
    return steps.load(home, "rental_price", file, source=source, now=NOW, **OPTIONS)  # type: ignore[arg-type]


def git(clone: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *who, "-C", str(clone), *arguments], check=True, capture_output=True)


PLACE = "pkg/providers/pricing/zz_generated.pricing_aws.go"


def clone_of_a_list(tmp_path: Path) -> Path:
    upstream = tmp_path / "upstream"
    (upstream / PLACE).parent.mkdir(parents=True)
    (upstream / PLACE).write_text("package pricing\n")
    subprocess.run(["git", "init", "-q", str(upstream)], check=True)
    git(upstream, "config", "uploadpack.allowFilter", "true")
    git(upstream, "add", "-A")
    git(upstream, "commit", "-qm", "prices")
    return upstream


def versions(clone: Path) -> list[Payload]:
    return list(recordings.in_clone("karpenter-aws", [clone], recorded_at=None, now=NOW))


def test_a_partial_clone_cannot_fetch_through_a_program_of_its_own(tmp_path: Path) -> None:
    upstream, clone, mark = clone_of_a_list(tmp_path), tmp_path / "clone", tmp_path / "mark"
    options = ("--no-local", "--filter=blob:none", "--no-checkout", "-q")
    subprocess.run(["git", "clone", *options, f"file://{upstream}", str(clone)], check=True, capture_output=True)
    git(clone, "config", "remote.origin.uploadpack", f"touch {mark}; git-upload-pack")
    git(clone, "config", "protocol.file.allow", "always")
    with pytest.raises(recordings.RecordingError):
        versions(clone)
    assert not mark.exists()


def test_a_signed_commit_runs_no_program_that_the_clone_names(tmp_path: Path) -> None:
    clone, mark, program = clone_of_a_list(tmp_path), tmp_path / "mark", tmp_path / "gpg.sh"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    made = subprocess.run(["git", "-C", str(clone), "cat-file", "commit", "HEAD"], check=True, capture_output=True)
    head, message = made.stdout.split(b"\n\n", 1)
    signed = head + b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\n\n" + message
    command = ["git", "-C", str(clone), "hash-object", "-t", "commit", "-w", "--stdin"]
    commit = subprocess.run(command, input=signed, check=True, capture_output=True).stdout.decode().strip()
    git(clone, "update-ref", "HEAD", commit)
    git(clone, "config", "log.showSignature", "true")
    git(clone, "config", "gpg.program", str(program))
    assert [payload.origin.commit for payload in versions(clone)] == [commit]
    assert not mark.exists()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/aws/karpenter-provider-aws.git", "aws/karpenter-provider-aws"),
        ("git@github.com:aws/karpenter-provider-aws.git", "aws/karpenter-provider-aws"),
        ("https://user:SECRET@github.com/o/r/", "o/r"),
        ("https://user:SECRET@host/r.git", ""),
        ("/home/me/secret-project/repo", ""),
        ("file:///home/me/secret-project/repo", ""),
    ],
)
def test_an_origin_is_owner_and_name_and_never_a_secret_or_a_folder(tmp_path: Path, address: str, name: str) -> None:
    clone = clone_of_a_list(tmp_path)
    git(clone, "remote", "add", "origin", address)
    assert [payload.origin.repository for payload in versions(clone)] == [name]


def test_a_payload_that_the_ledger_cannot_take_fails_alone_and_only_once(home: Home) -> None:
    poisoned = b'{"gpt-x\\ud800": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6}}'
    good = poisoned.replace(b"\\ud800", b"")
    payloads = [Payload(content, "prices.json", NOW) for content in (poisoned, good)]
    outcome = steps.ingest(home, "litellm", payloads, now=NOW, progress=lambda _: None)
    assert outcome.tally.opened == 1
    assert len(outcome.failures) == 1
    assert steps.take_in_sources(home, ["litellm"], now=NOW)["litellm"].payloads == 0


def test_rows_that_are_no_text_fail_and_stop_no_refresh(home: Home, tmp_path: Path) -> None:
    offsets, letters = pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")
    offer = {"provider": ["acme"], "accelerator_id": ["nvidia-l4-24gb"], "accelerator_count": [1]}
    columns = {
        **offer,
        "price_usd_per_hour": [1.0],
        "sku": pa.Array.from_buffers(pa.string(), 1, [None, offsets, letters]),
    }
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table(columns), file)
    assert len(load(home, file).failures) == 1
    assert steps.take_in_loaded(home, now=NOW) == {}


def test_a_files_name_may_be_bytes_that_are_no_text(home: Home, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"\xff.csv")
    file.write_text(HEADER + "acme,box,nvidia-l4-24gb,1,0.70\n")
    assert load(home, file).tally.opened == 1


@pytest.mark.parametrize("source", ["", "a\nb", "../../x", " ours", "x" * 65])
def test_a_source_is_called_by_a_plain_name(home: Home, tmp_path: Path, source: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(HEADER + "acme,box,nvidia-l4-24gb,1,0.70\n")
    with pytest.raises(WrongUsage, match="expected a name of letters"):
        load(home, file, source)


def test_a_pipe_is_no_file_to_wait_for(home: Home, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rows.csv")
    with pytest.raises(WrongUsage, match="no file is there"):
        load(home, tmp_path / "rows.csv")


LAUGHS = "a: &a [lol, lol]\nb: &b [*a, *a]\nc: *b\n"


@pytest.mark.parametrize(
    "content",
    [
        "about: " + "[" * 100_000 + "]" * 100_000 + "\nstorage:\n x: 1\n",
        f"about:\n  {LAUGHS}storage:\n x: 1\n",
        "about:\n  " + "- " * 100_000 + "1\nstorage:\n x: 1\n",
    ],
)
def test_yaml_that_unfolds_or_nests_without_end_is_one_line(home: Home, content: str) -> None:
    payload = Payload(content.encode(), "pricing.yml", NOW)
    outcome = steps.ingest(home, "cyclenerd-gcp", [payload], now=NOW, progress=lambda _: None)
    assert outcome.failures == ["pricing.yml: YAML with aliases or nested over 100 deep; expected plain data"]


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_more_columns_than_any_table_has_are_refused_before_they_are_read(
    home: Home, tmp_path: Path, suffix: str
) -> None:
    names = [f"c{number}" for number in range(5000)]
    file = tmp_path / f"rows.{suffix}"
    if suffix == "csv":
        file.write_text(",".join(names) + "\n" + ",".join(names) + "\n")
    elif suffix == "json":
        file.write_text("\n".join(f'{{"{name}": 1}}' for name in names))
    else:
        pq.write_table(pa.table({name: [1] for name in names}), file)
    with pytest.raises(ValueError, match=r"5000 columns, \d+ rows; expected at most 100 columns"):
        load(home, file)
    assert list(Archive(home.archive).entries()) == []


@pytest.mark.parametrize("line", ["5", "null", "[]", "{}", '{"sha256": 5}', "not json"])
def test_a_line_of_the_archives_log_that_is_no_entry_is_named(tmp_path: Path, line: str) -> None:
    archive = Archive(tmp_path)
    archive.note([Entry("0" * 64, "ours", "a.csv", "rows", NOW, NOW)])
    with archive.log.open("a") as log:
        log.write(line + "\n")
    with pytest.raises(ArchiveError, match=r"log.jsonl line 2: not an entry"):
        list(archive.entries())


def test_a_users_own_file_where_the_ledger_goes_is_not_replaced(home: Home) -> None:
    home.published.write_text("mine")
    with open_ledger(str(home.build)) as connection, pytest.raises(HomeError, match="is no link of ours"):
        publish(home, connection)
    assert home.published.read_text() == "mine"


def test_work_that_takes_too_long_is_given_up() -> None:
    def for_ever() -> None:
        while True:
            pass

    with pytest.raises(TookTooLong, match=r"given up after 0\.05 s"), time_limit(0.05):
        for_ever()
    with time_limit(0.05):
        pass
