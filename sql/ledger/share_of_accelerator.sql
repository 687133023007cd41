-- Grain: one row per row of a user's file, in its order: the price of one accelerator as text, null where it does not
-- follow. Reads: offer (row_in_file, price_usd_per_hour, accelerator_count, of any type).
-- Divided in whole numbers, 1e-12 dollars and 1e-4 accelerators, half away from zero: doubles would not give the same
-- figure everywhere.
SELECT (share // 1000000000000) || '.' || lpad(CAST(share % 1000000000000 AS VARCHAR), 12, '0') AS share
FROM (
    SELECT row_in_file, CASE WHEN price > 0 AND count > 0 THEN (2 * price + count) // (2 * count) END AS share
    FROM (
        SELECT
            row_in_file,
            CAST(try_cast(price_usd_per_hour AS DECIMAL(24, 12)) * 1000000000000 AS HUGEINT) * 10000 AS price,
            CAST(try_cast(accelerator_count AS DECIMAL(9, 4)) * 10000 AS HUGEINT) AS count
        FROM offer
    ) AS numbers
) AS shared
ORDER BY row_in_file;
