-- Grain: one row per statement that a fact file leaves out: a partial one that changes nothing, while a later one of its
-- scope and day stands. What complete statements leave out is news too: they all stay.
-- Reads: exported(source, table_name, without_repeats), book.statement, scope, retraction, log.

CREATE OR REPLACE TEMP TABLE repeats AS
WITH partial AS (
    SELECT s.statement_id, s.scope_id, s.valid_at
    FROM book.statement AS s
    JOIN book.scope AS p ON p.scope_id = s.scope_id
    JOIN exported AS e ON e.source = p.source AND e.table_name = p.table_name
    WHERE e.without_repeats AND NOT s.complete
),
last_of_day AS (
    SELECT scope_id, max(valid_at) AS valid_at FROM partial GROUP BY scope_id, CAST(valid_at AS DATE)
)
SELECT p.statement_id
FROM partial AS p
ANTI JOIN last_of_day AS l ON l.scope_id = p.scope_id AND l.valid_at = p.valid_at
ANTI JOIN book.log AS n ON n.statement_id = p.statement_id
ANTI JOIN book.retraction AS w ON w.statement_id = p.statement_id;
