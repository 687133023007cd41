-- Every family that a class or a tier names is registered: a slip of spelling would silently empty a mart.
-- Returns the families that are not. Reads: accelerator_class, accelerator.

SELECT accelerator_class.class, accelerator_class.family
FROM accelerator_class
LEFT JOIN accelerator ON accelerator.family = accelerator_class.family
WHERE accelerator.family IS NULL;
