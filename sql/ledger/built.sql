-- What the marts were built from, so that a refresh with nothing new need not build them again.
-- Parameters: hash of the code, day of the build.
CREATE OR REPLACE TABLE book.built AS
SELECT
    coalesce((SELECT max(statement_id) FROM book.statement), 0) AS statement_id,
    (SELECT count(*) FROM book.retraction) AS retraction_count,
    (SELECT count(*) FROM book.payload) AS payload_count,
    CAST($1 AS VARCHAR) AS code_version, CAST($2 AS DATE) AS day;
