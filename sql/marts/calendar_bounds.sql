-- The first and the last day of the calendar. Grain: one row.
-- Reads: sighting, as_of.

SELECT
    CAST(COALESCE(MIN(sighting.seen_at), MAX(as_of.now)) AS DATE) AS first_day,
    CAST(MAX(as_of.now) AS DATE) AS last_day
FROM as_of
LEFT JOIN sighting ON sighting.table_name = 'rental_price' AND sighting.seen_at <= as_of.now;
