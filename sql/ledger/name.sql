-- A partial statement covers the keys that it names, and no others.
INSERT INTO book.named
SELECT f.statement_id, f.key_id FROM fresh AS f JOIN batch AS b ON b.statement_id = f.statement_id AND NOT b.complete;
