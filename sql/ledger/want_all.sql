-- Every row that got in matters. Grain: examined row without a reason.
CREATE OR REPLACE TEMP TABLE wanted AS SELECT * FROM examined WHERE reason IS NULL;
