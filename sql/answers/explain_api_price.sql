-- One version, its statement and the bytes behind it. Parameter: version_id.
SELECT
    v.version_id, v.source, v.provider, v.model_id, v.sku, v.modality, v.unit, v.condition, v.price_state, v.price_usd_per_unit,
    v.valid_from, v.valid_to, v.known_from, v.known_to, v.changed_after, v.last_seen_at, v.loaded_at, v.locator,
    v.payload_sha256, s.payload_sha256 AS upstream_sha256, s.origin, s.valid_at, s.recorded_at, s.complete, p.scope AS statement_scope,
    (SELECT max(r.reader) FROM book.payload AS r WHERE r.sha256 = s.carrier_sha256) AS reader,
    (SELECT max(r.name) FROM book.payload AS r WHERE r.sha256 = s.carrier_sha256) AS payload_name
FROM api_price_version AS v
JOIN book.statement AS s ON s.statement_id = v.statement_id
JOIN book.scope AS p ON p.scope_id = s.scope_id
WHERE v.version_id = $version_id;
