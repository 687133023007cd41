-- Grain: one row per event that the batch adds to the log.
-- A new statement says what its rows say, or that the key is not offered; an old one what the last old event before it
-- says. Where that differs from the statement before, an event must stand, also at an old statement that now differs.
-- Reads: covering, fresh, book.log.

CREATE OR REPLACE TEMP TABLE event AS
WITH spoken AS (
    SELECT
        c.key_id, c.statement_id, c.place, c.is_new, l.key_id IS NOT NULL AS has_event,
        f.key_id IS NOT NULL AS is_fresh, f.value_hash AS fresh_hash, f.locator AS fresh_locator,
        last_value(l.value_hash IGNORE NULLS) OVER earlier AS old_hash,
        last_value(l.content_id IGNORE NULLS) OVER earlier AS old_content_id,
        last_value(l.locator IGNORE NULLS) OVER earlier AS old_locator
    FROM covering AS c
    LEFT JOIN book.log AS l ON l.key_id = c.key_id AND l.statement_id = c.statement_id
    LEFT JOIN fresh AS f ON f.key_id = c.key_id AND f.statement_id = c.statement_id
    WINDOW earlier AS (
        PARTITION BY c.key_id, c.is_new ORDER BY c.place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
said AS (
    SELECT *, CASE WHEN is_new THEN coalesce(fresh_hash, 0) ELSE coalesce(old_hash, 0) END AS value_hash
    FROM spoken
),
compared AS (
    SELECT *, coalesce(lag(value_hash) OVER (PARTITION BY key_id ORDER BY place), 0) AS hash_before
    FROM said
)
SELECT
    key_id, statement_id, value_hash, is_fresh,
    CASE
        WHEN is_fresh THEN nextval('book.content_id')
        WHEN is_new THEN 0
        ELSE coalesce(old_content_id, 0)
    END AS content_id,
    CASE WHEN is_new THEN fresh_locator ELSE old_locator END AS locator
FROM compared
WHERE value_hash <> hash_before AND NOT has_event;

INSERT INTO book.log SELECT key_id, statement_id, content_id, value_hash, locator FROM event;
