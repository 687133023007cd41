-- Where two sources print different prices for one thing at one time. Grain: provider, model, modality, unit, condition
-- and pair of sources (in the order of their names).
-- Reads: api_price_version.
--
-- Compared is what both had seen within one stretch of time, whatever each calls the model (sku): a price of last year
-- does not contradict one of today. Of several skus the two nearest prices count, so that a regional price is held
-- against its like. More than 2 % apart is a conflict; nothing is averaged, and both stay what their sources say.
-- `unit_slip` names the factor where the two lie one apart that only a wrong unit explains: a price of a minute as one of
-- a second (60), of an hour (3,600), in cents (100), of a thousand or a million tokens.

CREATE OR REPLACE TABLE api_price_conflict AS
WITH version AS (
    SELECT
        source, provider, model_id, sku, modality, unit, condition, CAST(price_usd_per_unit AS DOUBLE) AS price,
        valid_from, last_seen_at, version_id
    FROM api_price_version
    WHERE known_to IS NULL AND price_usd_per_unit IS NOT NULL
),

compared AS (
    SELECT
        one.provider, one.model_id, one.modality, one.unit, one.condition,
        one.source, other.source AS other_source, one.sku, other.sku AS other_sku,
        one.price, other.price AS other_price,
        GREATEST(one.valid_from, other.valid_from) AS both_from,
        LEAST(one.last_seen_at, other.last_seen_at) AS both_until,
        one.version_id, other.version_id AS other_version_id
    FROM version AS one
    INNER JOIN version AS other
        ON other.provider = one.provider
        AND other.model_id = one.model_id
        AND other.modality = one.modality
        AND other.unit = one.unit
        AND other.condition = one.condition
        AND other.source > one.source
        AND other.valid_from <= one.last_seen_at
        AND one.valid_from <= other.last_seen_at
),

nearest AS (
    SELECT *
    FROM compared
    QUALIFY
        ROW_NUMBER() OVER (
            PARTITION BY provider, model_id, modality, unit, condition, source, other_source
            ORDER BY ABS(LN(price / other_price)), both_until DESC, sku, other_sku
        ) = 1
),

slip AS (
    SELECT UNNEST([60, 100, 1000, 3600, 60000, 1000000]) AS factor
)

SELECT
    nearest.provider,
    nearest.model_id,
    nearest.modality,
    nearest.unit,
    nearest.condition,
    nearest.source,
    nearest.other_source,
    nearest.sku,
    nearest.other_sku,
    CAST(nearest.price AS DECIMAL(24, 12)) AS price_usd_per_unit,
    CAST(nearest.other_price AS DECIMAL(24, 12)) AS other_price_usd_per_unit,
    ROUND(nearest.price / nearest.other_price, 6) AS ratio,
    CAST(slip.factor AS BIGINT) AS unit_slip,
    nearest.both_from,
    nearest.both_until,
    nearest.version_id,
    nearest.other_version_id
FROM nearest
LEFT JOIN slip ON ABS(ABS(LN(nearest.price / nearest.other_price)) - LN(slip.factor)) <= 0.02
WHERE ABS(LN(nearest.price / nearest.other_price)) > LN(1.02)
ORDER BY
    unit_slip IS NULL, nearest.provider, nearest.model_id, nearest.modality, nearest.unit, nearest.condition,
    nearest.source, nearest.other_source;

COMMENT ON TABLE api_price_conflict IS 'Prices of one model, provider and unit in which two sources differ at one time by more than 2 %. Source: api_price_version';
COMMENT ON COLUMN api_price_conflict.provider IS 'Who serves it';
COMMENT ON COLUMN api_price_conflict.model_id IS 'Model, canonical';
COMMENT ON COLUMN api_price_conflict.modality IS 'text, image, video, ...';
COMMENT ON COLUMN api_price_conflict.unit IS 'What the price is of';
COMMENT ON COLUMN api_price_conflict.condition IS 'Tier of context or time; empty if none';
COMMENT ON COLUMN api_price_conflict.source IS 'One source';
COMMENT ON COLUMN api_price_conflict.other_source IS 'The other';
COMMENT ON COLUMN api_price_conflict.sku IS 'The model as the one spells it';
COMMENT ON COLUMN api_price_conflict.other_sku IS 'The model as the other spells it';
COMMENT ON COLUMN api_price_conflict.price_usd_per_unit IS 'USD a unit according to the one';
COMMENT ON COLUMN api_price_conflict.other_price_usd_per_unit IS 'USD a unit according to the other';
COMMENT ON COLUMN api_price_conflict.ratio IS 'The one over the other';
COMMENT ON COLUMN api_price_conflict.unit_slip IS 'The factor, where only a wrong unit explains it; null elsewhere';
COMMENT ON COLUMN api_price_conflict.both_from IS 'Since when both said so, UTC';
COMMENT ON COLUMN api_price_conflict.both_until IS 'Until when both were seen to say so, UTC';
COMMENT ON COLUMN api_price_conflict.version_id IS 'Version of the one, for explain';
COMMENT ON COLUMN api_price_conflict.other_version_id IS 'Version of the other, for explain';
