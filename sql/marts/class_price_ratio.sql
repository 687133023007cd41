-- How much more an hour of a training card costs than an hour of an inference card. Grain: market, purchase_model, month.
-- Reads: price_index_monthly, accelerator, accelerator_class.
--
-- A family has one voice: the median over its members (forms and memories) of the month's median. Ratios are of the mean
-- over families to the mean, and of the median to the median; the lowest and the highest pair show the range. Months in
-- which one side has no price have no row. Which families are there changes from month to month, and is named.

CREATE OR REPLACE TABLE class_price_ratio AS
WITH family_month AS (
    SELECT
        monthly.method_version,
        monthly.market,
        monthly.purchase_model,
        monthly.month,
        accelerator_class.class,
        accelerator_class.family,
        MEDIAN(CAST(monthly.median AS DOUBLE)) AS price,
        MIN(CASE WHEN monthly.state = 'stale' THEN 0 ELSE 1 END) AS is_fresh
    FROM price_index_monthly AS monthly
    INNER JOIN accelerator ON accelerator.accelerator_id = monthly.accelerator_id
    INNER JOIN accelerator_class ON accelerator_class.family = accelerator.family
    WHERE monthly.state <> 'gap'
    GROUP BY ALL
),

side AS (
    SELECT
        method_version,
        market,
        purchase_model,
        month,
        class,
        AVG(price) AS mean_price,
        MEDIAN(price) AS median_price,
        MIN(price) AS lowest_price,
        MAX(price) AS highest_price,
        COUNT(*) AS family_count,
        MIN(is_fresh) AS is_fresh,
        STRING_AGG(family, ', ' ORDER BY family) AS families
    FROM family_month
    GROUP BY method_version, market, purchase_model, month, class
)

SELECT
    training.method_version,
    training.market,
    training.purchase_model,
    training.month,
    ROUND(training.mean_price / inference.mean_price, 4) AS mean_ratio,
    ROUND(training.median_price / inference.median_price, 4) AS median_ratio,
    ROUND(training.lowest_price / inference.highest_price, 4) AS lowest_pair_ratio,
    ROUND(training.highest_price / inference.lowest_price, 4) AS highest_pair_ratio,
    CAST(ROUND(training.mean_price, 9) AS DECIMAL(24, 12)) AS training_mean_usd_per_accelerator_hour,
    CAST(ROUND(inference.mean_price, 9) AS DECIMAL(24, 12)) AS inference_mean_usd_per_accelerator_hour,
    training.family_count AS training_accelerator_count,
    inference.family_count AS inference_accelerator_count,
    training.families AS training_accelerators,
    inference.families AS inference_accelerators,
    CASE WHEN training.is_fresh = 1 AND inference.is_fresh = 1 THEN 'fresh' ELSE 'partly_stale' END AS state
FROM side AS training
INNER JOIN side AS inference
    ON inference.method_version = training.method_version
    AND inference.market = training.market
    AND inference.purchase_model = training.purchase_model
    AND inference.month = training.month
WHERE training.class = 'training' AND inference.class = 'inference'
ORDER BY training.market, training.purchase_model, training.month;

COMMENT ON TABLE class_price_ratio IS 'Hourly price of training cards against inference cards, by month. Source: price_index_monthly, accelerator_class';
COMMENT ON COLUMN class_price_ratio.method_version IS 'Version of the index';
COMMENT ON COLUMN class_price_ratio.market IS 'hyperscaler, neocloud, marketplace, all';
COMMENT ON COLUMN class_price_ratio.purchase_model IS 'on_demand, spot, reserved_1y, ...';
COMMENT ON COLUMN class_price_ratio.month IS 'First day of the month';
COMMENT ON COLUMN class_price_ratio.mean_ratio IS 'Mean price of the training families over the mean of the inference families';
COMMENT ON COLUMN class_price_ratio.median_ratio IS 'Median over median';
COMMENT ON COLUMN class_price_ratio.lowest_pair_ratio IS 'Cheapest training family over dearest inference family';
COMMENT ON COLUMN class_price_ratio.highest_pair_ratio IS 'Dearest training family over cheapest inference family';
COMMENT ON COLUMN class_price_ratio.training_mean_usd_per_accelerator_hour IS 'USD an accelerator-hour, mean over families';
COMMENT ON COLUMN class_price_ratio.inference_mean_usd_per_accelerator_hour IS 'USD an accelerator-hour, mean over families';
COMMENT ON COLUMN class_price_ratio.training_accelerator_count IS 'Training families that have a price';
COMMENT ON COLUMN class_price_ratio.inference_accelerator_count IS 'Inference families that have a price';
COMMENT ON COLUMN class_price_ratio.training_accelerators IS 'Which';
COMMENT ON COLUMN class_price_ratio.inference_accelerators IS 'Which';
COMMENT ON COLUMN class_price_ratio.state IS 'fresh; partly_stale where a family has only stale days';
