-- Which rental price versions are suspect, and why. Grain: one row a suspect version (key_id, valid_from); the others
-- are ok. Computed from the ledger alone, whatever the order of loading; it never changes a version.
-- Reads: rental_price_version, sighting, source, public_source, source_credibility, provider_market, offered_region,
-- calendar, scope_collapse, book.key_scope.
--
-- The rules, each with its threshold and why (docs/index_method.md has the worked cases):
--   never_changing, too_restless, too_regular, too_precise  Its source as a whole is not to be believed: see
--       source_credibility.
--   rows_collapsed  It was first said by a statement with less than 3 in 5 of the rows of its scope's median of the
--       five before it, where that is 20 or more: of a page that changed, what can still be read may be misread. The
--       lists of the large clouds lost at most 35 % at once (Google's Montreal, 2024).
--   machine_not_in_region  The provider keeps a list of where its machines stand, and it has never had this one there while
--       the price was in force. Google's price list names a price in every region; most have no such machine, and these
--       prices move apart from the real ones (H100 spot, 2026: 1.98 in the median of all regions, 4.60 in those that
--       have it). They do not count among the offers that others are held against.
--   below_band, above_band  The price of an accelerator-hour is less than 1/4 of, or more than 8 times, the median of its
--       market segment for that accelerator and purchase model in that month: the median over providers of each
--       provider's median, with 3 providers or more. Real prices of one accelerator in one segment lie within a factor
--       of 3 (H100, July 2026: neoclouds 1.99 to 6), and the errors met lie beyond 4 (a price divided by 8, the
--       accelerator left out, a placeholder). Above, the room is double: an offer may bundle much machine (AWS asks
--       4.35 for one T4 with 64 processors, 4.4 times its segment), while nothing makes a card four times cheaper.
--       Spot scatters by pool: 1/6 and 12 times. Where the segment has fewer than 3 providers, all segments together
--       judge, with twice the factors, because hyperscalers ask several times what marketplaces do; where all together
--       have fewer than 3, a provider's own median over 5 offers or more. A version is judged once, in the first month
--       of its life that has such a median.
--   bigger_cheaper  A whole offer costs less than the cheapest offer of fewer of the same cards: same source, region,
--       zone, purchase model and tier, both in force. (The cheapest: AWS asks less for 4 T4 than for its largest
--       machine with 1, and that is real.)
--   against_own_list  A summary (no sku) by somebody else, more than a tenth outside what the provider's own list (kinds
--       provider, copy) asks anywhere for that accelerator and purchase model, the list seen less than 75 days before:
--       AWS's H100 at 12.29 in July 2026, a year after its list says 6.88. Spot above every on-demand price of that list
--       is the same.
--   spot_above_on_demand  Spot costs more than on-demand of the same source, sku, region and zone at that moment, by
--       more than rounding (0.1 %). Same source only: two sources compare two moments.
--   jump  Outside a provider's own price list (kinds provider, copy), a change of more than a factor of 2.5 that
--       nothing confirms: neither another sighting of that price at the key, nor another source that has the same
--       provider's accelerator within 5 % in the same stretch of time. Once confirmed, it is ok from its first
--       sighting on. Announced cuts seen so far reach a factor of 2 (Fly.io 2026-02-11, P5 1.8).
-- One reason is given: the first of these that holds.

CREATE OR REPLACE MACRO rental_price_quality_at(known_at) AS TABLE
WITH asked AS (
    SELECT book.utc(known_at) AS known_at
),

disbelieved AS (
    SELECT source, MIN(rule) AS rule
    FROM source_credibility_at(known_at)
    WHERE NOT is_credible
    GROUP BY source
),

version AS (
    SELECT
        price.key_id,
        price.source,
        source.kind IN ('provider', 'copy') AS is_own_list,
        public_source.name IS NOT NULL AND disbelieved.rule IS NULL AS is_witness,
        disbelieved.rule AS disbelieved_by,
        price.provider,
        COALESCE(provider_market.market, 'neocloud') AS market,
        price.sku,
        price.region,
        price.zone,
        price.accelerator_id,
        price.accelerator_count,
        price.purchase_model,
        price.service_tier,
        price.price_usd_per_hour,
        price.price_usd_per_accelerator_hour,
        price.valid_from,
        COALESCE(price.valid_to, TIMESTAMP '9999-12-31') AS valid_until
    FROM rental_price_version AS price
    CROSS JOIN asked
    LEFT JOIN source ON source.name = price.source
    LEFT JOIN public_source ON public_source.name = price.source
    LEFT JOIN disbelieved ON disbelieved.source = price.source
    LEFT JOIN provider_market ON provider_market.provider = price.provider
    WHERE price.known_from <= asked.known_at
        AND asked.known_at < COALESCE(price.known_to, TIMESTAMP '9999-12-31')
        AND price.price_usd_per_accelerator_hour IS NOT NULL
),

