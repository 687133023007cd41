-- Rows were loaded before any refresh: the moment of the newest statement stands for it. Grain: one row.
CREATE TABLE IF NOT EXISTS as_of AS
SELECT coalesce(max(loaded_at), TIMESTAMP '1970-01-01') AS now FROM book.statement;
