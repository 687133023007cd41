-- Grain: one row per source that is known here. Ages are against the moment of the refresh.
-- Reads: source, as_of, source_fetch, source_doubt, book.payload, book.statement, book.scope.

CREATE OR REPLACE TABLE source_status AS
WITH arrived AS (
    SELECT source, count(*) AS payload_count, max(loaded_at) FILTER (failed_with = '') AS last_success_at,
           max_by(failed_with, loaded_at) FILTER (failed_with <> '') AS last_failure,
           count(*) FILTER (failed_with <> '') AS failed_count
    FROM (
        SELECT source, identity, max(loaded_at) AS loaded_at, max_by(coalesce(failure, ''), loaded_at) AS failed_with
        FROM book.payload GROUP BY source, identity
    ) AS newest_reading
    GROUP BY source
),
said AS (
    SELECT p.source, max(s.valid_at) AS newest_observation_at, sum(s.row_count) AS row_count,
           sum(s.refused_count) AS quarantined_count, count(*) AS statement_count
    FROM book.statement AS s JOIN book.scope AS p ON p.scope_id = s.scope_id
    GROUP BY p.source
),
asked AS (
    SELECT
        source, max(asked_at) AS last_asked_at,
        string_agg(DISTINCT why, '; ' ORDER BY why) FILTER (state NOT IN ('answered', 'unchanged')) AS not_heard
    FROM source_fetch GROUP BY source
)
SELECT
    c.name AS source,
    CASE
        WHEN a.source IS NULL THEN 'empty'
        WHEN a.failed_count = a.payload_count THEN 'failed'
        WHEN c.freshness_limit_hours IS NULL THEN 'recorded'
        WHEN epoch(n.now - d.newest_observation_at) / 3600 > c.freshness_limit_hours THEN 'stale'
        ELSE 'fresh'
    END AS state,
    a.last_success_at, f.last_asked_at, d.newest_observation_at,
    round(epoch(n.now - d.newest_observation_at) / 3600, 1) AS age_hours,
    c.freshness_limit_hours,
    coalesce(a.payload_count, 0) AS payload_count, coalesce(d.statement_count, 0) AS statement_count,
    CAST(coalesce(d.row_count, 0) AS BIGINT) AS row_count,
    CAST(coalesce(d.quarantined_count, 0) AS BIGINT) AS quarantined_count,
    coalesce(a.last_failure, e.why, f.not_heard, CASE WHEN f.source IS NULL THEN c.note END, '') AS note
FROM source AS c
CROSS JOIN as_of AS n
LEFT JOIN arrived AS a ON a.source = c.name
LEFT JOIN said AS d ON d.source = c.name
LEFT JOIN asked AS f ON f.source = c.name
LEFT JOIN source_doubt AS e ON e.source = c.name;

COMMENT ON TABLE source_status IS 'Per source: state, last success, newest data and its age, counts';
COMMENT ON COLUMN source_status.age_hours IS 'hours from the newest observation to the refresh';

-- Grain: one row per row that did not get in.
CREATE OR REPLACE VIEW quarantine AS
SELECT
    p.source, p.table_name, r.reason, r.row_text, s.carrier_sha256 AS payload_sha256, r.locator, s.recorded_at,
    s.valid_at, r.key
FROM book.refused AS r
JOIN book.statement AS s ON s.statement_id = r.statement_id
JOIN book.scope AS p ON p.scope_id = s.scope_id;

COMMENT ON VIEW quarantine IS 'Rows that were kept out at the door, with the reason; they say nothing about their key';

-- Grain: source, provider and month with a statement that covered a key of that provider: months that were observed.
CREATE OR REPLACE TABLE coverage AS
SELECT
    k.source, k.provider, CAST(date_trunc('month', g.seen_at) AS DATE) AS month,
    count(DISTINCT g.seen_at) AS statement_count,
    round(epoch(n.now - max(g.seen_at)) / 3600, 1) AS newest_age_hours
FROM sighting AS g
JOIN book.rental_price_key AS k ON k.key_id = g.key_id
CROSS JOIN as_of AS n
GROUP BY k.source, k.provider, date_trunc('month', g.seen_at), n.now;

COMMENT ON TABLE coverage IS 'Months in which a source looked at a provider''s rental prices; carried prices do not count';
