-- A day is ok with 3 fresh providers or more, thin with 1 or 2, stale with none, and a gap has none behind it.
-- Returns the days that break this. Reads: price_index_daily.

SELECT *
FROM price_index_daily
WHERE (state = 'ok' AND fresh_provider_count < 3)
    OR (state = 'thin' AND fresh_provider_count NOT IN (1, 2))
    OR (state = 'stale' AND (fresh_provider_count > 0 OR provider_count = 0))
    OR (state = 'gap' AND provider_count > 0);
