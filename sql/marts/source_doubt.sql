-- Sources whose word is to be read with care: one that is not believed at all, one whose newest list lost its rows within
-- the 75 days for which a price that nobody has seen since still counts.
-- Grain: one row a source.
-- Reads: source_credibility, scope_collapse, as_of.

CREATE OR REPLACE VIEW source_doubt AS
WITH reason AS (
    SELECT source, 1 AS place, 'is believed in nothing: ' || STRING_AGG(rule, ', ' ORDER BY rule) AS why
    FROM source_credibility
    WHERE NOT is_credible
    GROUP BY source
    UNION ALL
    SELECT
        source,
        2 AS place,
        'has ' || MIN_BY(row_count || ' rows where it had ' || CAST(row_count_before AS BIGINT), row_count)
        || ' (' || MIN_BY(table_name || ' ' || scope, row_count) || ', '
        || CAST(CAST(MIN_BY(valid_at, row_count) AS DATE) AS VARCHAR) || '): what is new in it is suspect' AS why
    FROM scope_collapse
    CROSS JOIN as_of
    WHERE is_newest AND valid_at >= as_of.now - INTERVAL 75 DAY
    GROUP BY source
)

SELECT source, STRING_AGG(why, '; ' ORDER BY place) AS why
FROM reason
GROUP BY source;

COMMENT ON VIEW source_doubt IS 'Sources whose word is to be read with care, and why. Source: source_credibility, scope_collapse';
COMMENT ON COLUMN source_doubt.source IS 'Source';
COMMENT ON COLUMN source_doubt.why IS 'What was found, as status says it';
