-- What the code knows of sources, accelerators and spellings, as tables. Reads: source_rows, accelerator_rows, alias_rows.

CREATE OR REPLACE TABLE source AS SELECT * FROM source_rows;
COMMENT ON TABLE source IS 'Every upstream, and every name under which rows were loaded by hand';
COMMENT ON COLUMN source.kind_rank IS 'lower is better: private, provider, copy, aggregator, hand_kept, article';

CREATE OR REPLACE TABLE accelerator AS
SELECT
    accelerator_id, family, vendor, architecture, form_factor, form_stated, try_cast(memory_gb AS DOUBLE) AS memory_gb,
    evidence
FROM accelerator_rows;
COMMENT ON TABLE accelerator IS 'What is rented; form_stated false: the id does not say form or memory';
COMMENT ON COLUMN accelerator.memory_gb IS 'GB (10^9 bytes) as the name says; null where it does not';

CREATE OR REPLACE TABLE accelerator_alias AS SELECT * FROM alias_rows;
COMMENT ON TABLE accelerator_alias IS 'What each source means by each spelling, exact; accelerator_id empty: not one, see note';
