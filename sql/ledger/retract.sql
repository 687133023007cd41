-- A statement is known to have been wrong from a moment on. Reads: withdrawn_statement(statement_id, recorded_at, note).
-- Leaves: touched, an empty batch.

INSERT INTO ledger.retraction SELECT * FROM withdrawn_statement;

CREATE OR REPLACE TEMP TABLE batch AS SELECT statement_id, valid_at FROM ledger.statement WHERE false;

CREATE OR REPLACE TEMP TABLE touched AS
SELECT m.key_id
FROM withdrawn_statement AS w
JOIN ledger.statement AS s ON s.statement_id = w.statement_id
JOIN ledger.key_scope AS m ON m.scope_id = s.scope_id
UNION
SELECT n.key_id FROM withdrawn_statement AS w JOIN ledger.named AS n ON n.statement_id = w.statement_id;
