-- A moment as the ledger has it, UTC without a zone: of TIMESTAMP (read as UTC), DATE, TIMESTAMPTZ, or a text, which may
-- name its offset. The session's time zone never matters.
CREATE OR REPLACE MACRO book.utc(moment) AS
CASE
    WHEN typeof(moment) = 'TIMESTAMP WITH TIME ZONE'
      OR regexp_matches(CAST(moment AS VARCHAR), ':[0-9]{2}.*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$')
    THEN make_timestamp(epoch_us(CAST(moment AS TIMESTAMPTZ)))
    ELSE CAST(moment AS TIMESTAMP)
END;
