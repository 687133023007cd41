-- How many rows of one arrival got in. Parameter: the arrival.
SELECT coalesce(sum(row_count), 0) AS row_count FROM book.statement WHERE entry = $1;
