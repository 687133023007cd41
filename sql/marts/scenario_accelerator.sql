-- How many accelerator-hours a scenario takes on each accelerator: prices times these are the curves.
-- Grain: scenario, phase, accelerator_id. Only accelerators whose specs are known and that can do it.
-- Reads: scenario_accelerator_rows, from pipelines.scenarios (estimators/roofline.py on accelerator_capability).

CREATE OR REPLACE TABLE scenario_accelerator AS
SELECT
    CAST(scenario AS VARCHAR) AS scenario,
    CAST(phase AS VARCHAR) AS phase,
    CAST(accelerator_id AS VARCHAR) AS accelerator_id,
    CAST(accelerator_count AS INTEGER) AS accelerator_count,
    CAST(accelerator_hours AS DOUBLE) AS accelerator_hours,
    CAST(unit AS VARCHAR) AS unit,
    CAST(note AS VARCHAR) AS note
FROM scenario_accelerator_rows
ORDER BY scenario, phase, accelerator_id;

COMMENT ON TABLE scenario_accelerator IS 'Accelerator-hours of each scenario on each accelerator, by arithmetic from peak figures and stated shares of them. Source: accelerator_capability, pipelines/scenarios.toml';
COMMENT ON COLUMN scenario_accelerator.scenario IS 'Scenario, as in pipelines/scenarios.toml';
COMMENT ON COLUMN scenario_accelerator.phase IS 'training or inference';
COMMENT ON COLUMN scenario_accelerator.accelerator_id IS 'What it runs on';
COMMENT ON COLUMN scenario_accelerator.accelerator_count IS 'Accelerators of one deployment; null for training, where the hours do not depend on it';
COMMENT ON COLUMN scenario_accelerator.accelerator_hours IS 'Accelerator-hours a run (training) or a million output tokens (inference)';
COMMENT ON COLUMN scenario_accelerator.unit IS 'What price times hours gives: usd (a run) or usd_per_mtok (a million output tokens)';
COMMENT ON COLUMN scenario_accelerator.note IS 'The arithmetic, and what is assumed';
