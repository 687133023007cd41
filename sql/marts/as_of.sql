-- The moment of the refresh: what marts call now. Grain: one row.
-- Reads: as_of_rows (now), registered by pipelines.marts.

CREATE OR REPLACE TABLE as_of AS
SELECT CAST(now AS TIMESTAMP) AS now
FROM as_of_rows;

COMMENT ON TABLE as_of IS 'The moment of the refresh that built this file; no mart asks the clock';
COMMENT ON COLUMN as_of.now IS 'UTC';
