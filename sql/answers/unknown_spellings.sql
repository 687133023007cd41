-- Spellings that nobody has settled, with how many rows use them. Reads: quarantine.
SELECT
    source,
    -- of a row that was loaded it is the accelerator; of one that a parser could not read, what the parser said of it
    coalesce(
        nullif(json_extract_string(try_cast(row_text AS JSON), '$.accelerator_id'), ''), nullif(json_extract_string(key, '$.sku'), ''),
        row_text
    ) AS spelling,
    count(*) AS row_count
FROM quarantine
WHERE reason = 'unknown_accelerator'
GROUP BY ALL
ORDER BY row_count DESC, source, spelling;
