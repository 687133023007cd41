-- Statements that have far fewer rows than their scope had until then: a page that changed, half an answer, a provider
-- that left. Grain: one row a statement. What stands in it for the first time is suspect (rental_price_quality), and
-- source_status says so while it is the newest of its scope.
-- Reads: book.statement, book.scope, book.retraction.
--
-- Less than 3 in 5 of the median of the five complete statements before it, where that is 20 rows or more; rows that were
-- kept out at the door count as rows. The lists of the large clouds lost at most 35 % at once (Google's Montreal, 2024).

CREATE OR REPLACE MACRO scope_collapse_at(known_at) AS TABLE
SELECT *
FROM (
    SELECT
        statement.scope_id,
        scope.source,
        scope.table_name,
        scope.scope,
        statement.valid_at,
        statement.row_count + statement.refused_count AS row_count,
        MEDIAN(statement.row_count + statement.refused_count) OVER (
            PARTITION BY statement.scope_id
            ORDER BY statement.valid_at, statement.said_at, statement.recorded_at, statement.ordinal
            ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING
        ) AS row_count_before,
        LEAD(statement.valid_at) OVER (
            PARTITION BY statement.scope_id
            ORDER BY statement.valid_at, statement.said_at, statement.recorded_at, statement.ordinal
        ) IS NULL AS is_newest
    FROM book.statement AS statement
    INNER JOIN book.scope AS scope ON scope.scope_id = statement.scope_id
    LEFT JOIN book.retraction AS retraction
        ON retraction.statement_id = statement.statement_id
        AND retraction.recorded_at <= book.utc(known_at)
    WHERE statement.complete
        AND statement.recorded_at <= book.utc(known_at)
        AND retraction.statement_id IS NULL
)
WHERE row_count_before >= 20 AND row_count < 0.6 * row_count_before;

CREATE OR REPLACE TABLE scope_collapse AS
SELECT collapse.*
FROM scope_collapse_at((SELECT now FROM as_of)) AS collapse
ORDER BY source, table_name, scope, valid_at;

COMMENT ON TABLE scope_collapse IS 'Statements with less than 3 in 5 of the rows that their scope had before: what they say for the first time is suspect. Source: statements of the ledger';
COMMENT ON COLUMN scope_collapse.scope_id IS 'Scope within the ledger';
COMMENT ON COLUMN scope_collapse.source IS 'Source';
COMMENT ON COLUMN scope_collapse.table_name IS 'Table that the statement speaks of';
COMMENT ON COLUMN scope_collapse.scope IS 'The part that it answers for, as JSON; {} is all of the source';
COMMENT ON COLUMN scope_collapse.valid_at IS 'When it was so, UTC';
COMMENT ON COLUMN scope_collapse.row_count IS 'Rows, also those kept out at the door';
COMMENT ON COLUMN scope_collapse.row_count_before IS 'Median of the five statements before it';
COMMENT ON COLUMN scope_collapse.is_newest IS 'Whether nothing newer is known of that scope';
