-- The engine whose hash() fills the cached hashes, and the layout of the file. Parameters: both.
CREATE OR REPLACE TABLE book.engine AS SELECT CAST($1 AS VARCHAR) AS version, CAST($2 AS VARCHAR) AS layout;
