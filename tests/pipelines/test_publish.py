"""Readers in other processes see a whole ledger before, during and after it is published, and block nobody."""

import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb

from pipelines.home import Home
from pipelines.ledger import open_ledger
from pipelines.publish import publish

READER = textwrap.dedent(
    """
    import sys, time, duckdb
    wrong, count, end = 0, 0, time.time() + float(sys.argv[2])
    seen = set()
    while time.time() < end:
        with duckdb.connect(sys.argv[1], read_only=True) as connection:
            [(low, high)] = connection.execute("SELECT min(n), max(n) FROM whole").fetchall()
            count += 1
            wrong += low != high
            seen.add(low)
    print(count, wrong, len(seen))
    """
)


def write(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    connection.execute("CREATE OR REPLACE TABLE whole AS SELECT ? AS n FROM range(50000)", [number])


def test_a_reader_in_another_process_never_sees_half_a_refresh(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.build.parent.mkdir(parents=True)
    with open_ledger(str(home.build)) as connection:
        write(connection, 0)
        publish(home, connection)
        command = [sys.executable, "-c", READER, str(home.published), "15"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
            number = 0
            while reader.poll() is None:
                number += 1
                write(connection, number)
                publish(home, connection)
            assert reader.stdout is not None
            count, wrong, distinct = map(int, reader.stdout.read().split())
    assert number > 3
    assert count > 3
    assert wrong == 0
    assert distinct > 1


def test_a_reader_that_holds_the_file_open_stops_no_refresh_and_keeps_what_it_opened(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.build.parent.mkdir(parents=True)
    with open_ledger(str(home.build)) as connection:
        write(connection, 1)
        publish(home, connection)
        with duckdb.connect(str(home.published), read_only=True) as reader:
            for number in range(2, 8):
                write(connection, number)
                publish(home, connection)
            assert reader.execute("SELECT max(n) FROM whole").fetchall() == [(1,)]
    assert len(list(home.versions.iterdir())) == 3
    assert home.published.is_symlink()
    assert oct(home.published.stat().st_mode)[-3:] == "444"


def test_what_a_killed_process_left_half_published_is_removed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.build.parent.mkdir(parents=True)
    home.versions.mkdir()
    link, partial = home.path / ".ledger.1.link", home.versions / ".ledger-20260101T000000000000.duckdb.partial"
    link.symlink_to("versions/nothing.duckdb")
    partial.write_bytes(b"half")
    with open_ledger(str(home.build)) as connection:
        version = publish(home, connection)
    assert not link.is_symlink()
    assert list(home.versions.iterdir()) == [version]
