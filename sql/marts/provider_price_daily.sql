-- What one provider asked for one accelerator-hour on one day: the middle step between quotes and the index.
-- Grain: provider, accelerator_id, purchase_model, day; only days that have a value.
-- Reads: rental_price_version, sighting, rental_price_quality_at, public_source, provider_market, calendar.
--
-- The rules (docs/index_method.md):
--   * A day shows what was in force at its close (the last instant before the next midnight, UTC).
--   * A quote counts from a sighting on, until it is seen otherwise or 75 days have passed since it was last seen.
--   * It has a price, of whole cards (a share of a card is another good), from a public source, and is not suspect.
--   * Several sources of one offer: the one seen most recently; within 24 hours of each other the better kind, then the
--     name. The rule of rental_price.
--   * A quote without region or sku does not count where the same provider and accelerator are present with more of
--     them stated: a summary beside the list that it sums up.
--   * The provider's value is the median of what is left, over its regions, zones and skus.

CREATE OR REPLACE MACRO provider_price_at(known_at) AS TABLE
WITH asked AS (
    SELECT book.utc(known_at) AS known_at
),

-- One offer may have several sources; most have one, and need no resolving.
quote AS (
    SELECT
        price.key_id,
        price.source,
        public_source.kind_rank,
        price.provider,
        COALESCE(provider_market.market, 'neocloud') AS market,
        price.accelerator_id,
        price.purchase_model,
        CASE WHEN price.region = '' THEN 0 ELSE 1 END + CASE WHEN price.sku = '' THEN 0 ELSE 1 END AS stated_count,
        CAST(price.price_usd_per_accelerator_hour AS DOUBLE) AS price,
        price.valid_from,
        COALESCE(price.valid_to, TIMESTAMP '9999-12-31') AS valid_until,
        MIN(price.key_id) OVER offer AS offer_id,
        MIN(price.key_id) OVER offer < MAX(price.key_id) OVER offer AS has_several_sources
    FROM rental_price_version AS price
    CROSS JOIN asked
    INNER JOIN public_source ON public_source.name = price.source
    LEFT JOIN provider_market ON provider_market.provider = price.provider
    LEFT JOIN rental_price_quality_at(known_at) AS quality
        ON quality.key_id = price.key_id AND quality.valid_from = price.valid_from
    WHERE price.known_from <= asked.known_at
        AND asked.known_at < COALESCE(price.known_to, TIMESTAMP '9999-12-31')
        AND price.price_usd_per_accelerator_hour IS NOT NULL
        AND price.accelerator_count = FLOOR(price.accelerator_count)
        AND quality.key_id IS NULL
    WINDOW offer AS (
        PARTITION BY
            price.provider,
            price.sku,
            price.region,
            price.zone,
            price.accelerator_id,
            price.accelerator_count,
            price.purchase_model,
            price.service_tier
    )
),

series AS (
    SELECT
        accelerator_id,
        purchase_model,
        market,
        provider,
        MIN(key_id) AS series_id
    FROM quote
    GROUP BY accelerator_id, purchase_model, market, provider
),

seen_on AS (
    SELECT
        quote.key_id,
        quote.valid_from,
        CAST(sighting.seen_at AS DATE) AS seen_day,
        MAX(sighting.seen_at) AS seen_at
    FROM quote
    CROSS JOIN asked
    INNER JOIN sighting
        ON sighting.key_id = quote.key_id
        AND sighting.seen_at >= quote.valid_from
        AND sighting.seen_at < quote.valid_until
    WHERE sighting.table_name = 'rental_price' AND sighting.recorded_at <= asked.known_at
    GROUP BY quote.key_id, quote.valid_from, CAST(sighting.seen_at AS DATE)
),

-- A stretch: the days on which this sighting is the newest of its quote and the quote is in force.
stretch AS (
    SELECT
        series.series_id,
        quote.offer_id,
        quote.has_several_sources,
        quote.source,
        quote.kind_rank,
        quote.stated_count,
        quote.price,
        seen_on.seen_at,
        seen_on.seen_day AS from_day,
        CAST(seen_on.seen_day + INTERVAL 76 DAY AS DATE) AS old_day,
        LEAST(
            CAST(quote.valid_until AS DATE),
            CAST(seen_on.seen_day + INTERVAL 181 DAY AS DATE),
            LEAD(seen_on.seen_day, 1, DATE '9999-12-31')
                OVER (PARTITION BY seen_on.key_id, seen_on.valid_from ORDER BY seen_on.seen_day)
        ) AS until_day
    FROM seen_on
    INNER JOIN quote ON quote.key_id = seen_on.key_id AND quote.valid_from = seen_on.valid_from
    INNER JOIN series
        ON series.accelerator_id = quote.accelerator_id
        AND series.purchase_model = quote.purchase_model
        AND series.provider = quote.provider
),

-- A step: days between which nothing begins or ends in a series, so that one computation serves them all.
boundary AS (
    SELECT series_id, from_day AS day FROM stretch
    UNION
    SELECT series_id, until_day AS day FROM stretch
    UNION
    SELECT series_id, old_day AS day FROM stretch WHERE old_day < until_day
),

