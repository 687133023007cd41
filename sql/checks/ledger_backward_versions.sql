-- A stretch of time ends after it begins, in both times. Returns those that do not.
-- Reads: book.stretch.

SELECT key_id, valid_from, valid_to, known_from, known_to
FROM book.stretch
WHERE valid_to <= valid_from OR known_to <= known_from;
