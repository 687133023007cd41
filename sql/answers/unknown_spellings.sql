-- Spellings that nobody has settled, with how many rows use them. Reads: quarantine.
SELECT source, coalesce(json_extract_string(key, '$.sku'), locator) AS spelling, count(*) AS row_count
FROM quarantine
WHERE reason = 'unknown_accelerator'
GROUP BY ALL
ORDER BY row_count DESC, source, spelling;
