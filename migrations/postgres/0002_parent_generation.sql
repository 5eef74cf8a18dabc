-- The generation that was presented for the current one; none at sign-in. The
-- generations between the two were handed out, never used, and are void: the
-- answers that carried them were lost, and their parent came back.

ALTER TABLE sessions ADD COLUMN parent bigint CHECK (parent >= 0 AND parent < generation);

UPDATE sessions SET parent = generation - 1 WHERE generation > 0;
