-- Grain: one row a day, from the first sighting of a rental price to the day of the refresh.
-- Reads: calendar_rows (day), registered by pipelines.marts, so that no mart needs a series generator.

CREATE OR REPLACE TABLE calendar AS
SELECT CAST(day AS DATE) AS day
FROM calendar_rows;

COMMENT ON TABLE calendar IS 'Every day that a mart can speak of: from the first sighting of a rental price to the day of the refresh. Source: sighting, as_of';
COMMENT ON COLUMN calendar.day IS 'Day, UTC';
