-- What is ranked fits, ranks run from 1 without a hole, and what is refused says why. Returns the rows that break this.
-- Reads: tier_recommendation.

SELECT tier, workload, rank, accelerator_id, why
FROM tier_recommendation
WHERE fits <> (rank IS NOT NULL) OR why IS NULL OR (NOT fits AND why NOT LIKE 'refused: %')
UNION ALL
SELECT tier, workload, MAX(rank) AS rank, '' AS accelerator_id, 'ranks have a hole' AS why
FROM tier_recommendation
WHERE rank IS NOT NULL
GROUP BY tier, workload
HAVING MIN(rank) <> 1 OR MAX(rank) <> COUNT(*);