seen AS (
    SELECT
        version.key_id,
        version.valid_from,
        COUNT(DISTINCT sighting.seen_at) AS seen_count,
        MAX(sighting.seen_at) AS last_seen_at
    FROM version
    CROSS JOIN asked
    INNER JOIN sighting
        ON sighting.key_id = version.key_id
        AND sighting.seen_at >= version.valid_from
        AND sighting.seen_at < version.valid_until
    WHERE sighting.table_name = 'rental_price' AND sighting.recorded_at <= asked.known_at
    GROUP BY version.key_id, version.valid_from
),

-- the source as a whole --------------------------------------------------------------------------------------------

not_credible AS (
    SELECT
        key_id,
        valid_from,
        disbelieved_by AS reason,
        -2 AS precedence,
        CAST(NULL AS DOUBLE) AS compared_with
    FROM version
    WHERE disbelieved_by IS NOT NULL
),

collapsed AS (
    SELECT
        version.key_id,
        version.valid_from,
        'rows_collapsed' AS reason,
        -1 AS precedence,
        CAST(NULL AS DOUBLE) AS compared_with
    FROM version
    INNER JOIN book.key_scope AS scoped ON scoped.key_id = version.key_id
    INNER JOIN scope_collapse_at(known_at) AS collapse
        ON collapse.scope_id = scoped.scope_id
        AND collapse.valid_at = version.valid_from
),

-- machine_not_in_region --------------------------------------------------------------------------------------------

absent AS (
    SELECT
        version.key_id,
        version.valid_from,
        'machine_not_in_region' AS reason,
        0 AS precedence,
        CAST(NULL AS DOUBLE) AS compared_with
    FROM version
    INNER JOIN offered_region
        ON offered_region.provider = version.provider
        AND STARTS_WITH(version.sku, offered_region.machine_family || '-')
    GROUP BY version.key_id, version.valid_from
    HAVING COUNT(*) FILTER (
        WHERE offered_region.region = version.region
            AND offered_region.first_on < version.valid_until
            AND offered_region.last_on >= version.valid_from
    ) = 0
),

present AS (
    SELECT version.*
    FROM version
    LEFT JOIN absent ON absent.key_id = version.key_id AND absent.valid_from = version.valid_from
    WHERE absent.key_id IS NULL
),

-- below_band, above_band -------------------------------------------------------------------------------------------

month AS (
    SELECT DISTINCT date_trunc('month', day) AS month FROM calendar
),

in_month AS (
    SELECT
        version.key_id,
        version.valid_from,
        version.is_witness,
        version.provider,
        version.market,
        version.accelerator_id,
        version.purchase_model,
        CAST(version.price_usd_per_accelerator_hour AS DOUBLE) AS price,
        month.month
    FROM present AS version
    INNER JOIN seen ON seen.key_id = version.key_id AND seen.valid_from = version.valid_from
    INNER JOIN month
        ON month.month >= date_trunc('month', version.valid_from)
        AND month.month < version.valid_until
        AND month.month <= seen.last_seen_at + INTERVAL 75 DAY
),

provider_month AS (
    SELECT accelerator_id, purchase_model, month, market, provider, MEDIAN(price) AS price, COUNT(*) AS offer_count
    FROM in_month
    WHERE is_witness
    GROUP BY accelerator_id, purchase_model, month, market, provider
),

segment_month AS (
    SELECT accelerator_id, purchase_model, month, market, MEDIAN(price) AS price
    FROM provider_month
    GROUP BY accelerator_id, purchase_model, month, market
    HAVING COUNT(*) >= 3
),

anywhere_month AS (
    SELECT accelerator_id, purchase_model, month, MEDIAN(price) AS price
    FROM provider_month
    GROUP BY accelerator_id, purchase_model, month
    HAVING COUNT(*) >= 3
),

measured AS (
    SELECT
        in_month.key_id,
        in_month.valid_from,
        in_month.month,
        in_month.price,
        COALESCE(segment_month.price, anywhere_month.price, own_month.price) AS median_price,
        CASE WHEN in_month.purchase_model = 'spot' THEN 6.0 ELSE 4.0 END
        * CASE WHEN segment_month.price IS NULL AND anywhere_month.price IS NOT NULL THEN 2.0 ELSE 1.0 END AS factor
    FROM in_month
    LEFT JOIN segment_month
        ON segment_month.accelerator_id = in_month.accelerator_id
        AND segment_month.purchase_model = in_month.purchase_model
        AND segment_month.month = in_month.month
        AND segment_month.market = in_month.market
    LEFT JOIN anywhere_month
        ON anywhere_month.accelerator_id = in_month.accelerator_id
        AND anywhere_month.purchase_model = in_month.purchase_model
        AND anywhere_month.month = in_month.month
    LEFT JOIN provider_month AS own_month
        ON own_month.accelerator_id = in_month.accelerator_id
        AND own_month.purchase_model = in_month.purchase_model
        AND own_month.month = in_month.month
        AND own_month.provider = in_month.provider
        AND own_month.offer_count >= 5
    WHERE COALESCE(segment_month.price, anywhere_month.price, own_month.price) IS NOT NULL
),

