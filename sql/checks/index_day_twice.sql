-- One row a series and day. Returns the days that break this. Reads: price_index_daily.

SELECT method_version, accelerator_id, market, purchase_model, day, COUNT(*) AS row_count
FROM price_index_daily
GROUP BY method_version, accelerator_id, market, purchase_model, day
HAVING COUNT(*) > 1;
