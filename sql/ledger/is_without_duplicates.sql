-- Rows that got in must be the heads of before, less those that vanished, and the new keys: any row too many is a key
-- that stands twice. Reads: row_tally, batch, book.head, vanished, wanted.
SELECT
    (SELECT coalesce(sum(row_count), 0) FROM row_tally)
    = (SELECT count(*) FROM book.head WHERE scope_id IN (SELECT scope_id FROM batch))
    - (SELECT count(*) FROM vanished)
    + (SELECT count(DISTINCT key_hash) FROM delta WHERE reason IS NULL AND head_key_id IS NULL);
