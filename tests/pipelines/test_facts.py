"""Fact files: what a ledger holds of a source, written and read back into an empty home, is the same to readers."""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import facts, intake, registry, steps
from pipelines.archive import Entry
from pipelines.home import Home
from pipelines.ledger import Told, open_ledger, track
from sources.source import Origin, PayloadError, Refused, Row, Statement

NOW, LATER = datetime(2026, 8, 20, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
SOURCE, TABLE = "karpenter-aws", "rental_price"

SAYS = {
    # which payload is archived, and the ledger's own numbers, are another home's own
    "versions": """
        SELECT * EXCLUDE (loaded_at, key_id, statement_id, payload_sha256) FROM rental_price_version ORDER BY ALL""",
    "quarantine": "SELECT * EXCLUDE (payload_sha256) FROM quarantine ORDER BY ALL",
    "refused": """
        SELECT r.reason, r.row_text, r.locator, r.key, r.anchor, s.payload_sha256
        FROM book.refused AS r JOIN book.statement AS s USING (statement_id) ORDER BY ALL""",
    "statements": """
        SELECT s.* EXCLUDE (statement_id, scope_id, carrier_sha256, loaded_at, entry), p.scope, w.recorded_at
        FROM book.statement AS s JOIN book.scope AS p USING (scope_id)
        LEFT JOIN book.retraction AS w USING (statement_id) ORDER BY ALL""",
    "sightings": "SELECT * EXCLUDE (key_id) FROM sighting ORDER BY ALL",
}


def day(month: int, number: int = 1) -> datetime:
    return datetime(2025, month, number, tzinfo=UTC)


def offer(sku: str, price: str, region: str = "us-east-1", accelerator_id: str = "nvidia-t4-16gb") -> Row:
    return {
        "provider": "aws",
        "sku": sku,
        "region": region,
        "zone": "",
        "accelerator_id": accelerator_id,
        "accelerator_count": Decimal(1),
        "purchase_model": "on_demand",
        "service_tier": "",
        "price_state": "listed",
        "price_usd_per_hour": Decimal(price),
        "price_usd_per_accelerator_hour": Decimal(price),
        "price_raw": price,
        "currency": "USD",
        "vcpu_count": 4.0,
        "host_memory_gib": None,
        "locator": f"{region}/{sku}",
    }


def said(number: int, valid_at: datetime, recorded_at: datetime, statement: Statement) -> Told:
    origin = Origin("aws/karpenter-provider-aws", f"c{number}", "pkg/prices.go", f"b{number}")
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    told = replace(statement, valid_at=valid_at)
    return Told(told, SOURCE, recorded_at, sha256, origin, ordinal=number, digest=intake.digest(told))


def of_region(region: str, *rows: Row, refused: Sequence[Refused] = (), ignored: int = 0) -> Statement:
    return Statement(TABLE, {"provider": "aws", "region": region}, list(rows), list(refused), ignored=ignored)


UNREADABLE = Refused("unknown_accelerator", "us-east-1/g9", "us-east-1,g9,1.00,USD", {"provider": "aws", "sku": "g9"})
NAMED = Refused("missing_price", "us-east-1/g4dn", "us-east-1,g4dn,,USD", {"provider": "aws", "sku": "g4dn"})
TOLD = [
    said(1, day(5), day(5, 2), of_region("us-east-1", offer("g4dn", "0.526"), offer("g5", "1.006"), ignored=12)),
    said(2, day(5), day(5, 2), of_region("us-gov-west-1", offer("g4dn", "0.663", "us-gov-west-1"))),
    # g4dn could not be read and is not closed; g5 is gone; g6 for nothing, and g7 at two prices, do not get in
    said(
        3,
        day(6),
        day(6, 2),
        of_region(
            "us-east-1", offer("g6", "0"), offer("g7", "1"), offer("g7", "2"), refused=[UNREADABLE, NAMED], ignored=12
        ),
    ),
    said(4, day(7), day(6, 20), of_region("us-east-1", offer("g4dn", "0.5"))),  # announced
    said(5, day(7), day(7, 2), of_region("us-gov-west-1")),  # nothing is offered there any more
    said(6, day(7), day(7, 2), of_region("eu-west-1")),  # and nothing ever was here
    said(7, day(7), day(7, 2), Statement(TABLE, {}, [offer("g5", "1.1", "us-west-2")], complete=False)),
    said(8, day(5), day(8), of_region("us-east-1", offer("g4dn", "0.52"), offer("g5", "1.006"))),  # a correction
    replace(
        said(9, day(7), day(7, 3), of_region("eu-north-1", offer("g5", "10.6", "eu-north-1"))), retracted_at=day(9)
    ),
    replace(
        said(9, day(7), day(9), of_region("eu-north-1", offer("g5", "1.06", "eu-north-1"))), said_at=day(7, 3)
    ),  # read again
]


def answers(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(home.build), read_only=True) as connection:
        return {name: connection.execute(question).fetchall() for name, question in SAYS.items()}


def told_to(home: Home, told: Sequence[Told]) -> Home:
    with home.locked(), open_ledger(str(home.build)) as connection:
        registry.register(connection)
        track(connection, TABLE, told, loaded_at=NOW)
    return related(home)


def related(home: Home) -> Home:
    with home.locked():
        steps.publish_loaded(home)
    return home


def exported(home: Home, folder: Path, *, without_repeats: bool = False) -> list[Path]:
    with home.locked():
        return steps.export_facts(home, [SOURCE], folder, without_repeats=without_repeats)


def read_back(folder: Path, home: Home) -> Home:
    with home.locked():
        steps.collect(home, [SOURCE], now=LATER, recorded=folder)
        outcome = steps.take_in_sources(home, [SOURCE], now=LATER)[SOURCE]
    assert outcome.failures == []
    return related(home)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path, Home]:
    """A home, its fact file, and a home that has read this file alone."""
    folder = tmp_path_factory.mktemp("homes")
    first = told_to(Home(folder / "first"), TOLD)
    [file] = exported(first, folder / "facts")
    return first, file, read_back(file.parent, Home(folder / "second"))


