-- Figures that do not add up: a rate that is not the usual multiple of another, a bandwidth that cannot be, GiB taken for
-- GB, a date that stands for "some time that year". What is known to be so is explained, by name and with a citation.
-- Grain: accelerator_id, rule, precision, scope (and source, for what several sources say of one figure).
-- Reads: accelerator_spec_ranked_at(valid_at, known_at) (accelerator_spec.sql).
--
-- The rules, on the figures that were chosen (those that lose stand in spec_conflict):
--   * sparse_is_twice_dense, fp8_is_twice_bf16, fp4_is_twice_fp8, bf16_is_twice_tf32, fp16_is_bf16: within 3 %.
--   * memory_is_read_in_10_to_500_ms: capacity / bandwidth. A node's bandwidth beside a chip's memory falls out.
--   * measured_is_at_most_peak: within 2 %.
-- and on what every source says:
--   * gib_for_gb: two figures 1.0737 apart (2^30 / 10^9), within 0.3 %.
--   * first_of_january: a day that catalogues fill in where they know the year alone.
-- An exception says what the ratio is instead, so that another wrong one is still found.

CREATE OR REPLACE VIEW spec_arithmetic_exception AS
SELECT *
FROM (
    VALUES
        ('nvidia-b300-sxm-270gb', 'sparse_is_twice_dense', 'fp4', 18.0 / 14, 'Blackwell Ultra raises dense FP4 alone',
            'NVIDIA HGX B300 datasheet: 18 PF sparse, 14 PF dense'),
        ('nvidia-gb300-288gb', 'sparse_is_twice_dense', 'fp4', 20.0 / 15, 'Blackwell Ultra raises dense FP4 alone',
            'NVIDIA GB300 NVL72 datasheet: 20 PF sparse, 15 PF dense'),
        ('nvidia-b300-sxm-270gb', 'fp4_is_twice_fp8', 'fp4', 14.0 / 4.5, 'Blackwell Ultra raises dense FP4 alone',
            'NVIDIA HGX B300 datasheet: 14 PF FP4, 4.5 PF FP8, both dense'),
        ('nvidia-gb300-288gb', 'fp4_is_twice_fp8', 'fp4', 15.0 / 5, 'Blackwell Ultra raises dense FP4 alone',
            'NVIDIA GB300 NVL72 datasheet: 15 PF FP4, 5 PF FP8, both dense'),
        ('nvidia-rtx-5090-32gb', 'fp4_is_twice_fp8', 'fp4', 4.0, 'FP8 with FP32 accumulate runs at half rate',
            'NVIDIA RTX Blackwell GPU Architecture whitepaper'),
        ('nvidia-vr200-288gb', 'fp8_is_twice_bf16', 'fp8', 17.5 / 4, 'announced so; preliminary',
            'https://github.com/stas00/ml-engineering/blob/7bc7c3054eb9/compute/accelerator/README.md'),
        ('amd-mi100-32gb', 'fp16_is_bf16', 'fp16', 2.0, 'BF16 runs at half the rate of FP16 on CDNA',
            'AMD Instinct MI100 datasheet: 184.6 FP16, 92.3 BF16'),
        ('intel-gaudi3', 'fp8_is_twice_bf16', 'fp8', 1.0, 'one rate for both',
            'https://www.sgpjbg.com/baogao/465025.html (Intel Gaudi 3 Hot Chips 2024 slides)'),
        ('intel-gaudi3', 'bf16_is_twice_tf32', 'bf16', 1678.0 / 459, '459 is a quarter of the 1,835 of 1,750 MHz',
            'https://www.sgpjbg.com/baogao/465025.html (Intel Gaudi 3 Hot Chips 2024 slides)'),
        ('google-tpu-v5p', 'fp8_is_twice_bf16', 'fp8', 1.0, 'one rate for both', 'https://cloud.google.com/tpu/docs/v5p'),
        ('google-tpu-v6e', 'fp8_is_twice_bf16', 'fp8', 1.0, 'one rate for both',
            'https://github.com/jax-ml/scaling-book/blob/a3ea5fb3acc2/tpus.md'),
        ('aws-inferentia2', 'fp8_is_twice_bf16', 'fp8', 1.0, 'one rate for both',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/1db4d74ec718/about-neuron/arch/neuron-hardware/inferentia2.rst'),
        ('aws-inferentia2', 'bf16_is_twice_tf32', 'bf16', 1.0, 'one rate for both',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/1db4d74ec718/about-neuron/arch/neuron-hardware/inferentia2.rst'),
        ('aws-trainium1', 'fp8_is_twice_bf16', 'fp8', 1.0, 'one rate for both',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/1db4d74ec718/about-neuron/arch/neuron-hardware/trainium.rst'),
        ('aws-trainium1', 'bf16_is_twice_tf32', 'bf16', 1.0, 'one rate for both',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/1db4d74ec718/about-neuron/arch/neuron-hardware/trainium.rst'),
        ('aws-trainium2', 'bf16_is_twice_tf32', 'bf16', 1.0, 'one rate for both',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/db1586c3b3be/about-neuron/arch/neuron-hardware/trainium2.rst'),
        ('aws-trainium2', 'sparse_is_twice_dense', 'bf16', 2563.0 / 667, 'sparsity of 4:1',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/db1586c3b3be/about-neuron/arch/neuron-hardware/trainium2.rst'),
        ('aws-trainium2', 'sparse_is_twice_dense', 'fp16', 2563.0 / 667, 'sparsity of 4:1',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/db1586c3b3be/about-neuron/arch/neuron-hardware/trainium2.rst'),
        ('aws-trainium2', 'sparse_is_twice_dense', 'tf32', 2563.0 / 667, 'sparsity of 4:1',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/db1586c3b3be/about-neuron/arch/neuron-hardware/trainium2.rst'),
        ('aws-trainium3', 'fp8_is_twice_bf16', 'fp8', 2517.0 / 671, 'MXFP8 runs at 3.75 times BF16',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/6e694cbbfa42/about-neuron/arch/neuron-hardware/trainium3.rst'),
        ('aws-trainium3', 'fp4_is_twice_fp8', 'fp4', 1.0, 'MXFP4 runs at the rate of MXFP8',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/6e694cbbfa42/about-neuron/arch/neuron-hardware/trainium3.rst'),
        ('aws-trainium3', 'bf16_is_twice_tf32', 'bf16', 1.0, 'one rate for both',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/6e694cbbfa42/about-neuron/arch/neuron-hardware/trainium3.rst'),
        ('aws-trainium3', 'sparse_is_twice_dense', 'bf16', 2517.0 / 671, 'sparsity of 4:1',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/6e694cbbfa42/about-neuron/arch/neuron-hardware/trainium3.rst'),
        ('aws-trainium3', 'sparse_is_twice_dense', 'fp16', 2517.0 / 671, 'sparsity of 4:1',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/6e694cbbfa42/about-neuron/arch/neuron-hardware/trainium3.rst'),
        ('aws-trainium3', 'sparse_is_twice_dense', 'tf32', 2517.0 / 671, 'sparsity of 4:1',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/6e694cbbfa42/about-neuron/arch/neuron-hardware/trainium3.rst'),
        ('aws-inferentia2', 'gib_for_gb', '', NULL, 'the document prints 32 GiB and 820 GiB/sec; Epoch has GB',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/1db4d74ec718/about-neuron/arch/neuron-hardware/inferentia2.rst'),
        ('aws-trainium1', 'gib_for_gb', '', NULL, 'the document prints 32 GiB and 820 GiB/sec; Epoch has GB',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/1db4d74ec718/about-neuron/arch/neuron-hardware/trainium.rst'),
        ('aws-trainium2', 'gib_for_gb', '', NULL, 'the document prints 96 GiB; Epoch has 96 GB',
            'https://github.com/aws-neuron/aws-neuron-sdk/blob/db1586c3b3be/about-neuron/arch/neuron-hardware/trainium2.rst'),
        ('google-tpu-v3', 'gib_for_gb', '', NULL, 'the document prints 32 GiB; Epoch has 32 GB',
            'https://docs.cloud.google.com/tpu/docs/v3'),
        ('google-tpu-v4', 'gib_for_gb', '', NULL, 'the document prints 32 GiB; Epoch has 32 GB',
            'https://docs.cloud.google.com/tpu/docs/v4'),
        ('google-tpu-v5p', 'gib_for_gb', '', NULL, 'the document prints 95 GiB; Epoch has 95 GB',
            'https://cloud.google.com/tpu/docs/v5p'),
        ('google-tpu-7x', 'gib_for_gb', '', NULL, 'the document prints 192 GiB; Epoch has 192 GB',
            'https://docs.cloud.google.com/tpu/docs/tpu7x'),
        ('cerebras-wse3', 'memory_is_read_in_10_to_500_ms', '', NULL, 'the memory is on the wafer (SRAM)',
            'https://www.yobitel.com/knowledge-base/cerebras-wse-3'),
        ('groq-lpu-v1', 'memory_is_read_in_10_to_500_ms', '', NULL, 'the memory is on the chip (SRAM)',
            'https://epoch.ai/data/machine-learning-hardware')
) AS named (accelerator_id, rule, precision, ratio, reason, citation);

CREATE OR REPLACE MACRO spec_arithmetic_at(valid_at, known_at) AS TABLE
WITH fact AS (
    SELECT *
    FROM accelerator_spec_ranked_at(valid_at, known_at)
),

chosen AS (
    SELECT *
    FROM fact
    WHERE place = 1 AND value > 0 AND value_kind <> 'estimate'
),

dense AS (
    SELECT *
    FROM chosen
    WHERE sparsity = 'dense' AND metric IN ('peak_tflop_s', 'peak_top_s')
),

multiple AS (
    SELECT
        sparse.accelerator_id, 'sparse_is_twice_dense' AS rule, sparse.precision, sparse.scope, sparse.value,
        dense.value AS compared_value, sparse.source, dense.source AS compared_source, 2 AS expected
    FROM chosen AS sparse
    INNER JOIN dense
        ON dense.accelerator_id = sparse.accelerator_id AND dense.scope = sparse.scope
        AND dense.metric = sparse.metric AND dense.precision = sparse.precision
    WHERE sparse.sparsity = 'sparse'
    UNION ALL
    SELECT
        one.accelerator_id, usual.rule, one.precision, one.scope, one.value,
        other.value AS compared_value, one.source, other.source AS compared_source, usual.expected
    FROM dense AS one
    INNER JOIN (
        VALUES
            ('fp8_is_twice_bf16', 'fp8', 'bf16', 2), ('fp4_is_twice_fp8', 'fp4', 'fp8', 2),
            ('bf16_is_twice_tf32', 'bf16', 'tf32', 2), ('fp16_is_bf16', 'fp16', 'bf16', 1)
    ) AS usual (rule, precision, compared_precision, expected) ON usual.precision = one.precision
    INNER JOIN dense AS other
        ON other.accelerator_id = one.accelerator_id AND other.scope = one.scope
        AND other.precision = usual.compared_precision
),

found AS (
    SELECT
        accelerator_id, rule, precision, scope, value, compared_value, source, compared_source,
        value / compared_value AS ratio,
        CAST(expected AS DOUBLE) AS expected
    FROM multiple
    WHERE ABS(value / compared_value / expected - 1) > 0.03
    UNION ALL
    SELECT
        memory.accelerator_id, 'memory_is_read_in_10_to_500_ms' AS rule, '' AS precision, memory.scope,
        memory.value, bandwidth.value AS compared_value, memory.source, bandwidth.source AS compared_source,
        memory.value / bandwidth.value AS ratio,
        NULL AS expected
    FROM chosen AS memory
    INNER JOIN chosen AS bandwidth
        ON bandwidth.accelerator_id = memory.accelerator_id AND bandwidth.scope = memory.scope
    WHERE memory.metric = 'memory_gb' AND bandwidth.metric = 'memory_bandwidth_gb_s'
        AND memory.value / bandwidth.value NOT BETWEEN 0.01 AND 0.5
    UNION ALL
    SELECT
        measured.accelerator_id, 'measured_is_at_most_peak' AS rule, measured.precision, measured.scope,
        measured.value, dense.value AS compared_value, measured.source, dense.source AS compared_source,
        measured.value / dense.value AS ratio,
        1 AS expected
    FROM chosen AS measured
    INNER JOIN dense
        ON dense.accelerator_id = measured.accelerator_id AND dense.scope = measured.scope
        AND dense.precision = measured.precision
    WHERE measured.metric = 'measured_tflop_s' AND measured.value > dense.value * 1.02
    UNION ALL
    SELECT
        one.accelerator_id, 'gib_for_gb' AS rule, one.precision, one.scope,
        one.value, other.value AS compared_value, one.source, other.source AS compared_source,
        one.value / other.value AS ratio,
        1 AS expected
    FROM fact AS one
    INNER JOIN fact AS other
        ON other.accelerator_id = one.accelerator_id AND other.metric = one.metric AND other.scope = one.scope
        AND other.direction = one.direction
    WHERE one.metric IN ('memory_gb', 'memory_bandwidth_gb_s', 'interconnect_gb_s')
        AND ABS(one.value / NULLIF(other.value, 0) / (1073741824 / 1e9) - 1) < 0.003
    UNION ALL
    SELECT
        accelerator_id, 'first_of_january' AS rule, precision, scope,
        NULL AS value, NULL AS compared_value, source, '' AS compared_source, NULL AS ratio, NULL AS expected
    FROM fact
    WHERE metric IN ('release_on', 'announced_on') AND value_raw LIKE '____-01-01'
)

SELECT
    found.accelerator_id,
    found.rule,
    found.precision,
    found.scope,
    found.value,
    found.compared_value,
    found.source,
    found.compared_source,
    found.ratio,
    COALESCE(named.ratio, found.expected) AS expected_ratio,
    named.accelerator_id IS NOT NULL AS is_explained,
    named.reason,
    named.citation
FROM found
LEFT JOIN spec_arithmetic_exception AS named
    ON named.accelerator_id = found.accelerator_id AND named.rule = found.rule AND named.precision = found.precision
    AND COALESCE(ABS(found.ratio / named.ratio - 1) <= 0.03, TRUE)
ORDER BY is_explained, found.accelerator_id, found.rule, found.precision, found.scope, found.source;

CREATE OR REPLACE VIEW spec_arithmetic AS
SELECT *
FROM spec_arithmetic_at(now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC');

COMMENT ON VIEW spec_arithmetic_exception IS
'What does not add up and is so, each with a citation; the rules stand in spec_arithmetic';
COMMENT ON COLUMN spec_arithmetic_exception.accelerator_id IS 'What is rented (accelerators.csv)';
COMMENT ON COLUMN spec_arithmetic_exception.rule IS 'The rule that it breaks';
COMMENT ON COLUMN spec_arithmetic_exception.precision IS 'Number format of the rate; empty for other figures';
COMMENT ON COLUMN spec_arithmetic_exception.ratio IS 'What the ratio is instead; null where any is explained';
COMMENT ON COLUMN spec_arithmetic_exception.reason IS 'Why';
COMMENT ON COLUMN spec_arithmetic_exception.citation IS 'Where it is written';
COMMENT ON VIEW spec_arithmetic IS
'Figures in force that do not add up, those that nobody explains first; from accelerator_spec_version';
COMMENT ON COLUMN spec_arithmetic.accelerator_id IS 'What is rented (accelerators.csv)';
COMMENT ON COLUMN spec_arithmetic.rule IS 'What is usual and does not hold';
COMMENT ON COLUMN spec_arithmetic.precision IS 'Number format of the rate; empty for other figures';
COMMENT ON COLUMN spec_arithmetic.scope IS 'What the figures are for: gpu, board, chip, module';
COMMENT ON COLUMN spec_arithmetic.value IS 'The figure, in the unit of its metric; null for a date';
COMMENT ON COLUMN spec_arithmetic.compared_value IS 'The figure that it is compared with';
COMMENT ON COLUMN spec_arithmetic.source IS 'Who gives the figure';
COMMENT ON COLUMN spec_arithmetic.compared_source IS 'Who gives the other; empty for a date';
COMMENT ON COLUMN spec_arithmetic.ratio IS 'value / compared_value; for memory and bandwidth seconds';
COMMENT ON COLUMN spec_arithmetic.expected_ratio IS 'What it should be, or is known to be; null where a range is allowed';
COMMENT ON COLUMN spec_arithmetic.is_explained IS 'Whether spec_arithmetic_exception has it, with this ratio';
COMMENT ON COLUMN spec_arithmetic.reason IS 'Why it is so; null if nobody says';
COMMENT ON COLUMN spec_arithmetic.citation IS 'Where it is written; null if nobody says';
