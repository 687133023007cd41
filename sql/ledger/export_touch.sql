-- Grain: one row per key of the source and table that is exported. Reads: exported(source, table_name).
-- Leaves: touched, an empty batch.

CREATE OR REPLACE TEMP TABLE touched AS
SELECT k.key_id
FROM book.key AS k JOIN exported AS e ON e.source = k.source AND e.table_name = k.table_name;

CREATE OR REPLACE TEMP TABLE batch AS SELECT statement_id FROM book.statement WHERE false;
