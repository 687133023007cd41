-- Which sources of rental prices are to be believed, and why not. Grain: one row a source and rule it can be judged by.
-- All that a source says that breaks a rule is suspect (rental_price_quality), and it bears witness neither for nor
-- against others. Computed from the ledger alone, whatever the order of loading. Histories that somebody made up
-- (simulated, filled in backwards, typed once and stamped daily) pass every check of a single row; these rules look at
-- the whole.
-- Reads: rental_price_version, sighting.
--
-- The rules, each with its threshold and why (docs/index_method.md has the figures of real and made-up sources):
--   never_changing  Of 10 providers or more that it watched at 15 moments over 42 days or more, more than 3 of 4 never
--       changed a price. Of the 33 providers of the real panel 70 % had not after 42 days, 61 % after 48; of a list that
--       was typed once and stamped daily 81 %, after 60.
--   too_restless  Of 5 offers or more with 20 sightings or more each, more than 3 in 4 sightings bring another price.
--       Prices are set by people: real lists move at 3 % of sightings, the busiest marketplace at under half; a random
--       walk moves at all of them.
--   too_regular  Of 20 steps of a minute or more from one moment of looking to the next, more than 3 in 4 are of the same
--       length to the second, off the whole minute. Who asks the network is late by seconds; who counts back from now
--       is not. (Steps of seconds are the providers of one look.)
--   too_precise  Of 20 prices or more, more than half are finer than a hundred-millionth of a dollar an hour. Nobody
--       bills so: they were computed.

CREATE OR REPLACE MACRO source_credibility_at(known_at) AS TABLE
WITH asked AS (
    SELECT book.utc(known_at) AS known_at
),

price AS (
    SELECT
        version.source,
        version.provider,
        version.key_id,
        version.price_usd_per_hour,
        version.valid_from,
        COALESCE(version.valid_to, TIMESTAMP '9999-12-31') AS valid_until,
        LAG(version.price_usd_per_hour) OVER (PARTITION BY version.key_id ORDER BY version.valid_from) AS price_before
    FROM rental_price_version AS version
    CROSS JOIN asked
    WHERE version.known_from <= asked.known_at
        AND asked.known_at < COALESCE(version.known_to, TIMESTAMP '9999-12-31')
        AND version.price_usd_per_hour IS NOT NULL
),

seen AS (
    SELECT DISTINCT price.source, price.provider, price.key_id, sighting.seen_at
    FROM price
    CROSS JOIN asked
    INNER JOIN sighting
        ON sighting.key_id = price.key_id
        AND sighting.seen_at >= price.valid_from
        AND sighting.seen_at < price.valid_until
    WHERE sighting.table_name = 'rental_price' AND sighting.recorded_at <= asked.known_at
),

moved AS (
    SELECT key_id, COUNT(*) FILTER (price_before <> price_usd_per_hour) AS move_count
    FROM price
    GROUP BY key_id
),

watched AS (
    SELECT
        seen.source,
        seen.provider,
        seen.key_id,
        MAX(moved.move_count) AS move_count,
        COUNT(*) AS seen_count,
        MAX(seen.seen_at) - MIN(seen.seen_at) AS lasted
    FROM seen
    INNER JOIN moved ON moved.key_id = seen.key_id
    GROUP BY seen.source, seen.provider, seen.key_id
),

-- never_changing ---------------------------------------------------------------------------------------------------

watched_provider AS (
    SELECT source, provider, SUM(move_count) AS move_count
    FROM watched
    GROUP BY source, provider
    HAVING MAX(seen_count) >= 15 AND MAX(lasted) >= INTERVAL 42 DAY
),

never_changing AS (
    SELECT
        source,
        'never_changing' AS rule,
        COUNT(*) FILTER (move_count = 0) / COUNT(*) AS share
    FROM watched_provider
    GROUP BY source
    HAVING COUNT(*) >= 10
),

-- too_restless -----------------------------------------------------------------------------------------------------

too_restless AS (
    SELECT
        source,
        'too_restless' AS rule,
        SUM(move_count) / SUM(seen_count - 1) AS share
    FROM watched
    WHERE seen_count >= 20
    GROUP BY source
    HAVING COUNT(*) >= 5
),

-- too_regular ------------------------------------------------------------------------------------------------------

step AS (
    SELECT
        source,
        seen_at,
        epoch(seen_at - LAG(seen_at) OVER (PARTITION BY source ORDER BY seen_at)) AS seconds
    FROM (SELECT DISTINCT source, seen_at FROM seen)
),

step_length AS (
    SELECT
        source,
        round(seconds) AS seconds,
        COUNT(*) FILTER (date_trunc('minute', seen_at) <> seen_at) AS step_count,
        SUM(COUNT(*)) OVER (PARTITION BY source) AS all_count
    FROM step
    WHERE seconds >= 60
    GROUP BY source, round(seconds)
),

too_regular AS (
    SELECT
        source,
        'too_regular' AS rule,
        MAX(step_count) / MAX(all_count) AS share
    FROM step_length
    GROUP BY source
    HAVING MAX(step_count) >= 20
),

-- too_precise ------------------------------------------------------------------------------------------------------

too_precise AS (
    SELECT
        source,
        'too_precise' AS rule,
        COUNT(*) FILTER (price_usd_per_hour <> round(price_usd_per_hour, 8)) / COUNT(*) AS share
    FROM price
    GROUP BY source
    HAVING COUNT(*) >= 20
),

measured AS (
    SELECT *, 0.75 AS most FROM never_changing
    UNION ALL
    SELECT *, 0.75 AS most FROM too_restless
    UNION ALL
    SELECT *, 0.75 AS most FROM too_regular
    UNION ALL
    SELECT *, 0.5 AS most FROM too_precise
)

SELECT
    source,
    rule,
    CAST(share AS DOUBLE) AS share,
    CAST(most AS DOUBLE) AS most,
    share <= most AS is_credible
FROM measured;

CREATE OR REPLACE TABLE source_credibility AS
SELECT credibility.*
FROM source_credibility_at((SELECT now FROM as_of)) AS credibility
ORDER BY source, rule;

COMMENT ON TABLE source_credibility IS 'Rules that tell a history that was made up from one that was observed, for each source that there is enough of to judge. One that breaks a rule is believed in nothing. Source: rental_price_version, sighting';
COMMENT ON COLUMN source_credibility.source IS 'Source of rental prices';
COMMENT ON COLUMN source_credibility.rule IS 'never_changing, too_restless, too_regular or too_precise: see docs/index_method.md';
COMMENT ON COLUMN source_credibility.share IS 'Share of providers, sightings, steps or prices that the rule counts';
COMMENT ON COLUMN source_credibility.most IS 'The largest share that is believed';
COMMENT ON COLUMN source_credibility.is_credible IS 'Whether the source keeps the rule';
