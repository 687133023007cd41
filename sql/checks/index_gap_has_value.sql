-- A gap has no value, and every other day has one. Returns the days that break this. Reads: price_index_daily.

SELECT *
FROM price_index_daily
WHERE (state = 'gap') <> (median IS NULL) OR (median IS NULL) <> (p10 IS NULL) OR (median IS NULL) <> (p90 IS NULL);
