-- Grain: one row per key whose stretches the batch may change: what its statements cover, and what they could not read.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT m.key_id
FROM batch AS b
JOIN book.statement AS s ON s.statement_id = b.statement_id AND s.complete
JOIN book.key_scope AS m ON m.scope_id = s.scope_id
UNION
SELECT n.key_id FROM batch AS b JOIN book.named AS n ON n.statement_id = b.statement_id
UNION
SELECT g.key_id FROM batch AS b JOIN book.gap AS g ON g.statement_id = b.statement_id;
