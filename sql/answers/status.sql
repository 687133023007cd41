-- One row per source with its quarantine by reason. Reads: source_status, quarantine.
SELECT
    s.source, s.state, s.last_success_at, s.newest_observation_at,
    round(epoch(CAST($now AS TIMESTAMP) - s.newest_observation_at) / 3600, 1) AS age_hours,
    s.freshness_limit_hours, s.payload_count, s.statement_count, s.row_count, s.quarantined_count,
    (SELECT string_agg(reason || ' ' || n, ', ' ORDER BY n DESC, reason)
     FROM (SELECT q.reason, count(*) AS n FROM quarantine AS q WHERE q.source = s.source GROUP BY q.reason) AS r
    ) AS quarantine,
    s.note
FROM source_status AS s
ORDER BY s.source;
