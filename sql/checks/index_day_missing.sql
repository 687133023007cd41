-- A series has a row for every day from its first to its last: a gap is written down, not left out.
-- Returns the series that break this. Reads: price_index_daily.

SELECT method_version, accelerator_id, market, purchase_model, COUNT(*) AS row_count, MIN(day) AS first_day, MAX(day) AS last_day
FROM price_index_daily
GROUP BY method_version, accelerator_id, market, purchase_model
HAVING COUNT(*) <> date_diff('day', MIN(day), MAX(day)) + 1;
