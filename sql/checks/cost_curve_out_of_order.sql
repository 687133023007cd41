-- low <= mid <= high, all three or none, and none exactly on a gap. Returns the rows that break this. Reads: cost_curve.

SELECT *
FROM cost_curve
WHERE low > mid
    OR mid > high
    OR (mid IS NULL) <> (low IS NULL)
    OR (mid IS NULL) <> (high IS NULL)
    OR (mid IS NULL) <> (state = 'gap');
