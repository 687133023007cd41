"""The archive: bytes by their sha256, a log of every arrival, and what is damaged is named in one line."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipelines.archive import Archive, ArchiveError, Entry, read_file
from sources.source import Origin

MAY, JUNE = datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
LIST = b"generated_at,region,instance_type,price_per_hour,currency\n2025-05-01,us-east-1,p5.48xlarge,98.32,USD\n"


def arrival(archive: Archive, content: bytes = LIST, recorded_at: datetime = MAY) -> Entry:
    origin = Origin("aws/karpenter-provider-aws", "c0ffee", "pkg/prices.go", "b10b")
    return Entry(archive.keep(content), "karpenter-aws", "prices.csv", "parser", recorded_at, JUNE, origin, 7)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def test_bytes_are_kept_under_the_sha256_of_what_they_unpack_to(archive: Archive, tmp_path: Path) -> None:
    plain, packed = tmp_path / "list.csv", tmp_path / "list.csv.gz"
    plain.write_bytes(LIST)
    packed.write_bytes(gzip.compress(LIST))
    sha256 = hashlib.sha256(LIST).hexdigest()
    assert [archive.keep(read_file(plain)), archive.keep(read_file(packed))] == [sha256, sha256]
    assert gzip.decompress((archive.folder / sha256[:2] / f"{sha256}.gz").read_bytes()) == LIST
    assert archive.content(sha256) == LIST
    assert len([path for path in archive.folder.rglob("*") if path.is_file()]) == 1


def test_an_arrival_is_read_back_as_it_was_noted(archive: Archive) -> None:
    in_berlin = MAY.astimezone(timezone(timedelta(hours=2)))
    rows = Entry("ab12", "ours", "quotes.csv", "rows", MAY, JUNE, options={"scope": {"region": "eu\u2028"}})
    noted = [arrival(archive, recorded_at=in_berlin), rows]
    assert archive.note(noted) == noted
    assert list(archive.entries()) == noted


def test_the_same_bytes_at_two_times_are_two_entries_and_kept_once(archive: Archive) -> None:
    may, june = arrival(archive), arrival(archive, recorded_at=JUNE)
    assert may.sha256 == june.sha256
    archive.note([may])
    assert archive.note([may, june]) == [june]
    assert [entry.recorded_at for entry in archive.entries()] == [MAY, JUNE]
    assert len(list(archive.folder.rglob("*.gz"))) == 1


def test_the_same_arrival_is_noted_once_whenever_we_read_it(archive: Archive) -> None:
    entry = arrival(archive)
    assert archive.note([entry, entry]) == [entry]
    assert archive.note([replace(entry, archived_at=JUNE + timedelta(days=1))]) == []
    assert list(archive.entries()) == [entry]


def test_bytes_that_are_there_already_are_not_written_again(archive: Archive) -> None:
    path = archive.path(archive.keep(LIST))
    before = path.stat().st_mtime_ns, path.stat().st_ino
    archive.keep(LIST)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_what_a_killed_process_left_half_written_is_written_over(archive: Archive) -> None:
    sha256 = hashlib.sha256(LIST).hexdigest()
    partial = archive.path(sha256).with_suffix(".partial")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(half(gzip.compress(LIST)))
    assert archive.content(archive.keep(LIST)) == LIST
    assert not partial.exists()


def half(packed: bytes) -> bytes:
    return packed[: len(packed) // 2]


def one_bit_off(packed: bytes) -> bytes:
    return packed[:20] + bytes([packed[20] ^ 1]) + packed[21:]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (half, "not a whole gzip file"),
        (one_bit_off, "not a whole gzip file"),
        (lambda packed: b"<html>moved</html>", "not a whole gzip file"),
        (lambda packed: b"", "other bytes than its name says"),
        (lambda packed: gzip.compress(LIST[:-1]), "other bytes than its name says"),
    ],
)
def test_an_archived_file_that_is_damaged_is_one_line_that_names_it(
    archive: Archive, damage: Callable[[bytes], bytes], says: str
) -> None:
    path = archive.path(archive.keep(LIST))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ArchiveError, match=says) as refused:
        archive.content(path.stem)
    assert str(path) in str(refused.value)
    assert "remove it" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_payload_that_is_not_there_is_one_line(archive: Archive) -> None:
    with pytest.raises(ArchiveError, match=r"payload ab12 is not in .*archive; ingest it again"):
        archive.content("ab12")


@pytest.mark.parametrize(
    "content",
    [LIST, half(gzip.compress(LIST)), one_bit_off(gzip.compress(LIST))],
    ids=["no gzip", "half", "one bit off"],  # a gzip holds the time it was made: no name of a test
)
def test_a_file_that_is_no_whole_gzip_is_one_line_that_names_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "list.csv.gz"
    file.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"^list.csv.gz: not a whole gzip file .*$"):
        read_file(file)


def test_half_a_line_of_a_killed_process_loses_no_other_entry(archive: Archive) -> None:
    may, june = arrival(archive), arrival(archive, recorded_at=JUNE)
    archive.note([may, june])
    first, second = archive.log.read_bytes().splitlines(keepends=True)
    archive.log.write_bytes(first + second[: len(second) // 2])
    assert list(archive.entries()) == [may]
    assert archive.note([may, june]) == [june]
    assert list(archive.entries()) == [may, june]


def test_a_last_line_that_lacks_only_its_end_counts_and_the_next_has_its_own(archive: Archive) -> None:
    may, june = arrival(archive), arrival(archive, recorded_at=JUNE)
    archive.note([may])
    archive.log.write_bytes(archive.log.read_bytes().rstrip(b"\n"))
    assert archive.note([may, june]) == [june]
    assert list(archive.entries()) == [may, june]


def test_an_entry_of_the_log_says_all_that_a_reader_needs(archive: Archive) -> None:
    archive.note([arrival(archive)])
    [line] = archive.log.read_text().splitlines()
    assert json.loads(line) == {
        "sha256": hashlib.sha256(LIST).hexdigest(),
        "source": "karpenter-aws",
        "name": "prices.csv",
        "how": "parser",
        "recorded_at": "2025-05-01T00:00:00+00:00",
        "archived_at": "2025-06-01T00:00:00+00:00",
        "origin": {
            "repository": "aws/karpenter-provider-aws",
            "commit": "c0ffee",
            "path": "pkg/prices.go",
            "blob": "b10b",
        },
        "ordinal": 7,
        "options": {},
    }


def test_an_entry_is_passed_over_wherever_a_killed_process_stopped_writing_it(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    options = {"scope": {"provider": "acme"}, "table": "rental_price"}
    first, second = (Entry(f"{n}" * 64, "ours", "a.csv", "rows", moment, moment, options=options) for n in (0, 1))
    archive.note([first])
    whole = archive.log.read_text()
    for length in range(1, len(whole) - 1):
        archive.log.write_text(whole[:length])
        archive.note([second])
        assert list(archive.entries()) == [second], whole[:length]
