-- Every row that got in matters. Reads: examined_once. Leaves: examined without duplicates, good_key, wanted, row_tally.
--
-- A key that one statement names twice: alike, it counts once; with different contents nobody knows which holds, and
-- none of them gets in.

CREATE OR REPLACE TEMP TABLE repeated AS
SELECT statement_id, key_hash, min(rowid) AS first_row, min(value_hash) <> max(value_hash) AS contradicts
FROM examined_once WHERE reason IS NULL GROUP BY statement_id, key_hash HAVING count(*) > 1;

UPDATE examined_once SET reason = 'duplicate_key'
FROM repeated AS d
WHERE d.contradicts AND examined_once.reason IS NULL
  AND d.statement_id = examined_once.statement_id AND d.key_hash = examined_once.key_hash;

DELETE FROM examined_once
USING repeated AS d
WHERE NOT d.contradicts AND examined_once.reason IS NULL AND examined_once.rowid <> d.first_row
  AND d.statement_id = examined_once.statement_id AND d.key_hash = examined_once.key_hash;

CREATE OR REPLACE TEMP VIEW examined AS SELECT * FROM examined_once;

CREATE OR REPLACE TEMP VIEW wanted AS SELECT * FROM examined WHERE reason IS NULL;

CREATE OR REPLACE TEMP VIEW good_key AS SELECT statement_id, key_hash FROM wanted;

CREATE OR REPLACE TEMP TABLE row_tally AS
SELECT statement_id, count(*) AS row_count FROM wanted GROUP BY statement_id;
