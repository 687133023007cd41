-- API prices in force at a pair of times. Parameters: at, known_at, model (id or the upstream's spelling, or a part of
-- one with %), provider, modality, unit; null: any.
SELECT
    provider, model_id, sku, modality, unit, condition, price_usd_per_unit,
    CASE WHEN unit LIKE '%token' THEN price_usd_per_unit * 1000000 END AS price_usd_per_mtok,
    price_state, source, last_seen_at, age_hours, version_id
FROM api_price_at(CAST($at AS TIMESTAMP), CAST($known_at AS TIMESTAMP))
WHERE ($model IS NULL OR model_id ILIKE $model OR sku ILIKE $model)
  AND ($provider IS NULL OR provider = $provider)
  AND ($modality IS NULL OR modality = $modality)
  AND ($unit IS NULL OR unit = $unit)
ORDER BY model_id, provider, unit, condition, sku;
