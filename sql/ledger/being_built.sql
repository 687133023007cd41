-- Relations are being built anew: until `built` says so they are partly of before, or a check may find them wrong.
CREATE OR REPLACE TABLE book.built AS
SELECT
    CAST(NULL AS BIGINT) AS statement_id, CAST(NULL AS BIGINT) AS retraction_count, CAST(NULL AS BIGINT) AS payload_count,
    CAST(NULL AS VARCHAR) AS code_version, CAST(NULL AS DATE) AS day;
