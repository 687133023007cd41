-- What an accelerator is: one wide row each, made from the facts of all sources that are in force.
-- Grain: accelerator_id.
-- Reads: accelerator_spec_fact_at(valid_at, known_at), one row per fact in force for that pair of times: source,
-- accelerator_id, metric, precision, sparsity, scope, direction, value_raw, unit_raw, value, value_kind, valid_from,
-- last_seen_at, version_id.
--
-- The rules:
--   * Of several facts for one figure the best kind wins: datasheet, vendor document, measured, Epoch, other curated,
--     derived, preliminary, estimate; of one kind the one seen last, then the name of the source. Nothing is averaged.
--     Who disagrees stands in spec_conflict.
--   * Figures are those of one scope, the one that most facts of the accelerator are for: half a K80 is sold, and the
--     figures of its board fill nothing here.
--   * dense_fp64 is the vector rate (the tensor rate is a precision of its own, fp64_tensor). A sparse rate, and the
--     rate of another engine (fp16_vector, fp32_vector), fill nothing here.
--   * An estimate fills launch_price_usd alone, which is little else.
--   * unsupported lists the precisions that a chip is known to lack; a rate that is null and not listed is unknown.

CREATE OR REPLACE MACRO accelerator_spec_ranked_at(valid_at, known_at) AS TABLE
WITH fact AS (
    SELECT
        *,
        CASE value_kind
            WHEN 'datasheet' THEN 1
            WHEN 'vendor_doc' THEN 2
            WHEN 'measured' THEN 3
            WHEN 'curated' THEN CASE WHEN source = 'epoch' THEN 4 ELSE 5 END
            WHEN 'derived' THEN 6
            WHEN 'preliminary' THEN 7
            ELSE 8
        END AS kind_rank,
        value_raw = 'not supported' AND value IS NULL AS is_absent
    FROM accelerator_spec_fact_at(valid_at, known_at)
),

weighed_scope AS (
    SELECT accelerator_id, scope, COUNT(*) AS fact_count, MIN(kind_rank) AS best_rank
    FROM fact
    GROUP BY accelerator_id, scope
),

sold_scope AS (
    SELECT accelerator_id, scope
    FROM weighed_scope
    QUALIFY ROW_NUMBER() OVER (PARTITION BY accelerator_id ORDER BY fact_count DESC, best_rank, scope) = 1
)

SELECT
    fact.*,
    fact.scope = sold_scope.scope AS is_sold_scope,
    ROW_NUMBER() OVER (
        PARTITION BY fact.accelerator_id, metric, precision, sparsity, fact.scope, direction
        ORDER BY kind_rank, last_seen_at DESC, source, version_id
    ) AS place
FROM fact
INNER JOIN sold_scope ON sold_scope.accelerator_id = fact.accelerator_id;

CREATE OR REPLACE MACRO accelerator_spec_at(valid_at, known_at) AS TABLE
WITH chosen AS (
    SELECT
        *,
        CASE WHEN value_kind <> 'estimate' THEN value END AS figure,
        CASE WHEN sparsity = 'dense' AND value_kind <> 'estimate' THEN value END AS rate
    FROM accelerator_spec_ranked_at(valid_at, known_at)
    WHERE place = 1 AND is_sold_scope
)

