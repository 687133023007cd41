-- Which machines stand in which region, by a provider's own list of places. Grain: provider, machine family, region.
-- Reads: offered_region_rows (sources/clouds/gcp_regions.csv).

CREATE OR REPLACE TABLE offered_region AS
SELECT
    CAST(provider AS VARCHAR) AS provider,
    CAST(family AS VARCHAR) AS machine_family,
    CAST(region AS VARCHAR) AS region,
    COALESCE(TRY_CAST(NULLIF(first_on, '') AS DATE), DATE '0001-01-01') AS first_on,
    COALESCE(TRY_CAST(NULLIF(last_on, '') AS DATE), DATE '9999-12-31') AS last_on
FROM offered_region_rows;

COMMENT ON TABLE offered_region IS 'Machine families and the regions that have them. A provider that is not here keeps no such list. Source: sources/clouds/gcp_regions.csv';
COMMENT ON COLUMN offered_region.provider IS 'Who rents it out';
COMMENT ON COLUMN offered_region.machine_family IS 'What its skus begin with, before a hyphen';
COMMENT ON COLUMN offered_region.region IS 'The provider''s name of the region';
COMMENT ON COLUMN offered_region.first_on IS 'Day of the first list that has it; 0001-01-01 where that is the first list there is';
COMMENT ON COLUMN offered_region.last_on IS 'Day of the last list that has it; 9999-12-31 where that is the newest';