@pytest.mark.parametrize("name", SAYS)
def test_what_is_read_back_is_what_was_written(homes: tuple[Home, Path, Home], name: str) -> None:
    first, _, second = homes
    assert answers(second)[name] == answers(first)[name]


def test_what_was_written_has_a_row_of_every_kind(homes: tuple[Home, Path, Home]) -> None:
    answered = answers(homes[0])
    assert len(answered["statements"]) == len(TOLD)
    assert sorted(row[0] for row in answered["refused"]) == [  # of statement 3, and nothing else
        "duplicate_key", "duplicate_key", "missing_price", "unknown_accelerator", "zero_price",
    ]  # fmt: skip
    now = "SELECT sku, region, price_usd_per_hour, valid_to FROM rental_price_version WHERE known_to IS NULL ORDER BY 1"
    with duckdb.connect(str(homes[0].build), read_only=True) as connection:
        believed = connection.execute(f"{now}, valid_from, region").fetchall()
    june, july = day(6).replace(tzinfo=None), day(7).replace(tzinfo=None)
    assert [(*row[:2], float(row[2]), row[3]) for row in believed] == [
        ("g4dn", "us-east-1", 0.52, july),  # as corrected, until the price that was announced
        ("g4dn", "us-gov-west-1", 0.663, july),
        ("g4dn", "us-east-1", 0.5, None),
        ("g5", "us-east-1", 1.006, june),
        ("g5", "eu-north-1", 1.06, None),
        ("g5", "us-west-2", 1.1, None),
    ]


def test_versions_that_were_read_back_lead_to_the_fact_file(homes: tuple[Home, Path, Home]) -> None:
    _, file, second = homes
    with duckdb.connect(str(second.build), read_only=True) as connection:
        carriers = connection.execute("SELECT DISTINCT payload_sha256 FROM rental_price_version").fetchall()
    assert carriers == [(hashlib.sha256(file.read_bytes()).hexdigest(),)]


def test_what_was_read_back_is_written_as_the_same_file(homes: tuple[Home, Path, Home], tmp_path: Path) -> None:
    _, file, second = homes
    [again] = exported(second, tmp_path)
    assert again.name == file.name == "karpenter-aws.rental_price.parquet"
    before, after = pq.read_table(file), pq.read_table(again)
    assert after.schema == before.schema
    assert [in_order(row) for row in after.to_pylist()] == [in_order(row) for row in before.to_pylist()]


def in_order(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "refused_key": json.loads(row["refused_key"] or "null")}


def test_the_order_of_loading_does_not_show_in_the_file(homes: tuple[Home, Path, Home], tmp_path: Path) -> None:
    [file] = exported(told_to(Home(tmp_path / "home"), TOLD[::-1]), tmp_path / "facts")
    assert file.read_bytes() == homes[1].read_bytes()


