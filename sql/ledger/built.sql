-- What the marts were built from, so that a refresh with nothing new need not build them again.
-- Parameters: hash of the code, day of the build.
CREATE OR REPLACE TABLE ledger.built AS
SELECT
    coalesce((SELECT max(statement_id) FROM ledger.statement), 0) AS statement_id,
    (SELECT count(*) FROM ledger.retraction) AS retraction_count,
    (SELECT count(*) FROM ledger.payload) AS payload_count,
    CAST($1 AS VARCHAR) AS code_version, CAST($2 AS DATE) AS day;
