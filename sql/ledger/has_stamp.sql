-- One row if the file has been laid out as a ledger.
SELECT 1 FROM duckdb_tables() WHERE schema_name = 'book' AND table_name = 'engine';
