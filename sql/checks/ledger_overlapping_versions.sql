-- As far as anybody knows today, one key says one thing at a time. Returns the stretches that begin before the one
-- before them ended: every join to the versions would count such a key twice.
-- Reads: book.stretch.

SELECT key_id, valid_from, valid_to, valid_to_before
FROM (
    SELECT
        key_id, valid_from, valid_to,
        LAG(COALESCE(valid_to, TIMESTAMP '9999-12-31')) OVER (PARTITION BY key_id ORDER BY valid_from) AS valid_to_before
    FROM book.stretch
    WHERE known_to IS NULL
) AS neighbours
WHERE valid_to_before > valid_from;
