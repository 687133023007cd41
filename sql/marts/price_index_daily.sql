-- The price index: what the market asks for an accelerator-hour, day by day, and how much there is behind the figure.
-- Grain: method_version, accelerator_id, market, purchase_model, day; from the first sighting of a series to 75 days
-- past its last.
-- Reads: provider_price_at (provider_price_daily.sql), calendar.
--
-- The rules, method v1 (docs/index_method.md):
--   * A segment's p10, median and p90 are quantiles over its providers' values, one each, interpolated between
--     neighbours: of n sorted values the one at place (n - 1) x q, counted from 0.
--   * Market 'all': each figure is the median over the segments of that figure, so that twenty neoclouds do not outvote
--     three hyperscalers.
--   * State: ok, 3 or more of the providers seen within 7 days; thin, 1 or 2; stale, newest sighting 8 to 75 days old;
--     gap, older or none: no value. Ages are in days, from the day of the sighting to the day. Nothing is interpolated.

CREATE OR REPLACE MACRO price_index_at(known_at) AS TABLE
WITH provider_day AS (
    SELECT
        *,
        CASE WHEN date_diff('day', CAST(seen_at AS DATE), day) <= 7 THEN 1 ELSE 0 END AS is_fresh,
        ROW_NUMBER() OVER (PARTITION BY accelerator_id, market, purchase_model, day ORDER BY price, provider) - 1 AS place,
        COUNT(*) OVER (PARTITION BY accelerator_id, market, purchase_model, day) - 1 AS last_place
    FROM provider_price_at(known_at)
),

segment_day AS (
    SELECT
        accelerator_id,
        market,
        purchase_model,
        day,
        SUM(price * GREATEST(0.0, 1.0 - ABS(place - 0.1 * last_place))) AS p10,
        SUM(price * GREATEST(0.0, 1.0 - ABS(place - 0.5 * last_place))) AS median,
        SUM(price * GREATEST(0.0, 1.0 - ABS(place - 0.9 * last_place))) AS p90,
        SUM(offer_count) AS offer_count,
        COUNT(*) AS provider_count,
        SUM(is_fresh) AS fresh_provider_count,
        MAX(seen_at) AS seen_at
    FROM provider_day
    GROUP BY accelerator_id, market, purchase_model, day
),

market_day AS (
    SELECT * FROM segment_day
    UNION ALL
    SELECT
        accelerator_id,
        'all' AS market,
        purchase_model,
        day,
        MIN(p10) AS p10,
        MEDIAN(median) AS median,
        MAX(p90) AS p90,
        SUM(offer_count) AS offer_count,
        SUM(provider_count) AS provider_count,
        SUM(fresh_provider_count) AS fresh_provider_count,
        MAX(seen_at) AS seen_at
    FROM segment_day
    GROUP BY accelerator_id, purchase_model, day
),

series AS (
    SELECT
        accelerator_id,
        market,
        purchase_model,
        MIN(day) AS first_day,
        CAST(CAST(MAX(seen_at) AS DATE) + INTERVAL 75 DAY AS DATE) AS last_day
    FROM market_day
    GROUP BY accelerator_id, market, purchase_model
),

series_day AS (
    SELECT
        series.accelerator_id,
        series.market,
        series.purchase_model,
        calendar.day,
        market_day.p10,
        market_day.median,
        market_day.p90,
        COALESCE(market_day.offer_count, 0) AS offer_count,
        COALESCE(market_day.provider_count, 0) AS provider_count,
        COALESCE(market_day.fresh_provider_count, 0) AS fresh_provider_count,
        MAX(market_day.seen_at) OVER (
            PARTITION BY series.accelerator_id, series.market, series.purchase_model
            ORDER BY calendar.day
        ) AS seen_at
    FROM series
    INNER JOIN calendar ON calendar.day >= series.first_day AND calendar.day <= series.last_day
    LEFT JOIN market_day
        ON market_day.accelerator_id = series.accelerator_id
        AND market_day.market = series.market
        AND market_day.purchase_model = series.purchase_model
        AND market_day.day = calendar.day
)

SELECT
    'v1' AS method_version,
    accelerator_id,
    market,
    purchase_model,
    day,
    CAST(ROUND(p10, 9) AS DECIMAL(24, 12)) AS p10,
    CAST(ROUND(median, 9) AS DECIMAL(24, 12)) AS median,
    CAST(ROUND(p90, 9) AS DECIMAL(24, 12)) AS p90,
    CAST(offer_count AS BIGINT) AS offer_count,
    CAST(provider_count AS BIGINT) AS provider_count,
    CAST(fresh_provider_count AS BIGINT) AS fresh_provider_count,
    ROUND(date_diff('minute', seen_at, CAST(day AS TIMESTAMP) + INTERVAL 1 DAY) / 60.0, 1) AS newest_observation_age_hours,
    CASE
        WHEN median IS NULL THEN 'gap'
        WHEN fresh_provider_count >= 3 THEN 'ok'
        WHEN fresh_provider_count >= 1 THEN 'thin'
        ELSE 'stale'
    END AS state
FROM series_day;

CREATE OR REPLACE TABLE price_index_daily AS
SELECT price_index.*
FROM price_index_at((SELECT now FROM as_of)) AS price_index
ORDER BY method_version, accelerator_id, market, purchase_model, day;

COMMENT ON TABLE price_index_daily IS 'Price of an accelerator-hour by market, day by day, with what stands behind it. Source: rental_price_version, sighting; method in docs/index_method.md';
COMMENT ON COLUMN price_index_daily.method_version IS 'Version of the method; a change of method is a new version beside the old';
COMMENT ON COLUMN price_index_daily.accelerator_id IS 'What is rented; an id without a form is a series of its own';
COMMENT ON COLUMN price_index_daily.market IS 'hyperscaler, neocloud, marketplace; all is the median of the segments';
COMMENT ON COLUMN price_index_daily.purchase_model IS 'on_demand, spot, reserved_1y, ...';
COMMENT ON COLUMN price_index_daily.day IS 'Day, UTC, at its close';
COMMENT ON COLUMN price_index_daily.p10 IS 'USD an accelerator-hour: tenth percentile over providers; of all, the lowest of the segments''; null on a gap';
COMMENT ON COLUMN price_index_daily.median IS 'USD an accelerator-hour: median over providers; null on a gap';
COMMENT ON COLUMN price_index_daily.p90 IS 'USD an accelerator-hour: ninetieth percentile over providers; of all, the highest of the segments''; null on a gap';
COMMENT ON COLUMN price_index_daily.offer_count IS 'Quotes behind the value';
COMMENT ON COLUMN price_index_daily.provider_count IS 'Providers behind the value';
COMMENT ON COLUMN price_index_daily.fresh_provider_count IS 'Those of them that were seen within 7 days';
COMMENT ON COLUMN price_index_daily.newest_observation_age_hours IS 'Hours from the newest sighting of the series to the close of the day';
COMMENT ON COLUMN price_index_daily.state IS 'ok (3 or more providers seen within 7 days), thin (1 or 2), stale (newest sighting 8 to 75 days old), gap (older or none; no value)';
