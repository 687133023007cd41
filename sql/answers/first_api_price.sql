-- Since when API prices that match were so, as known then, and since when any of them was on record.
-- Parameters: known_at, model (id or the upstream's spelling, or a part of one with %), provider, modality, unit; null: any.
SELECT
    min(valid_from) FILTER (known_from <= $known_at AND (known_to IS NULL OR $known_at < known_to)) AS first_valid_at,
    min(known_from) AS first_known_at
FROM api_price_version
WHERE ($model IS NULL OR model_id ILIKE $model OR sku ILIKE $model)
  AND ($provider IS NULL OR provider = $provider)
  AND ($modality IS NULL OR modality = $modality)
  AND ($unit IS NULL OR unit = $unit);
