-- Months with a sighting of a provider's rental prices, one row a provider, longest history first. Reads: coverage.
SELECT provider, list(DISTINCT strftime(month, '%Y-%m') ORDER BY strftime(month, '%Y-%m')) AS months
FROM coverage
GROUP BY provider
ORDER BY len(months) DESC, provider;
