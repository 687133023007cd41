-- What the batch changed. A version is opened or closed where an event of the batch's statements says so.
SELECT
    (SELECT count(*) FROM batch) AS statements,
    (SELECT count(*) FROM examined WHERE reason IS NULL) AS row_count,
    (SELECT count(*) FROM event WHERE content_id <> 0) AS opened,
    (SELECT count(*) FROM event WHERE content_id = 0) AS closed,
    (SELECT count(*) FROM book.refused WHERE statement_id IN (SELECT statement_id FROM batch)) AS quarantined;
