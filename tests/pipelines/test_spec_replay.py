"""Epoch's dated snapshots through parser and ledger: what was believed when, and nothing changed but what is listed."""

import csv
import hashlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines import registry
from pipelines.ledger import Told, open_ledger, track
from sources.catalogs import epoch
from sources.source import Payload
from tests.conftest import RECORDED
from tests.sources.catalogs.test_epoch import NOT_KEPT, listed_changes, recorded_snapshots

Fact = tuple[str, str, str]
LATER = datetime(2026, 12, 31, tzinfo=UTC)


def ledger_of(snapshots: list[Payload]) -> duckdb.DuckDBPyConnection:
    """All snapshots in one ledger, the newest loaded first."""
    connection = open_ledger(":memory:")
    registry.register(connection)
    told = [
        Told(said, "epoch", payload.recorded_at, hashlib.sha256(payload.content).hexdigest())
        for payload in reversed(snapshots)
        for said in epoch.parse(payload)
    ]
    track(connection, "accelerator_spec", told, loaded_at=LATER)
    return connection


def believed(connection: duckdb.DuckDBPyConnection, known_at: datetime) -> dict[Fact, object]:
    """(accelerator, metric, precision) -> what the ledger held for true at a moment."""
    found = connection.execute(
        "SELECT accelerator_id, metric, precision, coalesce(CAST(value AS VARCHAR), value_raw), value"
        " FROM accelerator_spec_seen_at(?, ?)",
        [LATER, known_at],
    ).fetchall()
    assert len(found) == len({row[:3] for row in found})
    return {(row[0], row[1], row[2]): row[3] if row[4] is None else row[4] for row in found}


@pytest.fixture(scope="module")
def replayed() -> Iterator[tuple[list[Payload], duckdb.DuckDBPyConnection]]:
    snapshots = recorded_snapshots(RECORDED)
    with ledger_of(snapshots) as connection:
        yield snapshots, connection


@pytest.mark.shared
def test_the_ledger_tells_every_revision_of_the_list_and_no_other(
    recorded: Path, replayed: tuple[list[Payload], duckdb.DuckDBPyConnection]
) -> None:
    snapshots, connection = replayed
    told = 0
    for one, other in itertools.pairwise(snapshots):
        before = believed(connection, other.recorded_at - timedelta(seconds=1))
        after = believed(connection, other.recorded_at)
        assert before == believed(connection, one.recorded_at)  # nothing is learned between two snapshots
        listed, whole_rows = listed_changes(recorded, f"{one.recorded_at:%Y-%m-%d}", f"{other.recorded_at:%Y-%m-%d}")
        # A row that was renamed changes no figure; one that was added brings all of its figures.
        added = {name for name in whole_rows if not any(fact[0] == name for fact in before)}
        listed |= {fact: value for fact, value in after.items() if fact[0] in added}
        changed = {
            fact: after.get(fact) for fact in before.keys() | after.keys() if before.get(fact) != after.get(fact)
        }
        assert changed == pytest.approx(listed), other.name
        told += len(changed)
    # 32 facts revised, and those of four that were added: MI350X 10, Trainium 3 9, MTIA 300 8, VR200 1
    assert told == 32 + 28


@pytest.mark.shared
def test_what_the_list_has_and_the_ledger_has_not_is_of_hardware_left_out_with_a_reason(recorded: Path) -> None:
    notes = Path(epoch.__file__).with_name("epoch_names.csv").read_text(encoding="utf-8").splitlines()
    reasons = {row["spelling"]: row["note"] for row in csv.DictReader(notes) if not row["accelerator_id"]}
    with (recorded / "specs" / "epoch_revisions.csv").open(encoding="utf-8") as lines:
        left_out = [row for row in csv.DictReader(lines) if row["hardware"] in NOT_KEPT]
    # Blackwell withdrawn, two Siyuan added and one revised, MTIA v1 renamed (two rows), VR300 added, MI308X revised
    assert len(left_out) == 8
    assert all(reasons[row["hardware"]] for row in left_out)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("fact", "beliefs"),
    [
        (("aws-trainium1", "memory_bandwidth_gb_s", ""), {"2025-11-01": 9800.0, "2026-04-22": 820.0}),
        (("google-tpu-v2", "peak_tflop_s", "bf16"), {"2025-11-01": 45.0, "2025-12-24": 46.0}),
        (("google-tpu-v5e", "tdp_w", ""), {"2025-11-01": 140.0, "2025-12-24": None, "2026-04-22": 225.0}),
        (("google-tpu-7x", "release_on", ""), {"2025-11-01": "2025-04-09", "2025-11-15": "2025-11-06"}),
        (("nvidia-b300-sxm-270gb", "memory_gb", ""), {"2025-11-01": 270.0, "2025-11-15": 270.0, "2025-12-14": 270.0}),
    ],
)
def test_a_figure_is_asked_for_as_it_was_believed(
    fact: Fact, beliefs: dict[str, object], replayed: tuple[list[Payload], duckdb.DuckDBPyConnection]
) -> None:
    _, connection = replayed
    for day, figure in beliefs.items():
        known_at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        assert believed(connection, known_at).get(fact) == figure, day


@pytest.mark.shared
def test_a_revision_is_a_correction_so_the_old_figure_is_no_longer_true_of_any_time(
    replayed: tuple[list[Payload], duckdb.DuckDBPyConnection],
) -> None:
    _, connection = replayed
    found = connection.execute(
        "SELECT value, valid_from, valid_to, known_from, known_to FROM accelerator_spec_version"
        " WHERE accelerator_id = 'aws-trainium1' AND metric = 'memory_bandwidth_gb_s' ORDER BY known_from"
    ).fetchall()
    released, first, corrected = datetime(2022, 10, 1), datetime(2025, 11, 1), datetime(2026, 4, 22)  # noqa: DTZ001
    assert found == [(9800.0, released, None, first, corrected), (820.0, released, None, corrected, None)]
