-- Before the marts are built for the first time nothing is known to be suspect, and nothing was judged.
-- Grain: one row per suspect version; one row.
CREATE TABLE IF NOT EXISTS rental_price_quality (
    key_id BIGINT, valid_from TIMESTAMP, quality VARCHAR, quality_reason VARCHAR
);
CREATE TABLE IF NOT EXISTS rental_price_judged AS SELECT CAST(NULL AS TIMESTAMP) AS loaded_until;
