-- A month of the index, and a month of one provider's own prices.
-- Grain: method_version, accelerator_id, market, purchase_model, month; and accelerator_id, purchase_model, provider, month.
-- Reads: price_index_daily, provider_price_daily, calendar.
--
-- A month's value is the median of its ok and thin days; where it has none, of its stale days, and then its state is
-- stale. Its state is otherwise that of the more of the days that count (ok before thin). month_end is its last day that
-- is no gap: steps between months are read there, because a median smears a cut over the month it falls in.

CREATE OR REPLACE VIEW price_index_monthly AS
WITH sorted AS (
    SELECT
        *,
        CAST(date_trunc('month', day) AS DATE) AS month,
        MAX(CASE WHEN state IN ('ok', 'thin') THEN 1 ELSE 0 END)
            OVER (PARTITION BY method_version, accelerator_id, market, purchase_model, date_trunc('month', day)) AS has_fresh
    FROM price_index_daily
),

counted AS (
    SELECT *, CASE WHEN has_fresh = 1 THEN state IN ('ok', 'thin') ELSE state = 'stale' END AS counts
    FROM sorted
),

month AS (
    SELECT
        method_version,
        accelerator_id,
        market,
        purchase_model,
        month,
        MEDIAN(p10) FILTER (WHERE counts) AS p10,
        MEDIAN(median) FILTER (WHERE counts) AS median,
        MEDIAN(p90) FILTER (WHERE counts) AS p90,
        COUNT(*) FILTER (WHERE state = 'ok') AS ok_day_count,
        COUNT(*) FILTER (WHERE state = 'thin') AS thin_day_count,
        COUNT(*) FILTER (WHERE state = 'stale') AS stale_day_count,
        COUNT(*) FILTER (WHERE state = 'gap') AS gap_day_count,
        MAX(provider_count) AS provider_count,
        MAX(day) FILTER (WHERE state <> 'gap') AS month_end
    FROM counted
    GROUP BY method_version, accelerator_id, market, purchase_model, month
)

SELECT
    month.method_version,
    month.accelerator_id,
    month.market,
    month.purchase_model,
    month.month,
    CAST(month.p10 AS DECIMAL(24, 12)) AS p10,
    CAST(month.median AS DECIMAL(24, 12)) AS median,
    CAST(month.p90 AS DECIMAL(24, 12)) AS p90,
    CASE
        WHEN month.ok_day_count > 0 AND month.ok_day_count >= month.thin_day_count THEN 'ok'
        WHEN month.thin_day_count > 0 THEN 'thin'
        WHEN month.stale_day_count > 0 THEN 'stale'
        ELSE 'gap'
    END AS state,
    month.ok_day_count,
    month.thin_day_count,
    month.stale_day_count,
    month.gap_day_count,
    month.provider_count,
    month.month_end,
    last_day.median AS month_end_median,
    last_day.state AS month_end_state
FROM month
LEFT JOIN price_index_daily AS last_day
    ON last_day.method_version = month.method_version
    AND last_day.accelerator_id = month.accelerator_id
    AND last_day.market = month.market
    AND last_day.purchase_model = month.purchase_model
    AND last_day.day = month.month_end;

COMMENT ON VIEW price_index_monthly IS 'The index by month: median of its ok and thin days, else of its stale ones. Source: price_index_daily';
COMMENT ON COLUMN price_index_monthly.method_version IS 'Version of the method';
COMMENT ON COLUMN price_index_monthly.accelerator_id IS 'What is rented';
COMMENT ON COLUMN price_index_monthly.market IS 'hyperscaler, neocloud, marketplace, all';
COMMENT ON COLUMN price_index_monthly.purchase_model IS 'on_demand, spot, reserved_1y, ...';
COMMENT ON COLUMN price_index_monthly.month IS 'First day of the month';
COMMENT ON COLUMN price_index_monthly.p10 IS 'USD an accelerator-hour: median of the days'' p10';
COMMENT ON COLUMN price_index_monthly.median IS 'USD an accelerator-hour: median of the days'' medians';
COMMENT ON COLUMN price_index_monthly.p90 IS 'USD an accelerator-hour: median of the days'' p90';
COMMENT ON COLUMN price_index_monthly.state IS 'ok or thin (whichever more of the days are), stale (only stale days), gap (no value)';
COMMENT ON COLUMN price_index_monthly.ok_day_count IS 'Days, of the month''s rows';
COMMENT ON COLUMN price_index_monthly.thin_day_count IS 'Days, of the month''s rows';
COMMENT ON COLUMN price_index_monthly.stale_day_count IS 'Days, of the month''s rows';
COMMENT ON COLUMN price_index_monthly.gap_day_count IS 'Days, of the month''s rows';
COMMENT ON COLUMN price_index_monthly.provider_count IS 'Most providers on any day of the month';
COMMENT ON COLUMN price_index_monthly.month_end IS 'The month''s last day that is no gap: read steps between months there';
COMMENT ON COLUMN price_index_monthly.month_end_median IS 'USD an accelerator-hour on that day';
COMMENT ON COLUMN price_index_monthly.month_end_state IS 'State of that day';

