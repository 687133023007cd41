-- Grain: one row per (touched key, statement that covers it), with what the statement says of it: the last event at or
-- before it in the order of statements; content_id 0: not offered. Reads: covering, book.log.

CREATE OR REPLACE TEMP TABLE said AS
SELECT
    c.key_id, c.statement_id, c.place, c.valid_at, c.recorded_at, c.retracted_at,
    coalesce(last_value(l.value_hash IGNORE NULLS) OVER earlier, 0) AS value_hash,
    coalesce(last_value(l.content_id IGNORE NULLS) OVER earlier, 0) AS content_id,
    last_value(l.locator IGNORE NULLS) OVER earlier AS locator
FROM covering AS c
LEFT JOIN book.log AS l ON l.key_id = c.key_id AND l.statement_id = c.statement_id
WINDOW earlier AS (PARTITION BY c.key_id ORDER BY c.place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);
