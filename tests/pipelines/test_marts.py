"""The steps that build the marts, and the checks on them."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from pipelines.marts import STEPS, build_mart, build_marts, check_names, failed_checks, provider_markets
from sources.clouds import karpenter_aws
from sources.source import Payload
from tests.sql.ledger import Ledger

AS_OF = datetime(2026, 7, 11, 9, tzinfo=UTC)


@pytest.fixture
def ledger() -> Ledger:
    return small_ledger()


def small_ledger() -> Ledger:
    ledger = Ledger()
    for provider, price in (("lambda", 2.0), ("crusoe", 3.0), ("nebius", 4.0), ("runpod", 0.5)):
        ledger.quote(price, "2026-07-01 09:00", provider=provider)
    ledger.con.execute(
        "INSERT INTO accelerator SELECT DISTINCT '', family, '', '', '', TRUE, NULL, '' FROM (VALUES"
        " ('nvidia-h100'), ('nvidia-h200'), ('nvidia-b200'), ('nvidia-a100'), ('amd-mi300x'), ('nvidia-t4'),"
        " ('nvidia-l4'), ('nvidia-l40s'), ('nvidia-a10g'), ('nvidia-a10')) AS t (family)"
    )
    return ledger


def test_every_step_builds_a_relation_and_says_how_many_rows_it_has(ledger: Ledger) -> None:
    counts = build_marts(ledger.con, AS_OF)
    assert tuple(counts) == STEPS
    # one segment and all of them: 1 July to 11 July
    assert (counts["price_index_daily"], counts["rental_price_quality"], counts["calendar"]) == (22, 1, 11)


def test_building_again_gives_the_same_rows(ledger: Ledger) -> None:
    build_marts(ledger.con, AS_OF)
    before = ledger.rows("FROM price_index_daily ORDER BY ALL")
    build_marts(ledger.con, AS_OF)
    assert ledger.rows("FROM price_index_daily ORDER BY ALL") == before


def test_an_empty_ledger_has_empty_marts_and_no_error() -> None:
    counts = build_marts(Ledger().con, AS_OF)
    assert counts["price_index_daily"] == counts["cost_curve"] == counts["tier_recommendation"] == 0


def test_the_moment_is_read_as_utc_whatever_its_zone() -> None:
    con = Ledger().con
    build_mart(con, "as_of", AS_OF.astimezone(timezone(timedelta(hours=9))))
    assert con.execute("FROM as_of").fetchall() == [(datetime(2026, 7, 11, 9),)]  # noqa: DTZ001


def test_a_step_that_fails_leaves_the_mart_as_it_was(ledger: Ledger) -> None:
    build_marts(ledger.con, AS_OF)
    ledger.con.execute("ALTER TABLE sighting RENAME TO sighting_away")
    with pytest.raises(duckdb.Error, match="sighting"):
        build_mart(ledger.con, "price_index_daily", AS_OF)
    assert ledger.rows("SELECT count(*) FROM price_index_daily") == [(22,)]
    ledger.con.execute("ALTER TABLE sighting_away RENAME TO sighting")
    assert build_mart(ledger.con, "price_index_daily", AS_OF) == 22


def test_every_relation_and_column_has_a_comment(built: Ledger) -> None:
    bare = built.rows(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        f" AND table_name IN {STEPS}"
    )
    bare += built.rows(f"SELECT table_name FROM duckdb_tables() WHERE comment IS NULL AND table_name IN {STEPS}")
    bare += built.rows(f"SELECT view_name FROM duckdb_views() WHERE comment IS NULL AND view_name IN {STEPS}")
    assert bare == []


def test_every_provider_has_one_market_and_a_reason() -> None:
    rows = provider_markets()
    assert len({row["provider"] for row in rows}) == len(rows)
    assert all(row["evidence"] for row in rows)
    by_provider = {row["provider"]: row["market"] for row in rows}
    placed = (by_provider["aws"], by_provider["gmicloud"], by_provider["vast"])
    assert placed == ("hyperscaler", "neocloud", "marketplace")


@pytest.fixture(scope="module")
def built() -> Ledger:
    ledger = small_ledger()
    build_marts(ledger.con, AS_OF)
    return ledger


def test_good_marts_pass_every_check(built: Ledger) -> None:
    assert failed_checks(built.con) == {}


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        ("index_gap_has_value", "UPDATE price_index_daily SET state = 'gap'"),
        ("index_out_of_order", "UPDATE price_index_daily SET p10 = 9"),
        ("index_state_without_providers", "UPDATE price_index_daily SET fresh_provider_count = 2 WHERE state = 'ok'"),
        ("index_day_twice", "INSERT INTO price_index_daily FROM price_index_daily LIMIT 1"),
        ("index_day_missing", "DELETE FROM price_index_daily WHERE day = '2026-07-05'"),
        ("suspect_price_in_index", "UPDATE provider_price_daily SET low = 0.5 WHERE provider = 'lambda'"),
        ("quality_without_version", "UPDATE rental_price_quality SET valid_from = '2020-01-01'"),
        ("zero_price", "UPDATE price_index_daily SET p10 = 0"),
        (
            "cost_curve_out_of_order",
            "INSERT INTO cost_curve (scenario, low, mid, high, state) VALUES ('s', 3, 2, 4, 'ok')",
        ),
        (
            "recommendation_that_does_not_fit",
            "INSERT INTO tier_recommendation (tier, workload, rank, fits, why) VALUES ('large', 'w', 2, TRUE, 'fits')",
        ),
        (
            "spec_arithmetic_unexplained",
            "INSERT INTO spec_arithmetic (source, compared_source, is_explained)"
            " VALUES ('datasheets', 'datasheets', FALSE)",
        ),
        ("unknown_family", "DELETE FROM accelerator WHERE family = 'nvidia-t4'"),
    ],
)
def test_each_check_finds_what_it_is_for(built: Ledger, check: str, spoil: str) -> None:
    assert check in check_names()
    built.con.begin()
    built.con.execute(spoil)
    found = failed_checks(built.con)
    built.con.rollback()
    assert found.get(check, 0) > 0


@pytest.mark.shared
def test_the_recorded_aws_list_shows_the_cut_of_june_2025_at_month_ends(recorded: Path) -> None:
    ledger = Ledger()
    seen: list[tuple[str, str]] = []
    for path in sorted((recorded / "rental" / "karpenter-aws" / "main").glob("202[456]-*.csv")):
        payload = Payload(path.read_bytes(), path.name, datetime.fromisoformat(path.name[:10]).replace(tzinfo=UTC))
        for statement in karpenter_aws.parse(payload):
            prices = [row["price_raw"] for row in statement.rows if row["sku"] == "p5.48xlarge"]
            if prices and statement.scope["region"] == "us-east-1" and statement.valid_at:
                seen.append((str(statement.valid_at.replace(tzinfo=None)), str(prices[0])))
    cut = next(moment for moment, price in seen if float(price) < 60)
    p5 = {"source": "copy", "provider": "aws", "sku": "p5.48xlarge", "region": "us-east-1", "count": 8}
    ledger.quote(98.32 / 8, *sorted({m for m, _ in seen if m < cut}), until=cut, **p5)
    ledger.quote(55.04 / 8, *sorted({m for m, _ in seen if m >= cut}), **p5)
    assert {price for _, price in seen} == {"98.320000", "55.040000"}
    ledger.build("2026-08-31")
    ends = ledger.rows(
        "SELECT CAST(month_end_median AS DOUBLE) FROM provider_price_monthly "
        "WHERE month IN ('2025-05-01', '2025-06-01') ORDER BY month"
    )
    assert ends == [(12.29,), (6.88,)]
    assert ends[1][0] / ends[0][0] - 1 == pytest.approx(-0.440, abs=0.0005)
