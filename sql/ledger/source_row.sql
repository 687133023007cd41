-- State and age of one source, as the last build saw it. Parameter: the source's name.
SELECT state, age_hours FROM source_status WHERE source = $1;
