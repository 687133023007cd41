-- A verdict is about a version that stands. Returns the verdicts that are about none, or that appear twice.
-- Reads: rental_price_quality, rental_price_version.

SELECT quality.key_id, quality.valid_from, quality.quality_reason
FROM rental_price_quality AS quality
LEFT JOIN rental_price_version AS price
    ON price.key_id = quality.key_id AND price.valid_from = quality.valid_from AND price.known_to IS NULL
GROUP BY quality.key_id, quality.valid_from, quality.quality_reason
HAVING COUNT(price.key_id) <> 1;
