-- The batch's scopes and statements get their ids. A statement that stands in the register already (same scope, times
-- and bytes) is left out of the batch, and so are its rows; so is the second of two in one batch.
-- Reads: incoming (number, source, table_name, scope, valid_at, recorded_at, said_at, retracted_at, ordinal,
-- payload_sha256, carrier_sha256, complete, origin, ignored_count, loaded_at, entry, digest), incoming_row (number,
-- locator, the contract's columns). Leaves: new_scope, batch, staged.

CREATE OR REPLACE TEMP TABLE new_scope AS
SELECT nextval('book.scope_id') AS scope_id, table_name, source, scope
FROM (
    SELECT DISTINCT i.table_name, i.source, i.scope
    FROM incoming AS i
    LEFT JOIN book.scope AS s ON s.table_name = i.table_name AND s.source = i.source AND s.scope = i.scope
    WHERE s.scope_id IS NULL
) AS unseen;

INSERT INTO book.scope SELECT * FROM new_scope;

CREATE OR REPLACE TEMP TABLE batch AS
SELECT nextval('book.statement_id') AS statement_id, unknown.*
FROM (
    SELECT i.*, s.scope_id
    FROM incoming AS i
    JOIN book.scope AS s ON s.table_name = i.table_name AND s.source = i.source AND s.scope = i.scope
    LEFT JOIN book.statement AS t ON t.scope_id = s.scope_id AND t.valid_at = i.valid_at
        AND t.recorded_at = i.recorded_at AND t.said_at = i.said_at
        AND t.payload_sha256 = i.payload_sha256 AND t.complete = i.complete
    WHERE t.statement_id IS NULL
    QUALIFY row_number() OVER (
        PARTITION BY s.scope_id, i.valid_at, i.recorded_at, i.said_at, i.payload_sha256, i.complete ORDER BY i.number
    ) = 1
    ORDER BY i.valid_at, i.said_at, i.recorded_at, i.number
) AS unknown;

CREATE OR REPLACE TEMP VIEW staged AS
SELECT b.statement_id, r.* FROM incoming_row AS r JOIN batch AS b ON b.number = r.number;
