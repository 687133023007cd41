-- What to rent for the standard workload of a tier, best first, from the prices in force. Grain: tier, workload, offer
-- (the cheapest region of a provider's sku); what does not fit follows with no rank, once an accelerator and count.
-- Reads: rental_price, workload_fit, public_source, as_of.
--
-- On demand only: a spot machine may be taken away, and a reservation is a promise; neither is the same good. Suspect
-- prices, prices that users loaded themselves, and summaries beside a provider's list (no sku or region where the same
-- provider and accelerator are present with them) are left out. Larger offers run several deployments side by side.
-- A price of one card without a machine's name is a price per card: as many are rented as it takes, and why says that
-- nobody has stated that they stand in one machine. Old prices are used and say their age; an offer
-- last seen 75 days before the newest of them all comes after those that were seen since, and a price that its source
-- calls approximate after all that are listed.

CREATE OR REPLACE TABLE tier_recommendation AS
WITH stated AS (
    SELECT
        rental_price.*,
        CASE WHEN region = '' THEN 0 ELSE 1 END + CASE WHEN sku = '' THEN 0 ELSE 1 END AS stated_count
    FROM rental_price
    INNER JOIN public_source ON public_source.name = rental_price.source
    WHERE purchase_model = 'on_demand' AND quality = 'ok' AND price_usd_per_hour IS NOT NULL
),

listed AS (
    SELECT *
    FROM stated
    QUALIFY stated_count = MAX(stated_count) OVER (PARTITION BY provider, accelerator_id)
),

priced AS (
    SELECT
        fit.*,
        listed.provider,
        listed.sku,
        listed.region,
        listed.service_tier,
        listed.purchase_model,
        listed.price_state,
        listed.source,
        listed.age_hours AS price_age_hours,
        listed.accelerator_count AS offered_count,
        listed.price_usd_per_hour AS offered_price_usd_per_hour,
        CASE
            WHEN fit.fits AND listed.sku = '' AND listed.accelerator_count = 1 THEN fit.needed_count
            ELSE 1
        END AS multiple
    FROM workload_fit AS fit
    INNER JOIN listed ON listed.accelerator_id = fit.accelerator_id
),

offer AS (
    SELECT
        *,
        offered_count * multiple AS accelerator_count,
        offered_price_usd_per_hour * multiple AS price_usd_per_hour,
        CASE WHEN fits THEN FLOOR(offered_count * multiple / needed_count) ELSE 0 END AS deployment_count
    FROM priced
),

cheapest_region AS (
    SELECT
        *,
        price_age_hours >= MIN(price_age_hours) OVER () + 75 * 24 AS is_old,
        tokens_per_second * deployment_count * 3600 / NULLIF(CAST(price_usd_per_hour AS DOUBLE), 0) AS tokens_per_usd
    FROM offer
    WHERE deployment_count > 0
    QUALIFY
        ROW_NUMBER() OVER (
            PARTITION BY tier, workload, accelerator_id, accelerator_count, provider, sku, service_tier
            ORDER BY price_usd_per_hour, price_age_hours, region
        ) = 1
),

refused AS (
    SELECT *, FALSE AS is_old, CAST(NULL AS DOUBLE) AS tokens_per_usd
    FROM offer
    WHERE deployment_count = 0
    QUALIFY
        ROW_NUMBER() OVER (
            PARTITION BY tier, workload, accelerator_id, accelerator_count
            ORDER BY price_usd_per_hour, price_age_hours, provider, sku, region
        ) = 1
),

ranked AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY tier, workload
            ORDER BY
                price_state = 'approximate', is_old, tokens_per_usd DESC, price_age_hours, provider, sku, region, service_tier
        ) AS rank
    FROM cheapest_region
    UNION ALL
    SELECT *, NULL AS rank FROM refused
)

