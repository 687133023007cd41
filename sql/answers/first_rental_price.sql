-- Since when rental prices that match were so, as known then, and since when any of them was on record.
-- Parameters: known_at, accelerator (id or family), provider, region, purchase_model, sku; null: any.
SELECT
    min(v.valid_from) FILTER (v.known_from <= $known_at AND (v.known_to IS NULL OR $known_at < v.known_to)) AS first_valid_at,
    min(v.known_from) AS first_known_at
FROM rental_price_version AS v
JOIN accelerator AS a ON a.accelerator_id = v.accelerator_id
WHERE ($accelerator IS NULL OR v.accelerator_id = $accelerator OR a.family = $accelerator)
  AND ($provider IS NULL OR v.provider = $provider)
  AND ($region IS NULL OR v.region = $region)
  AND ($purchase_model IS NULL OR v.purchase_model = $purchase_model)
  AND ($sku IS NULL OR v.sku = $sku);
