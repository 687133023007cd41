-- Only what differs from the heads of the batch's scopes matters. Reads: delta, staged, book.head, batch.
-- Leaves: examined and wanted (rows that are new or other, or do not get in), vanished (heads that no row repeats or
-- changes), good_key, row_tally.

CREATE OR REPLACE TEMP VIEW examined AS
SELECT * EXCLUDE (head_key_id, head_scope_id) FROM delta WHERE statement_id IS NOT NULL;

CREATE OR REPLACE TEMP VIEW wanted AS SELECT * FROM examined WHERE reason IS NULL;

CREATE OR REPLACE TEMP VIEW vanished AS
SELECT DISTINCT d.head_key_id AS key_id, b.statement_id
FROM delta AS d
JOIN batch AS b ON b.scope_id = d.head_scope_id
WHERE d.statement_id IS NULL OR d.reason IS NOT NULL;

CREATE OR REPLACE TEMP VIEW good_key AS
SELECT b.statement_id, h.key_hash
FROM book.head AS h
JOIN batch AS b ON b.scope_id = h.scope_id
WHERE h.key_id NOT IN (SELECT key_id FROM vanished)
UNION ALL
SELECT statement_id, key_hash FROM wanted;

CREATE OR REPLACE TEMP TABLE row_tally AS
SELECT b.statement_id, coalesce(s.row_count, 0) - coalesce(r.row_count, 0) AS row_count
FROM batch AS b
LEFT JOIN (SELECT statement_id, count(*) AS row_count FROM staged GROUP BY statement_id) AS s USING (statement_id)
LEFT JOIN (
    SELECT statement_id, count(*) AS row_count FROM delta WHERE reason IS NOT NULL GROUP BY statement_id
) AS r USING (statement_id);
