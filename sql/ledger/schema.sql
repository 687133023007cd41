-- The ledger's own tables, in a schema of their own (`book`: a schema named like the file, ledger.duckdb, is ambiguous).
-- What people read (`rental_price_version` and so on) are views over these.
-- Truth is append-only: statement, scope, refused, named, log (with its contents). rect and head are derived from it,
-- and so is the membership of keys in scopes and gaps.

CREATE SCHEMA IF NOT EXISTS book;
CREATE SEQUENCE IF NOT EXISTS book.key_id;
CREATE SEQUENCE IF NOT EXISTS book.content_id;
CREATE SEQUENCE IF NOT EXISTS book.statement_id;
CREATE SEQUENCE IF NOT EXISTS book.scope_id;

-- One row per arrival of a payload and reader of it (the archive's log says the rest), and why it failed if it did.
CREATE TABLE IF NOT EXISTS book.payload (
    identity VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, source VARCHAR NOT NULL, name VARCHAR NOT NULL,
    recorded_at TIMESTAMP NOT NULL, reader VARCHAR NOT NULL, loaded_at TIMESTAMP NOT NULL, failure VARCHAR
);

-- The part that a statement answers for: key column -> value as JSON with sorted names; '{}' is all of the source.
CREATE TABLE IF NOT EXISTS book.scope (
    scope_id BIGINT NOT NULL, table_name VARCHAR NOT NULL, source VARCHAR NOT NULL, scope VARCHAR NOT NULL
);

-- Every statement, also the ones that changed nothing. Its order among its source's is
-- (valid_at, said_at, recorded_at, ordinal, payload_sha256, scope): a fact about it, never about when we loaded it.
-- `said_at` is `recorded_at` but for a payload that was read again: that is on record from its re-reading on, and stands
-- in the order where the first reading stood.
CREATE TABLE IF NOT EXISTS book.statement (
    statement_id BIGINT NOT NULL, scope_id BIGINT NOT NULL, valid_at TIMESTAMP NOT NULL, recorded_at TIMESTAMP NOT NULL,
    ordinal INTEGER NOT NULL, payload_sha256 VARCHAR NOT NULL, -- of the upstream's own bytes
    carrier_sha256 VARCHAR NOT NULL, -- of the archived payload that brought it here: the same bytes, or a fact file
    complete BOOLEAN NOT NULL,
    origin VARCHAR NOT NULL, -- JSON: repository, commit, path, blob, package, url of the upstream's bytes
    row_count BIGINT NOT NULL, refused_count BIGINT NOT NULL, ignored_count BIGINT NOT NULL, loaded_at TIMESTAMP NOT NULL,
    said_at TIMESTAMP NOT NULL,
    entry VARCHAR NOT NULL, -- identity of the arrival that brought it (book.payload)
    digest VARCHAR NOT NULL -- of what its parser read: another reading that says the same corrects nothing
);

-- From `recorded_at` on, the statement is known to have been wrong and no longer speaks.
CREATE TABLE IF NOT EXISTS book.retraction (
    statement_id BIGINT NOT NULL, recorded_at TIMESTAMP NOT NULL, note VARCHAR NOT NULL
);

-- Rows at the door that did not get in, and the part of their key that could be read (JSON).
CREATE TABLE IF NOT EXISTS book.refused (
    statement_id BIGINT NOT NULL, reason VARCHAR NOT NULL, row_text VARCHAR, locator VARCHAR, key VARCHAR NOT NULL,
    anchor VARCHAR -- the key column by which keys are looked for; null if it could not be read
);

-- A key of any table: its natural columns stand in `<table>_key`. The hash covers table, source and natural key.
CREATE TABLE IF NOT EXISTS book.key (
    key_id BIGINT NOT NULL, key_hash UBIGINT NOT NULL, table_name VARCHAR NOT NULL, source VARCHAR NOT NULL
);

-- key in scope; key that a complete statement does not cover because its row was refused; key named by a partial one.
CREATE TABLE IF NOT EXISTS book.key_scope (key_id BIGINT NOT NULL, scope_id BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS book.gap (statement_id BIGINT NOT NULL, key_id BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS book.named (statement_id BIGINT NOT NULL, key_id BIGINT NOT NULL);

-- What changed, at the place of its statement in the order. content_id and value_hash 0: not offered from here on.
-- What a statement says of a key that it covers is the last event at or before it.
CREATE TABLE IF NOT EXISTS book.log (
    key_id BIGINT NOT NULL, statement_id BIGINT NOT NULL, content_id BIGINT NOT NULL, value_hash UBIGINT NOT NULL,
    locator VARCHAR
);

-- Stretches of valid and of known time that are settled, half-open, null = without end; only what is offered.
CREATE TABLE IF NOT EXISTS book.rect (
    key_id BIGINT NOT NULL, valid_from TIMESTAMP NOT NULL, valid_to TIMESTAMP, known_from TIMESTAMP NOT NULL,
    known_to TIMESTAMP, changed_after TIMESTAMP, last_seen_at TIMESTAMP NOT NULL,
    content_id BIGINT NOT NULL, statement_id BIGINT NOT NULL, locator VARCHAR
);

-- The stretch that is open in both times, at most one per key: what is offered as far as anybody knows today.
-- `seen_at` is the newest sighting among statements up to `seen_through`; later ones of its scope saw it as well.
CREATE TABLE IF NOT EXISTS book.head (
    key_id BIGINT NOT NULL, scope_id BIGINT NOT NULL, key_hash UBIGINT NOT NULL, value_hash UBIGINT NOT NULL,
    valid_from TIMESTAMP NOT NULL, known_from TIMESTAMP NOT NULL, changed_after TIMESTAMP,
    seen_at TIMESTAMP NOT NULL, seen_through BIGINT NOT NULL,
    content_id BIGINT NOT NULL, statement_id BIGINT NOT NULL, locator VARCHAR
);

-- One row: the engine whose hash() filled the *_hash columns. They are a cache, rebuilt when the engine differs.
CREATE TABLE IF NOT EXISTS book.engine (version VARCHAR NOT NULL, layout VARCHAR NOT NULL);

-- One row: what the marts were built from; all null while they are being built, and after that if it did not end well.
CREATE TABLE IF NOT EXISTS book.built (
    statement_id BIGINT, retraction_count BIGINT, payload_count BIGINT, code_version VARCHAR, day DATE
);
