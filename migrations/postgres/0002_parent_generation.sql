-- The parent generation, whose token was exchanged for the current one; NULL at sign-in.
-- Generations between the two are void: they were issued and never used, because the
-- responses with their tokens were lost and the parent was presented again.

ALTER TABLE sessions ADD COLUMN parent bigint CHECK (parent >= 0 AND parent < generation);

UPDATE sessions SET parent = generation - 1 WHERE generation > 0;
