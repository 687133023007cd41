-- Before the marts are built for the first time nothing is known to be suspect. Grain: one row per suspect version.
CREATE TABLE IF NOT EXISTS rental_price_quality (
    key_id BIGINT, valid_from TIMESTAMP, quality VARCHAR, quality_reason VARCHAR
);
