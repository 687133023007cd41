-- Cost of one scenario through time. Parameters: phase, scenario, accelerator, provider; null: any ('' is the market).
SELECT c.*
FROM cost_curve AS c
JOIN accelerator AS a ON a.accelerator_id = c.accelerator_id
WHERE c.phase = $phase
  AND ($scenario IS NULL OR c.scenario = $scenario)
  AND ($accelerator IS NULL OR c.accelerator_id = $accelerator OR a.family = $accelerator)
  AND ($provider IS NULL OR c.provider = $provider)
ORDER BY c.scenario, c.basis, c.accelerator_id, c.provider, c.month;
