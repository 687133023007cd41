-- Every statement leads to a payload that was taken in. Returns those that lead nowhere.
-- Reads: book.statement, book.payload.

SELECT statement.statement_id, statement.carrier_sha256, statement.valid_at
FROM book.statement AS statement
LEFT JOIN (SELECT DISTINCT sha256 FROM book.payload) AS payload ON payload.sha256 = statement.carrier_sha256
WHERE payload.sha256 IS NULL;
