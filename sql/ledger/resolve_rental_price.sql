-- Grain: one row per provider, sku, region, zone, accelerator, count, purchase model and tier: several sources resolved.
-- The source seen most recently before the asked moment, as known then; among those within 24 hours of it the better
-- kind, then the name. Nothing is averaged: low and high show what all sources in force say. What was taken in since the
-- marts were built is neither ok nor suspect: its quality is null, the reason not_judged.
-- Reads: rental_price_seen_at, source, rental_price_quality, rental_price_judged.

CREATE OR REPLACE MACRO rental_price_at(valid_at, known_at) AS TABLE
WITH in_force AS (
    SELECT
        v.*, s.kind_rank,
        max(v.last_seen_at) OVER key AS newest_seen_at,
        count(*) OVER key AS source_count,
        min(v.price_usd_per_hour) OVER key AS low_usd_per_hour,
        max(v.price_usd_per_hour) OVER key AS high_usd_per_hour
    FROM rental_price_seen_at(valid_at, known_at) AS v
    JOIN source AS s ON s.name = v.source
    WINDOW key AS (
        PARTITION BY v.provider, v.sku, v.region, v.zone, v.accelerator_id, v.accelerator_count, v.purchase_model,
            v.service_tier
    )
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY provider, sku, region, zone, accelerator_id, accelerator_count, purchase_model, service_tier
            ORDER BY last_seen_at < newest_seen_at - INTERVAL 24 HOUR, kind_rank, source
        ) AS place,
        min(CASE WHEN last_seen_at >= newest_seen_at - INTERVAL 7 DAY THEN price_usd_per_hour END) OVER key AS low_week,
        max(CASE WHEN last_seen_at >= newest_seen_at - INTERVAL 7 DAY THEN price_usd_per_hour END) OVER key AS high_week
    FROM in_force
    WINDOW key AS (
        PARTITION BY provider, sku, region, zone, accelerator_id, accelerator_count, purchase_model, service_tier
    )
)
SELECT
    r.provider, r.sku, r.region, r.zone, r.accelerator_id, r.accelerator_count, r.purchase_model, r.service_tier,
    r.price_state, r.price_usd_per_hour, r.price_usd_per_accelerator_hour, r.price_raw, r.currency, r.vcpu_count,
    r.host_memory_gib, r.source, r.last_seen_at,
    round(epoch(book.utc(valid_at) - r.last_seen_at) / 3600, 2) AS age_hours,
    r.source_count, r.low_usd_per_hour, r.high_usd_per_hour,
    coalesce(r.high_week <= r.low_week * 1.02, true) AS agrees,
    CASE WHEN q.quality IS NOT NULL THEN q.quality WHEN r.loaded_at <= j.loaded_until THEN 'ok' END AS quality,
    CASE WHEN r.loaded_at <= j.loaded_until THEN q.quality_reason ELSE 'not_judged' END AS quality_reason,
    r.valid_from, r.changed_after, r.key_id, r.version_id
FROM ranked AS r
LEFT JOIN rental_price_quality AS q ON q.key_id = r.key_id AND q.valid_from = r.valid_from
CROSS JOIN rental_price_judged AS j
WHERE r.place = 1;

-- The present: without what was last seen more than 180 days before its provider's newest sighting.
CREATE OR REPLACE VIEW rental_price AS
SELECT * FROM rental_price_at(now(), now())
QUALIFY last_seen_at >= max(last_seen_at) OVER (PARTITION BY provider) - INTERVAL 180 DAY;
