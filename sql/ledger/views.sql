-- How the ledger's own tables are read: stretches of both kinds as one, and when each key was last seen.

-- Grain: scope. The newest complete statement that still stands.
CREATE OR REPLACE VIEW book.scope_newest AS
SELECT s.scope_id, max(s.valid_at) AS valid_at, max_by(s.statement_id, s.valid_at) AS statement_id
FROM book.statement AS s
LEFT JOIN book.retraction AS w ON w.statement_id = s.statement_id
WHERE s.complete AND w.statement_id IS NULL
GROUP BY s.scope_id;

-- Grain: key, stretch of valid time, stretch of known time.
CREATE OR REPLACE VIEW book.stretch AS
SELECT
    key_id, valid_from, valid_to, known_from, known_to, changed_after, last_seen_at, content_id, statement_id, locator
FROM book.rect
UNION ALL
SELECT
    h.key_id, h.valid_from, CAST(NULL AS TIMESTAMP), h.known_from, CAST(NULL AS TIMESTAMP), h.changed_after,
    CASE WHEN n.statement_id > h.seen_through THEN greatest(n.valid_at, h.seen_at) ELSE h.seen_at END,
    h.content_id, h.statement_id, h.locator
FROM book.head AS h
LEFT JOIN book.scope_newest AS n ON n.scope_id = h.scope_id;

-- Grain: key. The newest moment up to valid_at at which a statement known by known_at covered it.
CREATE OR REPLACE MACRO book.seen_at(valid_at, known_at) AS TABLE
WITH spoken AS (
    SELECT s.statement_id, s.scope_id, s.valid_at AS moment, s.complete
    FROM book.statement AS s
    LEFT JOIN book.retraction AS w
        ON w.statement_id = s.statement_id AND w.recorded_at <= book.utc(known_at)
    WHERE s.valid_at <= book.utc(valid_at) AND s.recorded_at <= book.utc(known_at)
      AND w.statement_id IS NULL
),
of_scope AS (
    SELECT m.key_id, max(l.moment) AS moment
    FROM (SELECT scope_id, max(moment) AS moment FROM spoken WHERE complete GROUP BY scope_id) AS l
    JOIN book.key_scope AS m ON m.scope_id = l.scope_id
    LEFT JOIN (SELECT DISTINCT key_id FROM book.gap) AS g ON g.key_id = m.key_id
    WHERE g.key_id IS NULL
    GROUP BY m.key_id
),
with_gaps AS (
    SELECT g.key_id, max(s.moment) AS moment
    FROM (SELECT DISTINCT key_id FROM book.gap) AS g
    JOIN book.key_scope AS m ON m.key_id = g.key_id
    JOIN spoken AS s ON s.scope_id = m.scope_id AND s.complete
    LEFT JOIN book.gap AS missing ON missing.key_id = g.key_id AND missing.statement_id = s.statement_id
    WHERE missing.key_id IS NULL
    GROUP BY g.key_id
),
by_name AS (
    SELECT n.key_id, max(s.moment) AS moment
    FROM book.named AS n JOIN spoken AS s ON s.statement_id = n.statement_id
    GROUP BY n.key_id
)
SELECT key_id, max(moment) AS seen_at
FROM (SELECT * FROM of_scope UNION ALL SELECT * FROM with_gaps UNION ALL SELECT * FROM by_name) AS sightings
GROUP BY key_id;

-- Grain: key, statement that covers it and is not known to be wrong: when somebody looked, whether or not it was there.
CREATE OR REPLACE VIEW sighting AS
SELECT p.table_name, m.key_id, s.valid_at AS seen_at, s.recorded_at
FROM book.statement AS s
JOIN book.scope AS p ON p.scope_id = s.scope_id
JOIN book.key_scope AS m ON m.scope_id = s.scope_id
LEFT JOIN book.gap AS g ON g.statement_id = s.statement_id AND g.key_id = m.key_id
LEFT JOIN book.retraction AS w ON w.statement_id = s.statement_id
WHERE s.complete AND g.key_id IS NULL AND w.statement_id IS NULL
UNION ALL
SELECT p.table_name, n.key_id, s.valid_at AS seen_at, s.recorded_at
FROM book.named AS n
JOIN book.statement AS s ON s.statement_id = n.statement_id
JOIN book.scope AS p ON p.scope_id = s.scope_id
LEFT JOIN book.retraction AS w ON w.statement_id = s.statement_id
WHERE w.statement_id IS NULL;
