-- A statement is known to have been wrong from a moment on. Reads: withdrawn_statement(statement_id, recorded_at, note).
-- Leaves: touched, an empty batch.

INSERT INTO book.retraction SELECT * FROM withdrawn_statement;

CREATE OR REPLACE TEMP TABLE batch AS SELECT statement_id, valid_at FROM book.statement WHERE false;

CREATE OR REPLACE TEMP TABLE touched AS
SELECT m.key_id
FROM withdrawn_statement AS w
JOIN book.statement AS s ON s.statement_id = w.statement_id
JOIN book.key_scope AS m ON m.scope_id = s.scope_id
UNION
SELECT n.key_id FROM withdrawn_statement AS w JOIN book.named AS n ON n.statement_id = w.statement_id;
