-- What a scenario costs, month by month, at the prices of the index. Grain: scenario, phase, basis, month,
-- accelerator_id, provider ('' is the market).
-- Reads: scenario_accelerator, price_index_monthly (market all, on demand), provider_price_monthly (on demand).
--
-- low, mid and high are price times accelerator-hours: of the market at p10, median and p90 over providers; of one
-- provider at its cheapest, median and dearest region and sku; provider_count says how many stand behind it. A month
-- without a price is a gap and has no value.

CREATE OR REPLACE TABLE cost_curve AS
WITH price AS (
    SELECT accelerator_id, '' AS provider, month, p10 AS low, median AS mid, p90 AS high, state, provider_count
    FROM price_index_monthly
    WHERE market = 'all' AND purchase_model = 'on_demand'
    UNION ALL
    SELECT accelerator_id, provider, month, low, median AS mid, high, state, 1 AS provider_count
    FROM provider_price_monthly
    WHERE purchase_model = 'on_demand'
)

SELECT
    scenario.scenario,
    scenario.phase,
    'cloud_rent' AS basis,
    price.month,
    price.accelerator_id,
    price.provider,
    CAST(ROUND(CAST(price.low AS DOUBLE) * scenario.accelerator_hours, 6) AS DECIMAL(24, 6)) AS low,
    CAST(ROUND(CAST(price.mid AS DOUBLE) * scenario.accelerator_hours, 6) AS DECIMAL(24, 6)) AS mid,
    CAST(ROUND(CAST(price.high AS DOUBLE) * scenario.accelerator_hours, 6) AS DECIMAL(24, 6)) AS high,
    scenario.unit,
    price.state,
    CAST(price.provider_count AS BIGINT) AS provider_count,
    scenario.note
FROM scenario_accelerator AS scenario
INNER JOIN price ON price.accelerator_id = scenario.accelerator_id
ORDER BY scenario.scenario, scenario.phase, price.accelerator_id, price.provider, price.month;

COMMENT ON TABLE cost_curve IS 'Cost of each scenario by month, on each accelerator, at market and provider prices on demand. Source: price_index_daily, scenario_accelerator';
COMMENT ON COLUMN cost_curve.scenario IS 'Scenario, as in pipelines/scenarios.toml';
COMMENT ON COLUMN cost_curve.phase IS 'training, inference or finetune';
COMMENT ON COLUMN cost_curve.basis IS 'cloud_rent: accelerators rented on demand';
COMMENT ON COLUMN cost_curve.month IS 'First day of the month';
COMMENT ON COLUMN cost_curve.accelerator_id IS 'What it runs on';
COMMENT ON COLUMN cost_curve.provider IS 'Provider, or empty for the market as a whole';
COMMENT ON COLUMN cost_curve.low IS 'In unit: at the index''s p10, or the provider''s cheapest region and sku; null on a gap';
COMMENT ON COLUMN cost_curve.mid IS 'In unit: at the median; null on a gap';
COMMENT ON COLUMN cost_curve.high IS 'In unit: at the index''s p90, or the provider''s dearest; null on a gap';
COMMENT ON COLUMN cost_curve.unit IS 'usd (a run) or usd_per_mtok (a million output tokens)';
COMMENT ON COLUMN cost_curve.state IS 'State of the price: ok, thin, stale, gap';
COMMENT ON COLUMN cost_curve.provider_count IS 'Providers behind the price, at most on any day of the month: a step is a change of price only where they stay';
COMMENT ON COLUMN cost_curve.note IS 'The arithmetic, and what is assumed';
