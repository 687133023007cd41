-- p10 <= median <= p90 on every day. Returns the days that break this. Reads: price_index_daily.

SELECT *
FROM price_index_daily
WHERE p10 > median OR median > p90;
