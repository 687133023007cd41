-- The batch's statements stand in the register, also if they will change nothing, with what their parsers refused.
-- Reads: batch, row_tally, incoming_refused (number, reason, row_text, locator, key, anchor).

INSERT INTO book.refused
SELECT b.statement_id, r.reason, r.row_text, r.locator, r.key, r.anchor
FROM incoming_refused AS r JOIN batch AS b ON b.number = r.number;

INSERT INTO book.statement
SELECT
    b.statement_id, b.scope_id, b.valid_at, b.recorded_at, b.ordinal, b.payload_sha256,
    b.carrier_sha256, b.complete, b.origin,
    coalesce(e.row_count, 0), coalesce(r.refused_count, 0), b.ignored_count, b.loaded_at, b.said_at, b.entry, b.digest
FROM batch AS b
LEFT JOIN row_tally AS e ON e.statement_id = b.statement_id
LEFT JOIN (
    SELECT statement_id, count(*) AS refused_count FROM book.refused
    WHERE statement_id IN (SELECT statement_id FROM batch) GROUP BY statement_id
) AS r ON r.statement_id = b.statement_id;

INSERT INTO book.retraction
SELECT statement_id, retracted_at, 'known to be wrong when it was brought' FROM batch WHERE retracted_at IS NOT NULL;
