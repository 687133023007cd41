-- Grain: one row per address that was ever asked, as it was asked last. Reads: fetch_rows (archive/fetches.jsonl).

CREATE OR REPLACE TABLE source_fetch AS
SELECT source, url, asked_at, state, why FROM fetch_rows ORDER BY source, url;

COMMENT ON TABLE source_fetch IS 'The last time that each address of an upstream was asked, and what came of it';
COMMENT ON COLUMN source_fetch.asked_at IS 'UTC';
COMMENT ON COLUMN source_fetch.state IS 'answered, unchanged (304), unreachable, unusable, needs_key, not_allowed (robots.txt)';
COMMENT ON COLUMN source_fetch.why IS 'Of anything but an answer: what was found';