first_measured AS (
    SELECT key_id, valid_from, MIN(month) AS month
    FROM measured
    GROUP BY key_id, valid_from
),

out_of_band AS (
    SELECT
        measured.key_id,
        measured.valid_from,
        CASE WHEN measured.price < measured.median_price THEN 'below_band' ELSE 'above_band' END AS reason,
        1 AS precedence,
        measured.median_price AS compared_with
    FROM measured
    INNER JOIN first_measured
        ON first_measured.key_id = measured.key_id
        AND first_measured.valid_from = measured.valid_from
        AND first_measured.month = measured.month
    WHERE measured.price * measured.factor < measured.median_price
        OR measured.price > measured.median_price * 2.0 * measured.factor
),

-- bigger_cheaper ---------------------------------------------------------------------------------------------------

bigger_cheaper AS (
    SELECT
        bigger.key_id,
        bigger.valid_from,
        'bigger_cheaper' AS reason,
        2 AS precedence,
        CAST(MIN(smaller.price_usd_per_hour) AS DOUBLE) AS compared_with
    FROM version AS bigger
    INNER JOIN version AS smaller
        ON smaller.source = bigger.source
        AND smaller.provider = bigger.provider
        AND smaller.region = bigger.region
        AND smaller.zone = bigger.zone
        AND smaller.accelerator_id = bigger.accelerator_id
        AND smaller.purchase_model = bigger.purchase_model
        AND smaller.service_tier = bigger.service_tier
        AND smaller.accelerator_count < bigger.accelerator_count
        AND smaller.valid_from <= bigger.valid_from
        AND smaller.valid_until > bigger.valid_from
    GROUP BY bigger.key_id, bigger.valid_from, bigger.price_usd_per_hour
    HAVING bigger.price_usd_per_hour < 0.999 * MIN(smaller.price_usd_per_hour)
),

-- against_own_list -------------------------------------------------------------------------------------------------

own_list AS (
    SELECT
        summary.key_id,
        summary.valid_from,
        summary.purchase_model,
        own.purchase_model AS own_purchase_model,
        CAST(summary.price_usd_per_accelerator_hour AS DOUBLE) AS price,
        CAST(MIN(own.price_usd_per_accelerator_hour) AS DOUBLE) AS lowest,
        CAST(MAX(own.price_usd_per_accelerator_hour) AS DOUBLE) AS highest
    FROM version AS summary
    INNER JOIN present AS own
        ON own.provider = summary.provider
        AND own.accelerator_id = summary.accelerator_id
        AND own.purchase_model IN (summary.purchase_model, 'on_demand')
        AND own.valid_from < summary.valid_until
        AND own.valid_until > summary.valid_from
    INNER JOIN seen
        ON seen.key_id = own.key_id
        AND seen.valid_from = own.valid_from
        AND seen.last_seen_at >= summary.valid_from - INTERVAL 75 DAY
    WHERE NOT summary.is_own_list AND summary.is_witness AND summary.sku = '' AND own.is_own_list
    GROUP BY ALL
),

against_own_list AS (
    SELECT
        key_id,
        valid_from,
        'against_own_list' AS reason,
        3 AS precedence,
        MIN(CASE WHEN price < lowest THEN lowest ELSE highest END) AS compared_with
    FROM own_list
    WHERE (purchase_model = own_purchase_model AND (price < 0.9 * lowest OR price > 1.1 * highest))
        OR (purchase_model = 'spot' AND own_purchase_model = 'on_demand' AND price > 1.001 * highest)
    GROUP BY key_id, valid_from
),

-- spot_above_on_demand ---------------------------------------------------------------------------------------------

spot_above_on_demand AS (
    SELECT
        spot.key_id,
        spot.valid_from,
        'spot_above_on_demand' AS reason,
        4 AS precedence,
        CAST(MAX(on_demand.price_usd_per_hour) AS DOUBLE) AS compared_with
    FROM version AS spot
    INNER JOIN version AS on_demand
        ON on_demand.source = spot.source
        AND on_demand.provider = spot.provider
        AND on_demand.sku = spot.sku
        AND on_demand.region = spot.region
        AND on_demand.zone = spot.zone
        AND on_demand.accelerator_id = spot.accelerator_id
        AND on_demand.accelerator_count = spot.accelerator_count
        AND on_demand.valid_from <= spot.valid_from
        AND on_demand.valid_until > spot.valid_from
    WHERE spot.purchase_model = 'spot' AND on_demand.purchase_model = 'on_demand'
    GROUP BY spot.key_id, spot.valid_from, spot.price_usd_per_hour
    HAVING spot.price_usd_per_hour > 1.001 * MAX(on_demand.price_usd_per_hour)
),

