-- Which accelerator families the articles call training cards and which inference cards. Grain: class, family.
-- Reads: accelerator_class_rows (class, family, source), from pipelines/scenarios.toml.

CREATE OR REPLACE TABLE accelerator_class AS
SELECT
    CAST(class AS VARCHAR) AS class,
    CAST(family AS VARCHAR) AS family,
    CAST(source AS VARCHAR) AS source
FROM accelerator_class_rows;

COMMENT ON TABLE accelerator_class IS 'Training cards and inference cards, as the articles name them. Source: pipelines/scenarios.toml';
COMMENT ON COLUMN accelerator_class.class IS 'training or inference';
COMMENT ON COLUMN accelerator_class.family IS 'Family of accelerators, as in accelerator';
COMMENT ON COLUMN accelerator_class.source IS 'Who says so';
