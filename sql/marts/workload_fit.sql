-- Does a workload of a tier fit on an accelerator, on how many together, and how fast at most.
-- Grain: tier, workload, accelerator_id.
-- Reads: workload_fit_rows, from pipelines.scenarios (estimators/roofline.py on accelerator_capability).

CREATE OR REPLACE TABLE workload_fit AS
SELECT
    CAST(tier AS VARCHAR) AS tier,
    CAST(workload AS VARCHAR) AS workload,
    CAST(accelerator_id AS VARCHAR) AS accelerator_id,
    CAST(needed_count AS INTEGER) AS needed_count,
    CAST(fits AS BOOLEAN) AS fits,
    CAST(tokens_per_second AS DOUBLE) AS tokens_per_second,
    CAST(weights_gb AS DOUBLE) AS weights_gb,
    CAST(kv_cache_gb AS DOUBLE) AS kv_cache_gb,
    CAST(overhead_gb AS DOUBLE) AS overhead_gb,
    CAST(memory_needed_gb AS DOUBLE) AS memory_needed_gb,
    CAST(memory_usable_gb AS DOUBLE) AS memory_usable_gb,
    CAST(why AS VARCHAR) AS why
FROM workload_fit_rows
ORDER BY tier, workload, accelerator_id;

COMMENT ON TABLE workload_fit IS 'Memory and decoding speed of the standard workloads, by arithmetic from peak figures. Source: accelerator_capability, pipelines/scenarios.toml';
COMMENT ON COLUMN workload_fit.tier IS 'budget, mid, large';
COMMENT ON COLUMN workload_fit.workload IS 'Workload, as in pipelines/scenarios.toml';
COMMENT ON COLUMN workload_fit.accelerator_id IS 'Accelerator of the tier';
COMMENT ON COLUMN workload_fit.needed_count IS 'Fewest accelerators that hold it; where none does, the most that were tried';
COMMENT ON COLUMN workload_fit.fits IS 'Whether that many hold it';
COMMENT ON COLUMN workload_fit.tokens_per_second IS 'Output tokens a second of that many together, upper bound; null where it does not fit';
COMMENT ON COLUMN workload_fit.weights_gb IS 'GB (10^9 bytes)';
COMMENT ON COLUMN workload_fit.kv_cache_gb IS 'GB of keys and values of the whole batch';
COMMENT ON COLUMN workload_fit.overhead_gb IS 'GB set aside for the runtime';
COMMENT ON COLUMN workload_fit.memory_needed_gb IS 'GB: weights, keys and values, overhead';
COMMENT ON COLUMN workload_fit.memory_usable_gb IS 'GB of that many accelerators';
COMMENT ON COLUMN workload_fit.why IS 'The arithmetic in words';
