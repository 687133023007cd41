-- What the batch changed. Grain: one row per source. A version is opened or closed where an event of its statements
-- says so. Reads: batch, book.statement, scope, log.
SELECT
    p.source,
    count(*) AS statements,
    sum(s.row_count) AS row_count,
    sum(coalesce(e.opened, 0)) AS opened,
    sum(coalesce(e.closed, 0)) AS closed,
    sum(s.refused_count) AS quarantined
FROM batch AS b
JOIN book.statement AS s ON s.statement_id = b.statement_id
JOIN book.scope AS p ON p.scope_id = s.scope_id
LEFT JOIN (
    SELECT
        statement_id, count(*) FILTER (content_id <> 0) AS opened, count(*) FILTER (content_id = 0) AS closed
    FROM book.log WHERE statement_id IN (SELECT statement_id FROM batch) GROUP BY statement_id
) AS e ON e.statement_id = b.statement_id
GROUP BY p.source
ORDER BY p.source;