def test_a_fact_file_made_by_a_better_parser_corrects_the_one_in_whose_place_it_comes(
    homes: tuple[Home, Path, Home], tmp_path: Path
) -> None:
    """Statement 8 told of g4dn 0.52 in May; a better parser reads 0.53 in the same payload."""
    better = said(8, day(5), day(8), of_region("us-east-1", offer("g4dn", "0.53"), offer("g5", "1.006")))
    [file] = exported(told_to(Home(tmp_path / "first"), [*TOLD[:7], better, *TOLD[8:]]), tmp_path / "facts")
    home = read_back(homes[1].parent, Home(tmp_path / "second"))
    with home.locked():
        later = LATER + timedelta(days=9)
        steps.collect(home, [SOURCE], now=later, recorded=file.parent)
        assert steps.take_in_sources(home, [SOURCE], now=later)[SOURCE].tally.statements == 1
    with duckdb.connect(str(home.build), read_only=True) as connection:
        believed = connection.execute(
            "SELECT price_usd_per_hour::VARCHAR, known_from, known_to FROM rental_price_version "
            "WHERE sku = 'g4dn' AND region = 'us-east-1' AND valid_to = TIMESTAMP '2025-07-01' ORDER BY known_from"
        ).fetchall()
    august, naive = day(8).replace(tzinfo=None), later.replace(tzinfo=None)
    assert [(float(price), *known) for price, *known in believed[-2:]] == [(0.52, august, naive), (0.53, naive, None)]


def test_looks_that_change_nothing_are_left_out_on_request_but_for_the_last_of_a_day(tmp_path: Path) -> None:
    def look(number: int, hour: int, price: str) -> Told:
        at = day(5) + timedelta(hours=hour)
        return said(number, at, at, Statement(TABLE, {}, [offer("g5", price)], complete=False))

    prices = {6: "1", 7: "1", 8: "2", 9: "1", 10: "1", 11: "1", 30: "1"}  # 7 and 10 repeat; 11 does, and ends the day
    looks = [look(number, hour, price) for number, (hour, price) in enumerate(prices.items())]
    first = told_to(Home(tmp_path / "first"), [*looks, said(9, day(6), day(6), of_region("eu-west-1"))])
    [file] = exported(first, tmp_path / "facts", without_repeats=True)
    seen = sorted(set(pq.read_table(file)["valid_at"].to_pylist()))
    hours = [(moment.replace(tzinfo=UTC) - day(5)) / timedelta(hours=1) for moment in seen]
    assert hours == [6, 8, 9, 11, 30, 31 * 24]  # the last is complete: what it leaves out is news
    second = read_back(file.parent, Home(tmp_path / "second"))
    columns = "valid_from, valid_to, price_usd_per_hour"
    believed = []
    for home in (first, second):
        with duckdb.connect(str(home.build), read_only=True) as connection:
            question = f"SELECT {columns} FROM rental_price_version WHERE known_to IS NULL ORDER BY ALL"
            believed.append(connection.execute(question).fetchall())
    assert len(believed[0]) == 3
    assert believed[0] == believed[1]


def test_a_source_of_which_nothing_is_known_has_no_file(tmp_path: Path) -> None:
    assert exported(told_to(Home(tmp_path / "home"), []), tmp_path / "facts") == []
    assert not (tmp_path / "facts").exists()


def entry(name: str) -> Entry:
    return Entry("0" * 64, SOURCE, name, "facts", NOW, NOW)


def test_a_fact_file_that_cannot_be_used_is_one_line(homes: tuple[Home, Path, Home]) -> None:
    file = homes[1]
    with pytest.raises(PayloadError, match=r"table 'rents'; expected <source>.<table>.parquet"):
        facts.read(file.read_bytes(), entry("aws.rents.parquet"))
    with pytest.raises(PayloadError, match="not a Parquet file") as refused:
        facts.read(file.read_bytes()[:-100], entry(file.name))
    assert "\n" not in str(refused.value)
    fewer = io.BytesIO()
    pq.write_table(pq.read_table(file).drop_columns(["ordinal", "sku"]), fewer)
    with pytest.raises(PayloadError, match="no column ordinal, sku; expected a fact file of rental_price"):
        facts.read(fewer.getvalue(), entry(file.name))