SELECT
    accelerator_id,
    MAX(CASE WHEN metric = 'vendor' THEN value_raw END) AS vendor,
    MAX(CASE WHEN metric = 'architecture' THEN value_raw END) AS architecture,
    MAX(CASE WHEN metric = 'form_factor' THEN value_raw END) AS form_factor,
    MAX(
        CASE
            WHEN metric = 'release_on'
                THEN TRY_CAST(CASE WHEN LENGTH(value_raw) = 7 THEN value_raw || '-01' ELSE value_raw END AS DATE)
        END
    ) AS release_on,
    MAX(CASE WHEN metric = 'memory_gb' THEN figure END) AS memory_gb,
    MAX(CASE WHEN metric = 'memory_bandwidth_gb_s' THEN figure END) AS memory_bandwidth_gb_s,
    MAX(CASE WHEN metric = 'peak_tflop_s' AND precision = 'fp64' THEN rate END) AS dense_fp64_tflop_s,
    MAX(CASE WHEN metric = 'peak_tflop_s' AND precision = 'fp32' THEN rate END) AS dense_fp32_tflop_s,
    MAX(CASE WHEN metric = 'peak_tflop_s' AND precision = 'tf32' THEN rate END) AS dense_tf32_tflop_s,
    MAX(CASE WHEN metric = 'peak_tflop_s' AND precision = 'bf16' THEN rate END) AS dense_bf16_tflop_s,
    MAX(CASE WHEN metric = 'peak_tflop_s' AND precision = 'fp16' THEN rate END) AS dense_fp16_tflop_s,
    MAX(CASE WHEN metric = 'peak_tflop_s' AND precision = 'fp8' THEN rate END) AS dense_fp8_tflop_s,
    MAX(CASE WHEN metric = 'peak_top_s' AND precision = 'int8' THEN rate END) AS dense_int8_top_s,
    MAX(CASE WHEN metric = 'peak_tflop_s' AND precision = 'fp4' THEN rate END) AS dense_fp4_tflop_s,
    COALESCE(
        MAX(CASE WHEN metric = 'interconnect_gb_s' AND direction = 'both_ways' THEN figure END),
        MAX(CASE WHEN metric = 'interconnect_gb_s' AND direction = '' THEN figure END)
    ) AS interconnect_gb_s,
    MAX(CASE WHEN metric = 'tdp_w' THEN figure END) AS tdp_w,
    MAX(CASE WHEN metric = 'launch_price_usd' THEN value END) AS launch_price_usd,
    COALESCE(
        LIST(precision ORDER BY precision) FILTER (WHERE is_absent AND sparsity IN ('', 'dense')), CAST([] AS VARCHAR[])
    ) AS unsupported
FROM chosen
GROUP BY accelerator_id
ORDER BY accelerator_id;

CREATE OR REPLACE VIEW accelerator_spec AS
SELECT *
FROM accelerator_spec_at(now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC');

COMMENT ON VIEW accelerator_spec IS
'Accelerators as sold, one row each, by the best source of each figure; from accelerator_spec_version';
COMMENT ON COLUMN accelerator_spec.accelerator_id IS 'What is rented (accelerators.csv)';
COMMENT ON COLUMN accelerator_spec.vendor IS 'Who makes it';
COMMENT ON COLUMN accelerator_spec.architecture IS 'The vendor''s name of the architecture';
COMMENT ON COLUMN accelerator_spec.form_factor IS 'How it is built in: SXM, PCIe, OAM, a chip on a board';
COMMENT ON COLUMN accelerator_spec.release_on IS 'Day of the release; the first of the month where only that is known';
COMMENT ON COLUMN accelerator_spec.memory_gb IS '10^9 bytes, as printed';
COMMENT ON COLUMN accelerator_spec.memory_bandwidth_gb_s IS '10^9 bytes a second';
COMMENT ON COLUMN accelerator_spec.dense_fp64_tflop_s IS '10^12 FLOP/s without sparsity, vector units';
COMMENT ON COLUMN accelerator_spec.dense_fp32_tflop_s IS '10^12 FLOP/s without sparsity';
COMMENT ON COLUMN accelerator_spec.dense_tf32_tflop_s IS '10^12 FLOP/s without sparsity, tensor units';
COMMENT ON COLUMN accelerator_spec.dense_bf16_tflop_s IS '10^12 FLOP/s without sparsity, FP32 accumulate';
COMMENT ON COLUMN accelerator_spec.dense_fp16_tflop_s IS '10^12 FLOP/s without sparsity, FP32 accumulate';
COMMENT ON COLUMN accelerator_spec.dense_fp8_tflop_s IS '10^12 FLOP/s without sparsity';
COMMENT ON COLUMN accelerator_spec.dense_int8_top_s IS '10^12 OP/s without sparsity';
COMMENT ON COLUMN accelerator_spec.dense_fp4_tflop_s IS '10^12 FLOP/s without sparsity';
COMMENT ON COLUMN accelerator_spec.interconnect_gb_s IS
'10^9 bytes a second, both ways together; else as printed where no direction is stated';
COMMENT ON COLUMN accelerator_spec.tdp_w IS 'Watts';
COMMENT ON COLUMN accelerator_spec.launch_price_usd IS 'US dollars; for datacenter parts an estimate';
COMMENT ON COLUMN accelerator_spec.unsupported IS 'Precisions that it is known to lack; no figure elsewhere is unknown';
