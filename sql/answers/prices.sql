-- Rental prices in force at a pair of times, cheapest accelerator-hour first, suspects last. `present` leaves out, as the
-- present view does, what was last seen more than 180 days before its provider's newest sighting.
-- Parameters: at, known_at, present, accelerator (id or family), provider, region, purchase_model, sku; null: any.
WITH in_force AS (
    SELECT *, max(last_seen_at) OVER (PARTITION BY provider) AS provider_seen_at
    FROM rental_price_at(CAST($at AS TIMESTAMP), CAST($known_at AS TIMESTAMP))
)
SELECT
    p.accelerator_id, p.accelerator_count, p.provider, p.region, p.zone, p.sku, p.purchase_model, p.service_tier,
    p.price_usd_per_hour, p.price_usd_per_accelerator_hour, p.price_state, p.source, p.last_seen_at, p.age_hours,
    p.agrees, p.quality, p.quality_reason, p.version_id
FROM in_force AS p
JOIN accelerator AS a ON a.accelerator_id = p.accelerator_id
WHERE ($accelerator IS NULL OR p.accelerator_id = $accelerator OR a.family = $accelerator)
  AND ($provider IS NULL OR p.provider = $provider)
  AND ($region IS NULL OR p.region = $region)
  AND ($purchase_model IS NULL OR p.purchase_model = $purchase_model)
  AND ($sku IS NULL OR p.sku = $sku)
  AND (NOT $present OR p.last_seen_at >= p.provider_seen_at - INTERVAL 180 DAY)
ORDER BY
    p.quality IS NOT DISTINCT FROM 'suspect', -- what nobody has judged yet stands among those that are ok
    p.price_usd_per_accelerator_hour NULLS LAST, p.provider, p.region, p.sku, p.purchase_model;
