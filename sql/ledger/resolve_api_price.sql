-- Grain: one row per provider, model, sku, modality, unit and condition: several sources resolved as rental prices are.
-- Reads: api_price_seen_at, source.

CREATE OR REPLACE MACRO api_price_at(valid_at, known_at) AS TABLE
WITH in_force AS (
    SELECT
        v.*, s.kind_rank,
        max(v.last_seen_at) OVER key AS newest_seen_at,
        count(*) OVER key AS source_count,
        min(v.price_usd_per_unit) OVER key AS low_usd_per_unit,
        max(v.price_usd_per_unit) OVER key AS high_usd_per_unit
    FROM api_price_seen_at(valid_at, known_at) AS v
    JOIN source AS s ON s.name = v.source
    WINDOW key AS (PARTITION BY v.provider, v.model_id, v.sku, v.modality, v.unit, v.condition)
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY provider, model_id, sku, modality, unit, condition
            ORDER BY last_seen_at < newest_seen_at - INTERVAL 24 HOUR, kind_rank, source
        ) AS place
    FROM in_force
)
SELECT
    provider, model_id, sku, modality, unit, condition, price_usd_per_unit, price_state, source, last_seen_at,
    round(epoch(book.utc(valid_at) - last_seen_at) / 3600, 2) AS age_hours,
    source_count, low_usd_per_unit, high_usd_per_unit,
    coalesce(high_usd_per_unit <= low_usd_per_unit * 1.02, true) AS agrees,
    valid_from, changed_after, key_id, version_id
FROM ranked
WHERE place = 1;

CREATE OR REPLACE VIEW api_price AS
SELECT * FROM api_price_at(now(), now())
QUALIFY last_seen_at >= max(last_seen_at) OVER (PARTITION BY provider) - INTERVAL 180 DAY;