-- jump -------------------------------------------------------------------------------------------------------------

neighbour AS (
    SELECT
        version.key_id,
        version.valid_from,
        version.valid_until,
        version.is_own_list,
        version.source,
        version.provider,
        version.accelerator_id,
        version.purchase_model,
        CAST(version.price_usd_per_accelerator_hour AS DOUBLE) AS price,
        CAST(
            LAG(version.price_usd_per_accelerator_hour)
                OVER (PARTITION BY version.key_id ORDER BY version.valid_from) AS DOUBLE
        ) AS price_before,
        SUM(COALESCE(seen.seen_count, 0))
            OVER (PARTITION BY version.key_id, version.price_usd_per_accelerator_hour) AS price_seen_count
    FROM version
    LEFT JOIN seen ON seen.key_id = version.key_id AND seen.valid_from = version.valid_from
),

unconfirmed AS (
    SELECT *
    FROM neighbour
    WHERE NOT is_own_list
        AND price_seen_count < 2
        AND (price > 2.5 * price_before OR 2.5 * price < price_before)
),

confirmed AS (
    SELECT DISTINCT unconfirmed.key_id, unconfirmed.valid_from
    FROM unconfirmed
    INNER JOIN version AS other
        ON other.provider = unconfirmed.provider
        AND other.accelerator_id = unconfirmed.accelerator_id
        AND other.purchase_model = unconfirmed.purchase_model
        AND other.source <> unconfirmed.source
        AND other.is_witness
        AND other.valid_from < unconfirmed.valid_until
        AND other.valid_until > unconfirmed.valid_from
        AND ABS(CAST(other.price_usd_per_accelerator_hour AS DOUBLE) - unconfirmed.price) <= 0.05 * unconfirmed.price
),

jump AS (
    SELECT
        unconfirmed.key_id,
        unconfirmed.valid_from,
        'jump' AS reason,
        5 AS precedence,
        unconfirmed.price_before AS compared_with
    FROM unconfirmed
    LEFT JOIN confirmed
        ON confirmed.key_id = unconfirmed.key_id AND confirmed.valid_from = unconfirmed.valid_from
    WHERE confirmed.key_id IS NULL
),

-- one reason a version ---------------------------------------------------------------------------------------------

found AS (
    SELECT * FROM not_credible
    UNION ALL
    SELECT * FROM collapsed
    UNION ALL
    SELECT * FROM absent
    UNION ALL
    SELECT * FROM out_of_band
    UNION ALL
    SELECT * FROM bigger_cheaper
    UNION ALL
    SELECT * FROM against_own_list
    UNION ALL
    SELECT * FROM spot_above_on_demand
    UNION ALL
    SELECT * FROM jump
)

SELECT
    key_id,
    valid_from,
    'suspect' AS quality,
    reason AS quality_reason,
    CAST(ROUND(compared_with, 6) AS DECIMAL(24, 12)) AS compared_with_usd
FROM found
QUALIFY ROW_NUMBER() OVER (PARTITION BY key_id, valid_from ORDER BY precedence) = 1;

CREATE OR REPLACE TABLE rental_price_quality AS
SELECT quality.*
FROM rental_price_quality_at((SELECT now FROM as_of)) AS quality
ORDER BY key_id, valid_from;

CREATE OR REPLACE TABLE rental_price_judged AS
SELECT COALESCE(MAX(loaded_at), TIMESTAMP '1970-01-01') AS loaded_until FROM book.statement;

COMMENT ON TABLE rental_price_quality IS 'Rental price versions that other rows make doubtful; they stay in the ledger and enter no answer. A version that is not here is ok. Source: rental_price_version, sighting';
COMMENT ON COLUMN rental_price_quality.key_id IS 'Source and offer, as in rental_price_version';
COMMENT ON COLUMN rental_price_quality.valid_from IS 'Start of the version, UTC';
COMMENT ON COLUMN rental_price_quality.quality IS 'suspect';
COMMENT ON COLUMN rental_price_quality.quality_reason IS 'never_changing, too_restless, too_regular, too_precise, rows_collapsed, machine_not_in_region, below_band, above_band, bigger_cheaper, against_own_list, spot_above_on_demand or jump: see docs/index_method.md';
COMMENT ON COLUMN rental_price_quality.compared_with_usd IS 'What the price was held against, USD: the median of its segment an accelerator-hour (bands), the cheapest smaller offer an hour, the nearest accelerator-hour of the own list, the on-demand price an hour, the accelerator-hour before the jump; null for a region';
