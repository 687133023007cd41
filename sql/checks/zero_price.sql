-- There is no price of zero or less in any mart: free is not a price. Returns what breaks this.
-- Reads: provider_price_daily, price_index_daily, cost_curve, tier_recommendation.

SELECT 'provider_price_daily' AS relation, accelerator_id, provider AS detail FROM provider_price_daily WHERE low <= 0
UNION ALL
SELECT 'price_index_daily' AS relation, accelerator_id, market AS detail FROM price_index_daily WHERE p10 <= 0
UNION ALL
SELECT 'cost_curve' AS relation, accelerator_id, scenario AS detail FROM cost_curve WHERE low <= 0
UNION ALL
SELECT 'tier_recommendation' AS relation, accelerator_id, workload AS detail
FROM tier_recommendation
WHERE price_usd_per_hour <= 0 OR price_usd_per_mtok <= 0;