step AS (
    SELECT
        series_id,
        day AS from_day,
        LEAD(day) OVER (PARTITION BY series_id ORDER BY day) AS until_day
    FROM boundary
),

offer_step AS (
    SELECT
        step.series_id,
        step.from_day,
        step.until_day,
        stretch.offer_id,
        stretch.has_several_sources,
        stretch.source,
        stretch.kind_rank,
        stretch.stated_count,
        stretch.price,
        stretch.seen_at,
        step.from_day < stretch.old_day AS counts
    FROM step
    INNER JOIN stretch
        ON stretch.series_id = step.series_id
        AND stretch.from_day <= step.from_day
        AND stretch.until_day > step.from_day
),

newest AS (
    SELECT offer_id, from_day, MAX(seen_at) AS seen_at
    FROM offer_step
    WHERE has_several_sources
    GROUP BY offer_id, from_day
),

chosen AS (
    SELECT offer_step.*
    FROM offer_step
    INNER JOIN newest ON newest.offer_id = offer_step.offer_id AND newest.from_day = offer_step.from_day
    WHERE offer_step.has_several_sources AND offer_step.seen_at >= newest.seen_at - INTERVAL 24 HOUR
    QUALIFY
        ROW_NUMBER() OVER (
            PARTITION BY offer_step.offer_id, offer_step.from_day
            ORDER BY offer_step.kind_rank, offer_step.source
        ) = 1
),

resolved AS (
    SELECT * FROM offer_step WHERE NOT has_several_sources
    UNION ALL
    SELECT * FROM chosen
),

-- One value a provider: the best stated of its quotes, those seen within 75 days.
by_stated_count AS (
    SELECT
        series_id,
        from_day,
        until_day,
        stated_count,
        MIN(price) FILTER (WHERE counts) AS low,
        MEDIAN(price) FILTER (WHERE counts) AS price,
        MAX(price) FILTER (WHERE counts) AS high,
        COUNT(*) FILTER (WHERE counts) AS offer_count,
        MAX(seen_at) AS seen_at
    FROM resolved
    GROUP BY series_id, from_day, until_day, stated_count
),

best_stated AS (
    SELECT *
    FROM by_stated_count
    QUALIFY ROW_NUMBER() OVER (PARTITION BY series_id, from_day ORDER BY stated_count DESC) = 1
),

-- Steps to days, by way of months: a join on two inequalities alone would compare every step with every day.
month AS (
    SELECT DISTINCT date_trunc('month', day) AS month FROM calendar
),

step_month AS (
    SELECT best_stated.*, month.month
    FROM best_stated
    INNER JOIN month ON month.month >= date_trunc('month', best_stated.from_day) AND month.month < best_stated.until_day
    WHERE best_stated.offer_count > 0
)

SELECT
    series.accelerator_id,
    series.market,
    series.purchase_model,
    series.provider,
    calendar.day,
    step_month.low,
    step_month.price,
    step_month.high,
    step_month.offer_count,
    step_month.seen_at
FROM step_month
INNER JOIN series ON series.series_id = step_month.series_id
INNER JOIN calendar
    ON date_trunc('month', calendar.day) = step_month.month
    AND calendar.day >= step_month.from_day
    AND calendar.day < step_month.until_day;

CREATE OR REPLACE TABLE provider_price_daily AS
SELECT
    price.accelerator_id,
    price.market,
    price.purchase_model,
    price.provider,
    price.day,
    CAST(ROUND(price.low, 9) AS DECIMAL(24, 12)) AS low,
    CAST(ROUND(price.price, 9) AS DECIMAL(24, 12)) AS median,
    CAST(ROUND(price.high, 9) AS DECIMAL(24, 12)) AS high,
    price.offer_count,
    price.seen_at
FROM provider_price_at((SELECT now FROM as_of)) AS price
ORDER BY price.accelerator_id, price.purchase_model, price.provider, price.day;

COMMENT ON TABLE provider_price_daily IS 'What one provider asked for one accelerator-hour at the close of a day: its own curve, and the step between quotes and price_index_daily. Only days that have a value. Source: rental_price_version, sighting';
COMMENT ON COLUMN provider_price_daily.accelerator_id IS 'What is rented';
COMMENT ON COLUMN provider_price_daily.market IS 'hyperscaler, neocloud, marketplace: see provider_market';
COMMENT ON COLUMN provider_price_daily.purchase_model IS 'on_demand, spot, reserved_1y, ...';
COMMENT ON COLUMN provider_price_daily.provider IS 'Who rents it out';
COMMENT ON COLUMN provider_price_daily.day IS 'Day, UTC, at its close';
COMMENT ON COLUMN provider_price_daily.low IS 'USD an accelerator-hour: the cheapest of its quotes';
COMMENT ON COLUMN provider_price_daily.median IS 'USD an accelerator-hour: the median of its quotes, over regions, zones and skus';
COMMENT ON COLUMN provider_price_daily.high IS 'USD an accelerator-hour: the dearest of its quotes';
COMMENT ON COLUMN provider_price_daily.offer_count IS 'Quotes that count';
COMMENT ON COLUMN provider_price_daily.seen_at IS 'Newest sighting of any of them, UTC';
