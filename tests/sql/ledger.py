"""A small ledger to write rows into: the relations that the marts read, and the marts over them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.marts import STEPS, build_marts
from pipelines.sql_files import sql

SCHEMA = """
CREATE SCHEMA book;
CREATE TABLE rental_price_version (
    version_id BIGINT, key_id BIGINT, source VARCHAR, provider VARCHAR, sku VARCHAR, region VARCHAR, zone VARCHAR,
    accelerator_id VARCHAR, accelerator_count DECIMAL(9, 4), purchase_model VARCHAR, service_tier VARCHAR,
    price_state VARCHAR, price_usd_per_hour DECIMAL(24, 12), price_usd_per_accelerator_hour DECIMAL(24, 12),
    price_raw VARCHAR, currency VARCHAR, vcpu_count DOUBLE, host_memory_gib DOUBLE,
    valid_from TIMESTAMP, valid_to TIMESTAMP, known_from TIMESTAMP, known_to TIMESTAMP, changed_after TIMESTAMP,
    last_seen_at TIMESTAMP, loaded_at TIMESTAMP, payload_sha256 VARCHAR, locator VARCHAR);
CREATE TABLE sighting (table_name VARCHAR, key_id BIGINT, seen_at TIMESTAMP, recorded_at TIMESTAMP);
CREATE TABLE book.scope (scope_id BIGINT, table_name VARCHAR, source VARCHAR, scope VARCHAR);
CREATE TABLE book.key_scope (key_id BIGINT, scope_id BIGINT);
CREATE TABLE book.retraction (statement_id BIGINT, recorded_at TIMESTAMP);
CREATE TABLE book.statement (
    statement_id BIGINT, scope_id BIGINT, valid_at TIMESTAMP, recorded_at TIMESTAMP, said_at TIMESTAMP,
    ordinal INTEGER, complete BOOLEAN, row_count BIGINT, refused_count BIGINT, loaded_at TIMESTAMP);
CREATE TABLE source (name VARCHAR, kind VARCHAR, kind_rank INTEGER);
CREATE TABLE accelerator (
    accelerator_id VARCHAR, family VARCHAR, vendor VARCHAR, architecture VARCHAR, form_factor VARCHAR,
    form_stated BOOLEAN, memory_gb DOUBLE, evidence VARCHAR);
CREATE TABLE accelerator_spec (
    accelerator_id VARCHAR, memory_gb DOUBLE, memory_bandwidth_gb_s DOUBLE,
    dense_bf16_tflop_s DOUBLE, dense_fp16_tflop_s DOUBLE);
CREATE TABLE spec_arithmetic (
    accelerator_id VARCHAR, rule VARCHAR, precision VARCHAR, scope VARCHAR, value DOUBLE, compared_value DOUBLE,
    source VARCHAR, compared_source VARCHAR, ratio DOUBLE, expected_ratio DOUBLE, is_explained BOOLEAN);
CREATE TABLE rental_price (
    source VARCHAR, provider VARCHAR, sku VARCHAR, region VARCHAR, zone VARCHAR, accelerator_id VARCHAR,
    accelerator_count DECIMAL(9, 4), purchase_model VARCHAR, service_tier VARCHAR, price_state VARCHAR,
    price_usd_per_hour DECIMAL(24, 12), price_usd_per_accelerator_hour DECIMAL(24, 12), last_seen_at TIMESTAMP,
    age_hours DOUBLE, quality VARCHAR, quality_reason VARCHAR);
INSERT INTO source VALUES
    ('own', 'provider', 1), ('copy', 'copy', 2), ('panel', 'aggregator', 3), ('list', 'hand_kept', 4),
    ('mine', 'private', 9);
"""
H100 = "nvidia-h100-sxm-80gb"


def at(text: str) -> datetime:
    """'2026-07-01' or '2026-07-01 14:00'."""
    return datetime.fromisoformat(text)


class Ledger:
    """Rows in, rows out. A quote's ``seen`` are its sightings; the first is where it begins."""

    def __init__(self) -> None:
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute(SCHEMA)
        self.con.execute(sql("ledger/utc"))
        self.next_id = 1
        self.keys: dict[tuple[Any, ...], int] = {}

    def quote(
        self,
        price: float | str | None,
        *seen: str,
        until: str | None = None,
        known_from: str | None = None,
        known_to: str | None = None,
        recorded: str | None = None,
        source: str = "panel",
        provider: str = "lambda",
        sku: str = "",
        region: str = "",
        zone: str = "",
        accelerator: str = H100,
        count: float = 1,
        model: str = "on_demand",
        tier: str = "",
    ) -> int:
        """A version at ``price`` an accelerator-hour; its key_id."""
        key = (source, provider, sku, region, zone, accelerator, count, model, tier)
        key_id = self.keys.setdefault(key, len(self.keys) + 1)
        each = None if price is None else Decimal(str(price))
        row = [self.next_id, key_id, *key[:6], Decimal(str(count)), model, tier]
        row += ["listed" if each else "contact_sales", each * Decimal(str(count)) if each else None, each, "", "USD"]
        row += [None, None, at(seen[0]), at(until) if until else None, at(known_from or seen[0])]
        row += [at(known_to) if known_to else None, None, at(seen[-1]), at(seen[0]), "", ""]
        self.con.execute(f"INSERT INTO rental_price_version VALUES ({', '.join('?' * len(row))})", row)
        for moment in seen:
            sighted = ["rental_price", key_id, at(moment), at(recorded or moment)]
            self.con.execute("INSERT INTO sighting VALUES (?, ?, ?, ?)", sighted)
        self.next_id += 1
        return key_id

    def build(self, as_of: str, through: str = "price_index_monthly") -> "Ledger":
        build_marts(self.con, at(as_of), STEPS[: STEPS.index(through) + 1])
        return self

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def suspects(self) -> dict[int, str]:
        """Reason by key_id."""
        return dict(self.rows("SELECT key_id, quality_reason FROM rental_price_quality"))

    def index(self, day: str, market: str = "all", accelerator: str = H100, model: str = "on_demand") -> Any:
        """(p10, median, p90, offer_count, provider_count, state) of a day, None without a row."""
        found = self.con.execute(
            "SELECT CAST(p10 AS DOUBLE), CAST(median AS DOUBLE), CAST(p90 AS DOUBLE), offer_count, provider_count,"
            " state FROM price_index_daily WHERE day = ? AND market = ? AND accelerator_id = ? AND purchase_model = ?",
            [date.fromisoformat(day), market, accelerator, model],
        ).fetchall()
        assert len(found) <= 1
        return found[0] if found else None

    def median(self, day: str, **which: str) -> float | None:
        found = self.index(day, **which)
        return None if found is None else found[1]

    def state(self, day: str, **which: str) -> str | None:
        found = self.index(day, **which)
        return None if found is None else found[5]


def daily(first: str, days: int) -> list[str]:
    """A sighting at noon of each of ``days`` days."""
    return [str(at(first) + timedelta(days=n, hours=12)) for n in range(days)]
