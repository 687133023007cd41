-- State and age of one source, as the last build saw it, and why its word is to be read with care.
-- Parameter: the source's name.
SELECT s.state, s.age_hours, coalesce(d.why, '') AS doubt
FROM source_status AS s
LEFT JOIN source_doubt AS d ON d.source = s.source
WHERE s.source = $1;
