-- Is every statement of the batch of one source, and later than all others of its scope in both times, and does no
-- other scope reach into its own? Then heads are all that can change: what they hold is then also what the newest
-- statement of their scope says, which a retracted one would spoil unless one that stands, complete and without a gap,
-- came after it.
-- Reads: batch, book.statement, scope, retraction, gap.
SELECT
    count(DISTINCT b.source) = 1
    AND count(*) FILTER (NOT b.complete OR b.retracted_at IS NOT NULL) = 0
    AND count(DISTINCT b.scope_id) = count(*)
    AND count(*) FILTER (o.newest_valid_at >= b.valid_at OR o.newest_recorded_at >= b.recorded_at) = 0
    AND count(*) FILTER (o.newest_retracted_at >= coalesce(o.newest_whole_at, TIMESTAMP '0001-01-01')) = 0
    AND (
        SELECT count(DISTINCT array_to_string(json_keys(s.scope), ',')) = 1
        FROM book.scope AS s WHERE s.source = any_value(b.source) AND s.table_name = any_value(b.table_name)
    )
FROM batch AS b
LEFT JOIN (
    SELECT
        s.scope_id, max(s.valid_at) AS newest_valid_at, max(s.recorded_at) AS newest_recorded_at,
        max(s.valid_at) FILTER (w.statement_id IS NOT NULL) AS newest_retracted_at,
        max(s.valid_at) FILTER (s.complete AND w.statement_id IS NULL AND g.statement_id IS NULL) AS newest_whole_at
    FROM book.statement AS s
    LEFT JOIN (SELECT DISTINCT statement_id FROM book.retraction) AS w ON w.statement_id = s.statement_id
    LEFT JOIN (SELECT DISTINCT statement_id FROM book.gap) AS g ON g.statement_id = s.statement_id
    WHERE s.statement_id NOT IN (SELECT statement_id FROM batch)
    GROUP BY s.scope_id
) AS o ON o.scope_id = b.scope_id;
