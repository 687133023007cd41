-- Grain: one row per statement that arrivals brought, in which place, and whether it still stands.
-- Parameter: identities of arrivals (book.payload).
SELECT
    s.statement_id, p.table_name, p.scope, s.valid_at, s.said_at, s.complete, s.digest,
    s.statement_id NOT IN (SELECT statement_id FROM book.retraction) AS stands
FROM book.statement AS s
JOIN book.scope AS p ON p.scope_id = s.scope_id
WHERE s.entry IN (SELECT unnest($1))
ORDER BY s.statement_id;
