-- Grain: one row a provider whose market segment is settled by evidence (pipelines/providers.csv).
-- Reads: provider_market_rows (provider, market, evidence), registered by pipelines.marts; rental_price_version.
-- A provider that is not here is a neocloud: the segment is what is left when the hyperscalers and the marketplaces,
-- which are few and known, are named. The view provider_without_market lists who is counted so.

CREATE OR REPLACE TABLE provider_market AS
SELECT
    CAST(provider AS VARCHAR) AS provider,
    CAST(market AS VARCHAR) AS market,
    CAST(evidence AS VARCHAR) AS evidence
FROM provider_market_rows;

COMMENT ON TABLE provider_market IS 'Market segment of each provider; a provider that is not listed counts as a neocloud. Source: pipelines/providers.csv';
COMMENT ON COLUMN provider_market.provider IS 'Provider, as in rental_price_version';
COMMENT ON COLUMN provider_market.market IS 'hyperscaler (general cloud that sells accelerators beside everything else, worldwide), neocloud (sells capacity that it runs itself, chiefly accelerators), marketplace (sells capacity of other hosts)';
COMMENT ON COLUMN provider_market.evidence IS 'Why, with where it is said';

CREATE OR REPLACE VIEW provider_without_market AS
SELECT DISTINCT price.provider
FROM rental_price_version AS price
LEFT JOIN provider_market ON provider_market.provider = price.provider
WHERE provider_market.provider IS NULL
ORDER BY price.provider;

COMMENT ON VIEW provider_without_market IS 'Providers that count as neoclouds because nobody has said otherwise: settle them in pipelines/providers.csv. Source: rental_price_version, provider_market';
COMMENT ON COLUMN provider_without_market.provider IS 'Provider, as in rental_price_version';
