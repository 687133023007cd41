"""In which order prices are answered."""

import duckdb

from pipelines.sql_files import sql

OFFERS = """
CREATE TABLE offer AS
SELECT
    provider, quality, each AS price_usd_per_hour, each AS price_usd_per_accelerator_hour,
    'nvidia-l4-24gb' AS accelerator_id, 1 AS accelerator_count, '' AS region, '' AS zone, '' AS sku,
    'on_demand' AS purchase_model, '' AS service_tier, 'listed' AS price_state, 'panel' AS source,
    TIMESTAMP '2026-08-01' AS last_seen_at, 0.0 AS age_hours, true AS agrees, '' AS quality_reason, '' AS version_id
FROM (VALUES
    ('elsewhere', 'suspect', 0.1), ('dear', 'ok', 0.9), ('unjudged', NULL, 0.5), ('cheap', 'ok', 0.4),
    ('asks', 'ok', NULL)
) AS t (provider, quality, each);
CREATE MACRO rental_price_at(valid_at, known_at) AS TABLE SELECT * FROM offer;
CREATE TABLE accelerator AS SELECT 'nvidia-l4-24gb' AS accelerator_id, 'nvidia-l4' AS family;
"""
ANY = dict.fromkeys(("accelerator", "provider", "region", "purchase_model", "sku"))


def test_the_cheapest_comes_first_and_what_is_suspect_last() -> None:
    with duckdb.connect() as con:
        con.execute(OFFERS)
        asked = {**ANY, "at": "2026-08-02", "known_at": "2026-08-02", "present": True}
        rows = con.execute(sql("answers/prices"), asked).fetchall()
        names = [column[0] for column in con.description or []]
    providers = [dict(zip(names, row, strict=True))["provider"] for row in rows]
    assert providers == ["cheap", "unjudged", "dear", "asks", "elsewhere"]
