-- A key that one statement names twice: alike, it counts once; with different contents nobody knows which holds, and
-- none of them gets in. Reads and mends: examined.

CREATE OR REPLACE TEMP TABLE repeated AS
SELECT statement_id, key_hash, min(rowid) AS first_row, min(value_hash) <> max(value_hash) AS contradicts
FROM examined WHERE reason IS NULL GROUP BY statement_id, key_hash HAVING count(*) > 1;

UPDATE examined SET reason = 'duplicate_key'
FROM repeated AS d
WHERE d.contradicts AND examined.reason IS NULL
  AND d.statement_id = examined.statement_id AND d.key_hash = examined.key_hash;

DELETE FROM examined
USING repeated AS d
WHERE NOT d.contradicts AND examined.reason IS NULL AND examined.rowid <> d.first_row
  AND d.statement_id = examined.statement_id AND d.key_hash = examined.key_hash;
