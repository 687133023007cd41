-- No suspect price enters: a provider's daily value lies between the least and the greatest of its prices that are ok
-- and were in force at the close of that day. Returns the provider days that break this.
-- Reads: provider_price_daily, rental_price_version, rental_price_quality, public_source.

WITH sound AS (
    SELECT
        price.provider,
        price.accelerator_id,
        price.purchase_model,
        price.price_usd_per_accelerator_hour AS price,
        CAST(price.valid_from AS DATE) AS from_day,
        CAST(COALESCE(price.valid_to, TIMESTAMP '9999-12-31') AS DATE) AS until_day
    FROM rental_price_version AS price
    INNER JOIN public_source ON public_source.name = price.source
    LEFT JOIN rental_price_quality AS quality
        ON quality.key_id = price.key_id AND quality.valid_from = price.valid_from
    WHERE price.known_to IS NULL AND quality.key_id IS NULL AND price.price_usd_per_accelerator_hour IS NOT NULL
),

month_end AS (
    SELECT provider, accelerator_id, purchase_model, MAX(day) AS day
    FROM provider_price_daily
    GROUP BY provider, accelerator_id, purchase_model, date_trunc('month', day)
)

SELECT daily.provider, daily.accelerator_id, daily.purchase_model, daily.day, daily.low, daily.high
FROM provider_price_daily AS daily
INNER JOIN month_end USING (provider, accelerator_id, purchase_model, day)
LEFT JOIN sound
    ON sound.provider = daily.provider
    AND sound.accelerator_id = daily.accelerator_id
    AND sound.purchase_model = daily.purchase_model
    AND sound.from_day <= daily.day
    AND sound.until_day > daily.day
GROUP BY daily.provider, daily.accelerator_id, daily.purchase_model, daily.day, daily.low, daily.high
HAVING MIN(sound.price) IS NULL OR daily.low < MIN(sound.price) - 0.000001 OR daily.high > MAX(sound.price) + 0.000001;
