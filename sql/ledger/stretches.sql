-- Grain: one row per (touched key, stretch of valid time, stretch of known time) in which it is offered alike.
-- For every moment at which knowledge of a key changed (an edge), the statements visible then make one line in valid
-- time; a stretch of it that stays the same over neighbouring edges is one row.
-- Reads: said. Rewrites the touched keys' rows in book.rect and book.head.

-- A statement that repeats the one before it, and is seen only when that one is, changes no answer.
CREATE OR REPLACE TEMP TABLE telling AS
SELECT key_id, statement_id, place, valid_at, recorded_at, retracted_at, value_hash, content_id, locator
FROM (
    SELECT
        *,
        lag(value_hash) OVER neighbours AS hash_before,
        lag(recorded_at) OVER neighbours AS recorded_before,
        lag(coalesce(retracted_at, TIMESTAMP '9999-12-31')) OVER neighbours AS retracted_before
    FROM said
    WINDOW neighbours AS (PARTITION BY key_id ORDER BY place)
) AS s
WHERE hash_before IS NULL OR value_hash <> hash_before OR recorded_before > recorded_at
   OR retracted_before < coalesce(retracted_at, TIMESTAMP '9999-12-31');

CREATE OR REPLACE TEMP TABLE edge AS
SELECT key_id, known_from, row_number() OVER (PARTITION BY key_id ORDER BY known_from) AS edge_number,
       lead(known_from) OVER (PARTITION BY key_id ORDER BY known_from) AS known_to
FROM (
    SELECT key_id, recorded_at AS known_from FROM telling
    UNION
    SELECT key_id, retracted_at AS known_from FROM telling WHERE retracted_at IS NOT NULL
) AS moments;

CREATE OR REPLACE TEMP TABLE stretch AS
WITH visible AS (
    SELECT
        e.key_id, e.edge_number, t.place, t.valid_at, t.value_hash, t.content_id, t.statement_id, t.locator,
        lead(t.valid_at) OVER (PARTITION BY e.key_id, e.edge_number ORDER BY t.place) AS next_valid_at
    FROM edge AS e
    JOIN telling AS t ON t.key_id = e.key_id AND t.recorded_at <= e.known_from
        AND e.known_from < coalesce(t.retracted_at, TIMESTAMP '9999-12-31')
),
winning AS (
    SELECT *, lag(value_hash) OVER (PARTITION BY key_id, edge_number ORDER BY place) AS hash_before
    FROM visible
    WHERE next_valid_at IS NULL OR next_valid_at > valid_at
),
line AS (
    SELECT *, lead(valid_at) OVER (PARTITION BY key_id, edge_number ORDER BY place) AS valid_to
    FROM winning
    WHERE hash_before IS NULL OR hash_before <> value_hash
),
numbered AS (
    SELECT
        *,
        edge_number - row_number() OVER (
            PARTITION BY key_id, valid_at, valid_to, value_hash ORDER BY edge_number
        ) AS island
    FROM line
    WHERE content_id <> 0
),
islands AS (
    SELECT
        key_id, valid_at AS valid_from, valid_to, value_hash,
        min(edge_number) AS first_edge, max(edge_number) AS last_edge,
        min_by(content_id, edge_number) AS content_id, min_by(statement_id, edge_number) AS statement_id,
        min_by(locator, edge_number) AS locator
    FROM numbered
    GROUP BY key_id, valid_at, valid_to, value_hash, island
)
SELECT
    i.key_id, i.valid_from, i.valid_to, f.known_from, t.known_to, i.value_hash, i.content_id, i.statement_id,
    i.locator,
    max(s.valid_at) FILTER (s.valid_at < i.valid_from) AS changed_after,
    max(s.valid_at) FILTER (s.valid_at >= i.valid_from) AS last_seen_at
FROM islands AS i
JOIN edge AS f ON f.key_id = i.key_id AND f.edge_number = i.first_edge
JOIN edge AS t ON t.key_id = i.key_id AND t.edge_number = i.last_edge
JOIN said AS s ON s.key_id = i.key_id
    AND s.valid_at < coalesce(i.valid_to, TIMESTAMP '9999-12-31')
    AND s.recorded_at < coalesce(t.known_to, TIMESTAMP '9999-12-31')
    AND coalesce(s.retracted_at, TIMESTAMP '9999-12-31') >= coalesce(t.known_to, TIMESTAMP '9999-12-31')
GROUP BY ALL;

DELETE FROM book.rect WHERE key_id IN (SELECT key_id FROM touched);
DELETE FROM book.head WHERE key_id IN (SELECT key_id FROM touched);

INSERT INTO book.rect
SELECT key_id, valid_from, valid_to, known_from, known_to, changed_after, last_seen_at, content_id, statement_id, locator
FROM stretch
WHERE valid_to IS NOT NULL OR known_to IS NOT NULL
ORDER BY key_id, valid_from, known_from;

INSERT INTO book.head
SELECT
    s.key_id, p.scope_id, k.key_hash, s.value_hash, s.valid_from, s.known_from, s.changed_after, s.last_seen_at,
    (SELECT max(statement_id) FROM book.statement), s.content_id, s.statement_id, s.locator
FROM stretch AS s
JOIN book.key AS k ON k.key_id = s.key_id
JOIN (SELECT key_id, min(scope_id) AS scope_id FROM book.key_scope GROUP BY key_id) AS p ON p.key_id = s.key_id
WHERE s.valid_to IS NULL AND s.known_to IS NULL;
