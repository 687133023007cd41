-- Every version of a model's API prices, oldest first.
-- Parameters: known_at, at (null: any time), all_beliefs, model (id or spelling, % for any part), provider, unit; null: any.
SELECT
    valid_from, valid_to, known_from, known_to, changed_after, last_seen_at, source, provider, model_id, sku, unit,
    condition, price_usd_per_unit, price_state, version_id
FROM api_price_version
WHERE known_from <= $known_at
  AND ($all_beliefs OR known_to IS NULL OR $known_at < known_to)
  AND ($at IS NULL OR (valid_from <= $at AND (valid_to IS NULL OR $at < valid_to)))
  AND ($model IS NULL OR model_id ILIKE $model OR sku ILIKE $model)
  AND ($provider IS NULL OR provider = $provider)
  AND ($unit IS NULL OR unit = $unit)
ORDER BY provider, model_id, sku, unit, condition, source, valid_from, known_from;
