-- Every source that speaks in the ledger is registered: the rows of one that is not would silently leave rental_price.
-- Returns the sources that are not. Reads: book.scope, source.

SELECT DISTINCT scope.source
FROM book.scope AS scope
LEFT JOIN source ON source.name = scope.source
WHERE source.name IS NULL;
