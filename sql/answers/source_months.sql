-- Months of which a source states prices, one row a source. Reads: book.statement, book.scope.
SELECT p.source, list(DISTINCT strftime(s.valid_at, '%Y-%m') ORDER BY strftime(s.valid_at, '%Y-%m')) AS months
FROM book.statement AS s
JOIN book.scope AS p ON p.scope_id = s.scope_id
WHERE s.row_count > 0 AND p.table_name IN ('rental_price', 'api_price')
GROUP BY p.source
ORDER BY p.source;
