-- Grain: one row per reason for which rows of one source were kept out, the commonest first. Parameter: the source.
SELECT r.reason, count(*) AS row_count, min(r.row_text) AS example
FROM book.refused AS r
JOIN book.statement AS s ON s.statement_id = r.statement_id
JOIN book.scope AS p ON p.scope_id = s.scope_id
WHERE p.source = $1
GROUP BY r.reason
ORDER BY row_count DESC, r.reason;
