-- In the table of specs that comes with the code every figure adds up or has a named exception. Returns what does not.
-- Reads: spec_arithmetic. What other sources say may be wrong and stands there to be seen; it blocks nothing.

SELECT accelerator_id, rule, precision, scope, value, compared_value, ratio, expected_ratio
FROM spec_arithmetic
WHERE NOT is_explained AND source = 'datasheets' AND compared_source IN ('datasheets', '');
