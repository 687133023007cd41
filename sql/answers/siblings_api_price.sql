-- Every version of the same key, oldest belief first. Parameter: version_id.
SELECT o.version_id, o.valid_from, o.valid_to, o.known_from, o.known_to, o.price_state, o.price_usd_per_unit
FROM api_price_version AS v JOIN api_price_version AS o ON o.key_id = v.key_id
WHERE v.version_id = $version_id
ORDER BY o.valid_from, o.known_from;
