-- Are the marts of this ledger, this code and this day? Parameters: hash of the code, day.
SELECT count(*) = 1
FROM book.built AS b
WHERE b.statement_id = coalesce((SELECT max(statement_id) FROM book.statement), 0)
  AND b.retraction_count = (SELECT count(*) FROM book.retraction)
  AND b.payload_count = (SELECT count(*) FROM book.payload)
  AND b.code_version = $1 AND b.day = $2;
