-- Grain: one row per reason for which rows of one arrival were kept out, the commonest first. Parameter: the arrival.
SELECT r.reason, count(*) AS row_count
FROM book.refused AS r
JOIN book.statement AS s ON s.statement_id = r.statement_id
WHERE s.entry = $1
GROUP BY r.reason
ORDER BY row_count DESC, r.reason;
