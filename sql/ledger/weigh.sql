-- What kind of changes the batch brings. Rows that got in must be the heads of before, less those that vanished, and the
-- new keys: any row too many is a key that stands twice.
-- Reads: row_tally, batch, new_scope, delta, incoming_refused, book.head.
SELECT
    (SELECT sum(row_count) FROM row_tally)
    = (SELECT count(*) FROM book.head WHERE scope_id IN (SELECT scope_id FROM batch)) - d.vanished + d.new_keys
    AS is_without_duplicates,
    d.new_keys = 0 AND d.refused = 0 AND (SELECT count(*) FROM new_scope) = 0 AS is_of_known_keys
FROM (
    SELECT
        count(DISTINCT head_key_id) FILTER (statement_id IS NULL OR reason IS NOT NULL) AS vanished,
        count(DISTINCT key_hash) FILTER (statement_id IS NOT NULL AND reason IS NULL AND head_key_id IS NULL)
        AS new_keys,
        count(*) FILTER (reason IS NOT NULL) + (SELECT count(*) FROM incoming_refused) AS refused
    FROM delta
) AS d;
