-- Where sources disagree about a figure: what was chosen, by which rule, and what the others say.
-- Grain: accelerator_id, metric, precision, sparsity, scope, direction.
-- Reads: accelerator_spec_ranked_at(valid_at, known_at) (accelerator_spec.sql), which also chooses.
--
-- A conflict is a spread of more than 2 % between sources, (greatest - least) / least, a figure for a precision that
-- another source says is absent, or another month of release.

CREATE OR REPLACE MACRO spec_conflict_at(valid_at, known_at) AS TABLE
WITH ranked AS (
    SELECT *
    FROM accelerator_spec_ranked_at(valid_at, known_at)
    WHERE value IS NOT NULL OR is_absent OR metric = 'release_on'
),

figure AS (
    SELECT
        accelerator_id,
        metric,
        precision,
        sparsity,
        scope,
        direction,
        MAX(CASE WHEN place = 1 THEN source END) AS chosen_source,
        MAX(CASE WHEN place = 1 THEN value_kind END) AS chosen_value_kind,
        MAX(CASE WHEN place = 1 THEN value END) AS chosen_value,
        MAX(CASE WHEN place = 1 THEN value_raw END) AS chosen_value_raw,
        MAX(CASE WHEN place = 1 THEN kind_rank END) AS chosen_rank,
        MAX(CASE WHEN place = 2 THEN kind_rank END) AS next_rank,
        LIST(
            {'source': source, 'value_kind': value_kind, 'value': value, 'value_raw': value_raw, 'version_id': version_id}
            ORDER BY place
        ) FILTER (WHERE place > 1) AS others,
        (MAX(value) - MIN(value)) / NULLIF(MIN(value), 0) AS spread,
        (BOOL_OR(is_absent) AND BOOL_OR(value IS NOT NULL))
            OR (metric = 'release_on' AND COUNT(DISTINCT LEFT(value_raw, 7)) > 1) AS is_disputed
    FROM ranked
    GROUP BY accelerator_id, metric, precision, sparsity, scope, direction
    HAVING COUNT(DISTINCT source) > 1
)

SELECT
    accelerator_id,
    metric,
    precision,
    sparsity,
    scope,
    direction,
    chosen_source,
    chosen_value_kind,
    chosen_value,
    chosen_value_raw,
    others,
    spread,
    CASE
        WHEN chosen_rank < next_rank
            THEN chosen_value_kind || CASE WHEN chosen_rank = 4 THEN ' (epoch)' ELSE '' END || ' before '
                || others[1].value_kind || CASE WHEN next_rank = 4 THEN ' (epoch)' ELSE '' END
        ELSE chosen_value_kind || ', seen last'
    END AS rule
FROM figure
WHERE spread > 0.02 OR is_disputed
ORDER BY accelerator_id, metric, precision, sparsity, scope, direction;

CREATE OR REPLACE VIEW spec_conflict AS
SELECT *
FROM spec_conflict_at(now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC');

COMMENT ON VIEW spec_conflict IS
'Figures that sources give more than 2 % apart, or that one source has and another calls absent; months of release';
COMMENT ON COLUMN spec_conflict.accelerator_id IS 'What is rented (accelerators.csv)';
COMMENT ON COLUMN spec_conflict.metric IS 'Name of the figure, unit last';
COMMENT ON COLUMN spec_conflict.precision IS 'Number format of a rate; empty for other figures';
COMMENT ON COLUMN spec_conflict.sparsity IS 'dense or sparse; empty for figures that are no rate';
COMMENT ON COLUMN spec_conflict.scope IS 'What the figure is for: gpu, board, chip, module';
COMMENT ON COLUMN spec_conflict.direction IS 'one_way or both_ways; empty where not stated';
COMMENT ON COLUMN spec_conflict.chosen_source IS 'The source whose figure accelerator_spec has';
COMMENT ON COLUMN spec_conflict.chosen_value_kind IS 'What kind of document it is from';
COMMENT ON COLUMN spec_conflict.chosen_value IS 'The figure, in the unit of the metric; null for an absent precision and for a date';
COMMENT ON COLUMN spec_conflict.chosen_value_raw IS 'The figure as printed';
COMMENT ON COLUMN spec_conflict.others IS 'What the others say, best first';
COMMENT ON COLUMN spec_conflict.spread IS '(greatest - least) / least over all sources; null for a date';
COMMENT ON COLUMN spec_conflict.rule IS 'Why the chosen one was chosen';
