-- Spellings that nobody has settled, with how many rows use them. Reads: quarantine.
SELECT
    source,
    coalesce(nullif(json_extract_string(key, '$.sku'), ''), json_extract_string(try_cast(row_text AS JSON), '$.accelerator_id'), row_text)
    AS spelling,
    count(*) AS row_count
FROM quarantine
WHERE reason = 'unknown_accelerator'
GROUP BY ALL
ORDER BY row_count DESC, source, spelling;
