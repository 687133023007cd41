-- Dated statements, rows and quarantined rows of every source. Reads: source_status.
SELECT source, statement_count, row_count, quarantined_count FROM source_status ORDER BY source;