SELECT
    ranked.tier,
    ranked.workload,
    CAST(ranked.rank AS INTEGER) AS rank,
    ranked.accelerator_id,
    ranked.accelerator_count,
    ranked.provider,
    ranked.sku,
    ranked.region,
    ranked.service_tier,
    ranked.purchase_model,
    ranked.price_usd_per_hour,
    ROUND(ranked.tokens_per_usd, 1) AS tokens_per_usd,
    CAST(ROUND(1e6 / ranked.tokens_per_usd, 6) AS DECIMAL(24, 12)) AS price_usd_per_mtok,
    ROUND(ranked.tokens_per_second * ranked.deployment_count, 1) AS tokens_per_second,
    ranked.deployment_count > 0 AS fits,
    CASE
        WHEN NOT ranked.fits THEN 'refused: ' || ranked.why
        WHEN ranked.deployment_count = 0
            THEN printf(
                'refused: this offer has %g of them; %s',
                CAST(ranked.accelerator_count AS DOUBLE),
                ranked.why
            )
        ELSE printf(
            '%s%s; %g USD an hour%s%s, seen %.0f days before: %.3f USD a million tokens at best',
            ranked.why,
            CASE
                WHEN ranked.deployment_count > 1
                    THEN printf(', %.0f times side by side', CAST(ranked.deployment_count AS DOUBLE))
                ELSE ''
            END,
            CAST(ranked.price_usd_per_hour AS DOUBLE),
            CASE WHEN ranked.price_state = 'approximate' THEN ' (approximate)' ELSE '' END,
            CASE WHEN ranked.multiple > 1 THEN ' (priced per card; one machine is not stated)' ELSE '' END,
            ranked.price_age_hours / 24,
            1e6 / ranked.tokens_per_usd
        )
    END AS why,
    as_of.now AS as_of,
    ROUND(ranked.price_age_hours, 1) AS price_age_hours,
    ranked.source
FROM ranked
CROSS JOIN as_of
ORDER BY ranked.tier, ranked.workload, ranked.rank NULLS LAST, ranked.accelerator_id, ranked.accelerator_count;

COMMENT ON TABLE tier_recommendation IS 'Offers for the standard workloads of three tiers, by tokens for a dollar, with the arithmetic; what does not fit is refused and says why. Source: rental_price, workload_fit';
COMMENT ON COLUMN tier_recommendation.tier IS 'budget, mid, large';
COMMENT ON COLUMN tier_recommendation.workload IS 'Workload, as in pipelines/scenarios.toml';
COMMENT ON COLUMN tier_recommendation.rank IS '1 is best within tier and workload; null where the offer does not fit';
COMMENT ON COLUMN tier_recommendation.accelerator_id IS 'What is rented';
COMMENT ON COLUMN tier_recommendation.accelerator_count IS 'Accelerators of the offer; where the price is per card, as many as it takes';
COMMENT ON COLUMN tier_recommendation.provider IS 'Who rents it out';
COMMENT ON COLUMN tier_recommendation.sku IS 'The provider''s name of the machine, empty if not stated';
COMMENT ON COLUMN tier_recommendation.region IS 'Its cheapest region, empty if not stated';
COMMENT ON COLUMN tier_recommendation.service_tier IS 'standard, secure, community, serverless, empty if not stated';
COMMENT ON COLUMN tier_recommendation.purchase_model IS 'on_demand';
COMMENT ON COLUMN tier_recommendation.price_usd_per_hour IS 'USD an hour, whole offer';
COMMENT ON COLUMN tier_recommendation.tokens_per_usd IS 'Output tokens for a dollar, upper bound';
COMMENT ON COLUMN tier_recommendation.price_usd_per_mtok IS 'USD a million output tokens, lower bound';
COMMENT ON COLUMN tier_recommendation.tokens_per_second IS 'Output tokens a second of the whole offer, upper bound';
COMMENT ON COLUMN tier_recommendation.fits IS 'Whether the workload fits on the offer';
COMMENT ON COLUMN tier_recommendation.why IS 'The arithmetic of memory, speed and price, or why it is refused';
COMMENT ON COLUMN tier_recommendation.as_of IS 'Moment of the refresh, UTC';
COMMENT ON COLUMN tier_recommendation.price_age_hours IS 'Hours since the price was last seen';
COMMENT ON COLUMN tier_recommendation.source IS 'Source of the price';
