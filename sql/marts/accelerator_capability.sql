-- What arithmetic may count on for each id that prices name. Grain: accelerator_id.
-- Reads: accelerator, accelerator_spec.
--
-- An id whose form is unstated counts as the least capable of its family's stated members, of the same memory where
-- the id states it: figure by figure the smallest, and null where a member has no figure (a card without bf16).

CREATE OR REPLACE TABLE accelerator_capability AS
WITH registered AS (
    SELECT
        accelerator.accelerator_id,
        accelerator.family,
        CAST(accelerator.form_stated AS BOOLEAN) AS form_stated,
        TRY_CAST(accelerator.memory_gb AS DOUBLE) AS stated_memory_gb,
        spec.accelerator_id IS NOT NULL AS has_spec,
        CAST(spec.memory_gb AS DOUBLE) AS memory_gb,
        CAST(spec.memory_bandwidth_gb_s AS DOUBLE) AS memory_bandwidth_gb_s,
        CAST(spec.dense_bf16_tflop_s AS DOUBLE) AS dense_bf16_tflop_s,
        CAST(spec.dense_fp16_tflop_s AS DOUBLE) AS dense_fp16_tflop_s
    FROM accelerator
    LEFT JOIN accelerator_spec AS spec ON spec.accelerator_id = accelerator.accelerator_id
),

own AS (
    SELECT
        accelerator_id,
        family,
        COALESCE(memory_gb, stated_memory_gb) AS memory_gb,
        memory_bandwidth_gb_s,
        dense_bf16_tflop_s,
        dense_fp16_tflop_s,
        '' AS note
    FROM registered
    WHERE form_stated
),

least AS (
    SELECT
        unstated.accelerator_id,
        unstated.family,
        COALESCE(unstated.stated_memory_gb, MIN(member.memory_gb)) AS memory_gb,
        CASE WHEN COUNT(member.memory_bandwidth_gb_s) = COUNT(*) THEN MIN(member.memory_bandwidth_gb_s) END
            AS memory_bandwidth_gb_s,
        CASE WHEN COUNT(member.dense_bf16_tflop_s) = COUNT(*) THEN MIN(member.dense_bf16_tflop_s) END AS dense_bf16_tflop_s,
        CASE WHEN COUNT(member.dense_fp16_tflop_s) = COUNT(*) THEN MIN(member.dense_fp16_tflop_s) END AS dense_fp16_tflop_s,
        'form unstated: least capable of ' || STRING_AGG(member.accelerator_id, ', ' ORDER BY member.accelerator_id) AS note
    FROM registered AS unstated
    INNER JOIN registered AS member
        ON member.family = unstated.family
        AND member.form_stated
        AND member.has_spec
        AND member.memory_gb = COALESCE(unstated.stated_memory_gb, member.memory_gb)
    WHERE NOT unstated.form_stated
    GROUP BY unstated.accelerator_id, unstated.family, unstated.stated_memory_gb
)

SELECT * FROM own
UNION ALL
SELECT * FROM least
ORDER BY accelerator_id;

COMMENT ON TABLE accelerator_capability IS 'Specs that estimates may count on; an unstated form counts as the least capable member of its family. Source: accelerator_spec';
COMMENT ON COLUMN accelerator_capability.accelerator_id IS 'What is rented';
COMMENT ON COLUMN accelerator_capability.family IS 'Family, as in accelerator';
COMMENT ON COLUMN accelerator_capability.memory_gb IS 'GB (10^9 bytes) an accelerator; null if unknown';
COMMENT ON COLUMN accelerator_capability.memory_bandwidth_gb_s IS 'GB/s; null if unknown';
COMMENT ON COLUMN accelerator_capability.dense_bf16_tflop_s IS 'Dense TFLOP/s; null if unknown or absent';
COMMENT ON COLUMN accelerator_capability.dense_fp16_tflop_s IS 'Dense TFLOP/s; null if unknown or absent';
COMMENT ON COLUMN accelerator_capability.note IS 'Empty, or which members stand for an unstated form';
