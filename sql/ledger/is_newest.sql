-- Does every statement of the batch come after all others of its scope in both times, and does no other scope reach into
-- its own? Then heads are all that can change. Reads: batch, book.statement, book.scope, book.retraction.
SELECT
    count(*) FILTER (NOT b.complete) = 0
    AND count(DISTINCT b.scope_id) = count(*)
    AND count(*) FILTER (o.newest_valid_at >= b.valid_at OR o.newest_recorded_at >= b.recorded_at) = 0
    AND (
        SELECT count(DISTINCT array_to_string(json_keys(s.scope), ',')) = 1
        FROM book.scope AS s WHERE s.source = any_value(b.source) AND s.table_name = any_value(b.table_name)
    )
    AND (SELECT count(*) = 0 FROM book.retraction)
FROM batch AS b
LEFT JOIN (
    SELECT scope_id, max(valid_at) AS newest_valid_at, max(recorded_at) AS newest_recorded_at
    FROM book.statement
    WHERE statement_id NOT IN (SELECT statement_id FROM batch)
    GROUP BY scope_id
) AS o ON o.scope_id = b.scope_id;
