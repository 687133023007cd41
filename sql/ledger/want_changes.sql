-- Only what differs from the heads of the batch's scopes matters. One pass over rows and heads.
-- Leaves: wanted (examined rows that are new or other), vanished (heads that the batch does not name).

CREATE OR REPLACE TEMP TABLE wanted AS
SELECT e.* FROM examined AS e
LEFT JOIN book.head AS h ON h.key_hash = e.key_hash
WHERE e.reason IS NULL AND (h.key_hash IS NULL OR h.value_hash <> e.value_hash);

CREATE OR REPLACE TEMP TABLE vanished AS
SELECT h.key_id, b.statement_id
FROM book.head AS h
JOIN batch AS b ON b.scope_id = h.scope_id
WHERE h.key_hash NOT IN (SELECT key_hash FROM examined WHERE reason IS NULL);
