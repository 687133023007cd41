-- Grain: one row a source that everybody may see. What users load themselves is private: it stands in rental_price,
-- and it neither enters the index nor bears witness for or against a price that does.
-- Reads: source.

CREATE OR REPLACE VIEW public_source AS
SELECT name, kind, kind_rank
FROM source
WHERE kind IN ('provider', 'copy', 'aggregator', 'hand_kept', 'article');

COMMENT ON VIEW public_source IS 'Sources whose prices enter the index, the curves and the recommendations: all but what users load themselves. Source: source';
COMMENT ON COLUMN public_source.name IS 'Source';
COMMENT ON COLUMN public_source.kind IS 'provider (its own interface), copy (of it), aggregator, hand_kept, article';
COMMENT ON COLUMN public_source.kind_rank IS 'Place among the kinds: the lower the better';
