-- Times are microseconds since the Unix epoch, UTC. Ids are UUIDv7, 16 bytes.

CREATE TABLE accounts (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- As entered, for display.
    email         TEXT    NOT NULL,
    -- Normalised for comparison: NFKC and lower case. Each address has one account.
    email_key     TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    -- Argon2id as a PHC string.
    password_hash TEXT    NOT NULL,
    is_active     INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_admin      INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    created_at    INTEGER NOT NULL,
    last_login_at INTEGER
) STRICT;

-- One row per session. A refresh changes its row and adds none.
CREATE TABLE sessions (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id   BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- SHA-256 of the key in the session's refresh tokens. The key itself is not stored.
    key_hash     BLOB    NOT NULL CHECK (length(key_hash) = 32),
    -- The generation of the current refresh token.
    generation   INTEGER NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
    -- When the refresh token of the current generation was last issued.
    handed_at    INTEGER NOT NULL,
    -- When an access token of the current generation was first used.
    confirmed_at INTEGER,
    created_at   INTEGER NOT NULL,
    -- When the session expires, however often it is refreshed.
    expires_at   INTEGER NOT NULL CHECK (expires_at > created_at),
    ended_at     INTEGER,
    end_reason   TEXT CHECK (end_reason IN
                     ('signed_out', 'replaced', 'revoked', 'deactivated', 'password', 'reuse')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;

CREATE INDEX sessions_by_account ON sessions (account_id) WHERE ended_at IS NULL;
-- The revocation feed of every process uses this index.
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Private signing keys, sealed under the master secret, which is not stored here.
CREATE TABLE signing_keys (
    -- The RFC 7638 thumbprint.
    kid        TEXT    NOT NULL PRIMARY KEY,
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- The audit trail. Events have names from the OWASP logging vocabulary. The ids are not
-- foreign keys, because events outlive the accounts and sessions.
CREATE TABLE audit_events (
    id         INTEGER NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    event      TEXT    NOT NULL,
    account_id BLOB CHECK (length(account_id) = 16),
    session_id BLOB CHECK (length(session_id) = 16)
) STRICT;