CREATE OR REPLACE VIEW provider_price_monthly AS
WITH dated AS (
    SELECT
        *,
        CAST(date_trunc('month', day) AS DATE) AS month,
        date_diff('day', CAST(seen_at AS DATE), day) <= 7 AS is_fresh,
        MAX(CASE WHEN date_diff('day', CAST(seen_at AS DATE), day) <= 7 THEN 1 ELSE 0 END)
            OVER (PARTITION BY accelerator_id, purchase_model, provider, date_trunc('month', day)) AS has_fresh
    FROM provider_price_daily
),

priced AS (
    SELECT
        accelerator_id,
        market,
        purchase_model,
        provider,
        month,
        MEDIAN(low) FILTER (WHERE is_fresh OR has_fresh = 0) AS low,
        MEDIAN(median) FILTER (WHERE is_fresh OR has_fresh = 0) AS median,
        MEDIAN(high) FILTER (WHERE is_fresh OR has_fresh = 0) AS high,
        MAX(has_fresh) AS has_fresh,
        MAX(day) AS month_end
    FROM dated
    GROUP BY accelerator_id, market, purchase_model, provider, month
),

series AS (
    SELECT accelerator_id, market, purchase_model, provider, MIN(month) AS first_month, MAX(month) AS last_month
    FROM priced
    GROUP BY accelerator_id, market, purchase_model, provider
),

month AS (
    SELECT DISTINCT CAST(date_trunc('month', day) AS DATE) AS month FROM calendar
)

SELECT
    series.accelerator_id,
    series.market,
    series.purchase_model,
    series.provider,
    month.month,
    CAST(priced.low AS DECIMAL(24, 12)) AS low,
    CAST(priced.median AS DECIMAL(24, 12)) AS median,
    CAST(priced.high AS DECIMAL(24, 12)) AS high,
    CASE WHEN priced.month IS NULL THEN 'gap' WHEN priced.has_fresh = 1 THEN 'thin' ELSE 'stale' END AS state,
    priced.month_end,
    last_day.median AS month_end_median
FROM series
INNER JOIN month ON month.month >= series.first_month AND month.month <= series.last_month
LEFT JOIN priced
    ON priced.accelerator_id = series.accelerator_id
    AND priced.purchase_model = series.purchase_model
    AND priced.provider = series.provider
    AND priced.month = month.month
LEFT JOIN provider_price_daily AS last_day
    ON last_day.accelerator_id = priced.accelerator_id
    AND last_day.purchase_model = priced.purchase_model
    AND last_day.provider = priced.provider
    AND last_day.day = priced.month_end;

COMMENT ON VIEW provider_price_monthly IS 'One provider''s price of an accelerator-hour by month, by the rule of the index: one provider is thin at best. Source: provider_price_daily';
COMMENT ON COLUMN provider_price_monthly.accelerator_id IS 'What is rented';
COMMENT ON COLUMN provider_price_monthly.market IS 'Segment of the provider';
COMMENT ON COLUMN provider_price_monthly.purchase_model IS 'on_demand, spot, reserved_1y, ...';
COMMENT ON COLUMN provider_price_monthly.provider IS 'Who rents it out';
COMMENT ON COLUMN provider_price_monthly.month IS 'First day of the month';
COMMENT ON COLUMN provider_price_monthly.low IS 'USD an accelerator-hour: the cheapest region and sku';
COMMENT ON COLUMN provider_price_monthly.median IS 'USD an accelerator-hour: the median over regions and skus';
COMMENT ON COLUMN provider_price_monthly.high IS 'USD an accelerator-hour: the dearest region and sku';
COMMENT ON COLUMN provider_price_monthly.state IS 'thin (seen within 7 days of some day of the month), stale, gap (no value)';
COMMENT ON COLUMN provider_price_monthly.month_end IS 'The month''s last day that has a value';
COMMENT ON COLUMN provider_price_monthly.month_end_median IS 'USD an accelerator-hour on that day';
