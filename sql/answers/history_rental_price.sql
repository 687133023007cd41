-- Every version of rental prices, oldest first. `all_beliefs` shows also what is no longer believed.
-- Parameters: known_at, at (null: any time), all_beliefs, accelerator (id or family), provider, region, purchase_model, sku; null: any.
SELECT
    v.valid_from, v.valid_to, v.known_from, v.known_to, v.changed_after, v.last_seen_at, v.source, v.provider, v.sku,
    v.region, v.zone, v.accelerator_id, v.accelerator_count, v.purchase_model, v.service_tier, v.price_usd_per_hour,
    v.price_usd_per_accelerator_hour, v.price_state, v.version_id
FROM rental_price_version AS v
JOIN accelerator AS a ON a.accelerator_id = v.accelerator_id
WHERE v.known_from <= $known_at
  AND ($all_beliefs OR v.known_to IS NULL OR $known_at < v.known_to)
  AND ($at IS NULL OR (v.valid_from <= $at AND (v.valid_to IS NULL OR $at < v.valid_to)))
  AND ($accelerator IS NULL OR v.accelerator_id = $accelerator OR a.family = $accelerator)
  AND ($provider IS NULL OR v.provider = $provider)
  AND ($region IS NULL OR v.region = $region)
  AND ($purchase_model IS NULL OR v.purchase_model = $purchase_model)
  AND ($sku IS NULL OR v.sku = $sku)
ORDER BY v.provider, v.sku, v.region, v.zone, v.purchase_model, v.service_tier, v.source, v.valid_from, v.known_from;
