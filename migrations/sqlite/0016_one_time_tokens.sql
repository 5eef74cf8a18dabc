-- The secrets of links that are used once. A row is deleted when its link is used or withdrawn,
-- and by the purge after its expiry: only links that can still be used have a row.
CREATE TABLE one_time_tokens (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- What the link is for: 'invitation'.
    purpose    TEXT    NOT NULL,
    -- SHA-256 of the token, which has 256 random bits. The token itself is not stored.
    token_hash BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    -- The account that uses the link; NULL if there is none yet.
    account_id BLOB    REFERENCES accounts (id) ON DELETE CASCADE,
    -- The e-mail address for which the link is, as entered and normalised; NULL if it is that of
    -- the account.
    email      TEXT,
    email_key  TEXT,
    -- The account that created it; NULL for an operator.
    created_by BLOB    CHECK (length(created_by) = 16),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK (account_id IS NOT NULL OR email IS NOT NULL)
) STRICT;
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);
CREATE INDEX one_time_tokens_by_purpose ON one_time_tokens (purpose, id);
CREATE INDEX one_time_tokens_by_account ON one_time_tokens (account_id)
    WHERE account_id IS NOT NULL;
-- An address has one open invitation: another one replaces it.
CREATE UNIQUE INDEX invitations_by_email ON one_time_tokens (email_key)
    WHERE purpose = 'invitation';
