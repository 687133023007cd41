-- The price index of an accelerator, or of each member of a family side by side, the newest day first. Parameters: accelerator, market, purchase_model,
-- since, until; null: any, but where neither day is given the last 30 of each series. Reads: price_index_daily.
SELECT d.accelerator_id, d.market, d.purchase_model, d.day, d.p10, d.median, d.p90, d.offer_count, d.provider_count,
       d.newest_observation_age_hours, d.state, d.method_version
FROM price_index_daily AS d
JOIN accelerator AS a ON a.accelerator_id = d.accelerator_id
WHERE (d.accelerator_id = $accelerator OR a.family = $accelerator)
  AND ($market IS NULL OR d.market = $market)
  AND ($purchase_model IS NULL OR d.purchase_model = $purchase_model)
  AND ($since IS NULL OR d.day >= CAST($since AS DATE))
  AND ($until IS NULL OR d.day <= CAST($until AS DATE))
QUALIFY $since IS NOT NULL OR $until IS NOT NULL
  OR row_number() OVER (PARTITION BY d.accelerator_id, d.market, d.purchase_model ORDER BY d.day DESC) <= 30
ORDER BY d.day DESC, d.accelerator_id, d.market, d.purchase_model;
