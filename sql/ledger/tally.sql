-- What the batch changed. A version is opened or closed where an event of the batch's statements says so.
SELECT
    (SELECT count(*) FROM batch) AS statements,
    (SELECT sum(row_count) FROM book.statement WHERE statement_id IN (SELECT statement_id FROM batch)) AS row_count,
    (SELECT count(*) FROM book.log WHERE statement_id IN (SELECT statement_id FROM batch) AND content_id <> 0) AS opened,
    (SELECT count(*) FROM book.log WHERE statement_id IN (SELECT statement_id FROM batch) AND content_id = 0) AS closed,
    (SELECT sum(refused_count) FROM book.statement WHERE statement_id IN (SELECT statement_id FROM batch))
    AS quarantined;
