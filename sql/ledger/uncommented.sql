-- Grain: a relation (column '') or column of the schema main that says nothing of itself.
SELECT 'TABLE' AS kind, table_name AS relation, '' AS column_name
FROM duckdb_tables() WHERE schema_name = 'main' AND comment IS NULL AND NOT temporary
UNION ALL
SELECT 'VIEW', view_name, '' FROM duckdb_views()
WHERE schema_name = 'main' AND comment IS NULL AND NOT internal AND NOT temporary
UNION ALL
SELECT 'COLUMN', c.table_name, c.column_name FROM duckdb_columns() AS c
WHERE c.schema_name = 'main' AND c.comment IS NULL AND NOT c.internal AND c.database_name = current_database()
ORDER BY relation, column_name;
