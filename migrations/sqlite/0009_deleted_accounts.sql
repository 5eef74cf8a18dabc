-- When the account was deleted. Its personal data are removed at once. The row stays until
-- the purge has removed its last session, because ended sessions are evidence, and every
-- process reads them to reject their tokens.
ALTER TABLE accounts ADD COLUMN deleted_at INTEGER;
CREATE INDEX accounts_by_deletion ON accounts (deleted_at) WHERE deleted_at IS NOT NULL;

-- All sessions of an account, ended ones too. Without it, deleting an account would read
-- the whole table.
CREATE INDEX sessions_of_account ON sessions (account_id);
