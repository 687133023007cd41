-- Before the marts are built for the first time nothing is known to be suspect, and nothing was judged.
-- Grain: one row per suspect version; one row.
CREATE TABLE IF NOT EXISTS rental_price_quality (
    key_id BIGINT, valid_from TIMESTAMP, quality VARCHAR, quality_reason VARCHAR
);
CREATE TABLE IF NOT EXISTS rental_price_judged AS SELECT CAST(NULL AS TIMESTAMP) AS loaded_until;

COMMENT ON TABLE rental_price_judged IS 'Until when what was taken in is judged: later versions are neither ok nor suspect. One row. Source: statements of the ledger';
COMMENT ON COLUMN rental_price_judged.loaded_until IS 'UTC; null before anything was judged';
