-- The batch comes after everything else in both times: for a key that always was covered by its scope alone, its head
-- ends and another begins. Keys with a past of gaps or of partial statements are left, in `touched`, to the general way.
-- Reads: fresh, vanished, batch, book.head, gap, named, statement, retraction. Leaves: event, touched.

CREATE OR REPLACE TEMP VIEW awkward AS
SELECT key_id FROM book.gap UNION SELECT key_id FROM book.named;

CREATE OR REPLACE TEMP TABLE touched AS
SELECT g.key_id FROM book.gap AS g JOIN batch AS b ON b.statement_id = g.statement_id
UNION
SELECT key_id FROM fresh WHERE key_id IN (SELECT key_id FROM awkward)
UNION
SELECT key_id FROM vanished WHERE key_id IN (SELECT key_id FROM awkward);

CREATE OR REPLACE TEMP TABLE change AS
WITH spoken AS (
    SELECT key_id, key_hash, statement_id, value_hash, locator, true AS is_fresh FROM fresh
    UNION ALL
    SELECT key_id, 0 AS key_hash, statement_id, 0 AS value_hash, CAST(NULL AS VARCHAR) AS locator, false AS is_fresh FROM vanished
),
before AS (
    SELECT s.scope_id, max(s.valid_at) AS valid_at, max_by(s.statement_id, s.valid_at) AS statement_id
    FROM book.statement AS s
    JOIN batch AS b ON b.scope_id = s.scope_id
    WHERE s.complete AND s.statement_id NOT IN (SELECT statement_id FROM batch)
      AND s.statement_id NOT IN (SELECT statement_id FROM book.retraction)
    GROUP BY s.scope_id
)
SELECT
    c.key_id, c.key_hash, c.statement_id, c.value_hash, c.is_fresh, c.locator,
    CASE WHEN c.is_fresh THEN nextval('book.content_id') ELSE 0 END AS content_id,
    b.scope_id, b.valid_at, b.recorded_at, h.key_id IS NOT NULL AS has_head,
    h.valid_from AS head_valid_from, h.known_from AS head_known_from, h.changed_after AS head_changed_after,
    h.content_id AS head_content_id, h.statement_id AS head_statement_id, h.locator AS head_locator,
    CASE
        WHEN h.key_id IS NULL THEN p.valid_at
        WHEN p.statement_id > h.seen_through THEN greatest(p.valid_at, h.seen_at)
        ELSE h.seen_at
    END AS seen_before
FROM spoken AS c
JOIN batch AS b ON b.statement_id = c.statement_id
LEFT JOIN book.head AS h ON h.key_id = c.key_id
LEFT JOIN before AS p ON p.scope_id = b.scope_id
WHERE c.key_id NOT IN (SELECT key_id FROM touched);

CREATE OR REPLACE TEMP TABLE event AS
SELECT key_id, statement_id, value_hash, is_fresh, content_id, locator FROM change;

INSERT INTO book.log SELECT key_id, statement_id, content_id, value_hash, locator FROM event;

-- What was open until now: as it was believed, and as it is believed from now on.
INSERT INTO book.rect
SELECT
    key_id, head_valid_from, CAST(NULL AS TIMESTAMP), head_known_from, recorded_at, head_changed_after, seen_before,
    head_content_id, head_statement_id, head_locator
FROM change
WHERE has_head AND head_known_from < recorded_at
UNION ALL
SELECT
    key_id, head_valid_from, valid_at, recorded_at, CAST(NULL AS TIMESTAMP), head_changed_after, seen_before,
    head_content_id, head_statement_id, head_locator
FROM change
WHERE has_head;

DELETE FROM book.head WHERE key_id IN (SELECT key_id FROM change WHERE has_head);

INSERT INTO book.head
SELECT
    key_id, scope_id, key_hash, value_hash, valid_at, recorded_at, seen_before, valid_at, statement_id, content_id,
    statement_id, locator
FROM change
WHERE is_fresh;
