-- One row per accelerator as known at a pair of times. Parameters: at, known_at, accelerator (id or family; null: any).
SELECT s.*
FROM accelerator_spec_at(CAST($at AS TIMESTAMP), CAST($known_at AS TIMESTAMP)) AS s
LEFT JOIN accelerator AS a ON a.accelerator_id = s.accelerator_id
WHERE $accelerator IS NULL OR s.accelerator_id = $accelerator OR a.family = $accelerator
ORDER BY s.accelerator_id;
