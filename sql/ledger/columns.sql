-- Grain: one row per column of a relation that people read, in order. Parameter: the relation's name.
SELECT column_name, data_type, comment
FROM duckdb_columns()
WHERE schema_name = 'main' AND table_name = $1
ORDER BY column_index;
