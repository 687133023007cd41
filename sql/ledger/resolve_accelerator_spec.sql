-- Grain: one row per source and fact in force at a pair of times. Reads: accelerator_spec_seen_at.
CREATE OR REPLACE MACRO accelerator_spec_fact_at(valid_at, known_at) AS TABLE
SELECT
    source, accelerator_id, metric, precision, sparsity, scope, direction, value_raw, unit_raw, value, value_kind,
    valid_from, last_seen_at, version_id
FROM accelerator_spec_seen_at(valid_at, known_at);
