-- Grain: one row per source and fact in force at a pair of times. What users loaded themselves stands in
-- accelerator_spec_version alone: the marts that everybody reads count on what is here. Reads: accelerator_spec_seen_at,
-- source.
CREATE OR REPLACE MACRO accelerator_spec_fact_at(valid_at, known_at) AS TABLE
SELECT
    fact.source, fact.accelerator_id, fact.metric, fact.precision, fact.sparsity, fact.scope, fact.direction,
    fact.value_raw, fact.unit_raw, fact.value, fact.value_kind, fact.valid_from, fact.last_seen_at, fact.version_id
FROM accelerator_spec_seen_at(valid_at, known_at) AS fact
JOIN source ON source.name = fact.source AND NOT source.private;
