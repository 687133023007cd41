-- Grain: one row per (touched key, statement that covers it), with its place in the order of statements.
-- A complete statement covers its scope but for the keys whose row was refused; a partial one the keys it names.
-- Reads: touched(key_id), batch(statement_id), book.statement, key_scope, gap, named, retraction.

CREATE OR REPLACE TEMP TABLE covering AS
WITH covered AS (
    SELECT t.key_id, s.statement_id
    FROM touched AS t
    JOIN book.key_scope AS m ON m.key_id = t.key_id
    JOIN book.statement AS s ON s.scope_id = m.scope_id AND s.complete
    LEFT JOIN book.gap AS g ON g.statement_id = s.statement_id AND g.key_id = t.key_id
    WHERE g.key_id IS NULL
    UNION ALL
    SELECT t.key_id, n.statement_id
    FROM touched AS t
    JOIN book.named AS n ON n.key_id = t.key_id
),
withdrawn AS (
    SELECT statement_id, min(recorded_at) AS retracted_at FROM book.retraction GROUP BY statement_id
)
SELECT
    c.key_id, c.statement_id, s.valid_at, s.recorded_at, w.retracted_at, b.statement_id IS NOT NULL AS is_new,
    row_number() OVER (
        PARTITION BY c.key_id ORDER BY s.valid_at, s.said_at, s.recorded_at, s.ordinal, s.payload_sha256, p.scope
    ) AS place
FROM covered AS c
JOIN book.statement AS s ON s.statement_id = c.statement_id
JOIN book.scope AS p ON p.scope_id = s.scope_id
LEFT JOIN withdrawn AS w ON w.statement_id = c.statement_id
LEFT JOIN batch AS b ON b.statement_id = c.statement_id;
