"""Where two sources print different prices for one thing at one time."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from pipelines.sql_files import sql

SCHEMA = """
CREATE TABLE api_price_version (
    source VARCHAR, provider VARCHAR, model_id VARCHAR, sku VARCHAR, modality VARCHAR, unit VARCHAR, condition VARCHAR,
    price_usd_per_unit DECIMAL(24, 12), valid_from TIMESTAMP, last_seen_at TIMESTAMP, known_to TIMESTAMP,
    version_id VARCHAR)
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(SCHEMA)
        yield con


def said(con: duckdb.DuckDBPyConnection, source: str, price: str, seen: tuple[str, str], **also: Any) -> None:
    row = {
        "provider": "openai", "model_id": "openai/whisper-1", "sku": "whisper-1", "modality": "audio",
        "unit": "second_of_audio", "condition": "", "known_to": None, **also,
    }  # fmt: skip
    row |= {"source": source, "price_usd_per_unit": price, "valid_from": seen[0], "last_seen_at": seen[1]}
    row["version_id"] = f"{source} {row['sku']}"
    con.execute(f"INSERT INTO api_price_version BY NAME SELECT {', '.join(f'${n} AS {n}' for n in row)}", row)


def conflicts(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    con.execute(sql("marts/api_price_conflict"))
    return con.execute("SELECT source, other_source, ratio, unit_slip FROM api_price_conflict").fetchall()


SUMMER = ("2026-06-01", "2026-08-01")


def test_a_price_of_a_minute_taken_for_one_of_a_second_stands_out(con: duckdb.DuckDBPyConnection) -> None:
    said(con, "a", "0.0001", SUMMER)  # 0.006 a minute / 60
    said(con, "b", "0.006", SUMMER)
    assert conflicts(con) == [("a", "b", pytest.approx(1 / 60, abs=1e-6), 60)]


def test_prices_that_differ_by_rounding_agree(con: duckdb.DuckDBPyConnection) -> None:
    said(con, "a", "0.0001", SUMMER)
    said(con, "b", "0.000101", SUMMER)
    assert conflicts(con) == []


def test_a_price_of_last_year_does_not_contradict_one_of_today(con: duckdb.DuckDBPyConnection) -> None:
    said(con, "a", "0.0001", ("2025-01-01", "2025-06-01"))
    said(con, "b", "0.0002", SUMMER)
    assert conflicts(con) == []


def test_a_difference_that_no_unit_explains_is_a_conflict_without_a_factor(con: duckdb.DuckDBPyConnection) -> None:
    said(con, "a", "0.0001", SUMMER)
    said(con, "b", "0.0002", SUMMER)
    assert conflicts(con) == [("a", "b", 0.5, None)]


def test_a_regional_price_is_held_against_its_like(con: duckdb.DuckDBPyConnection) -> None:
    said(con, "a", "0.0001", SUMMER, sku="us")
    said(con, "a", "0.00011", SUMMER, sku="eu")
    said(con, "b", "0.00011", SUMMER, sku="global")
    assert conflicts(con) == []


def test_other_units_and_what_is_not_believed_any_more_are_not_compared(con: duckdb.DuckDBPyConnection) -> None:
    said(con, "a", "0.0001", SUMMER)
    said(con, "b", "0.006", SUMMER, unit="request")
    said(con, "c", "0.006", SUMMER, known_to="2026-07-01")
    assert conflicts(con) == []
