-- Months with a sighting of the three large clouds, one row a provider and year. Reads: coverage.
SELECT provider, strftime(month, '%Y') AS year, list(DISTINCT strftime(month, '%m') ORDER BY strftime(month, '%m')) AS months
FROM coverage
WHERE provider IN ('aws', 'azure', 'gcp')
GROUP BY provider, strftime(month, '%Y')
ORDER BY provider, year;
