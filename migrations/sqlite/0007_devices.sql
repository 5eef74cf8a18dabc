-- The device of a session, for the list of an account's sessions. In a table of its own,
-- so that a refresh does not rewrite it.
CREATE TABLE session_devices (
    session_id BLOB NOT NULL PRIMARY KEY CHECK (length(session_id) = 16)
               REFERENCES sessions (id) ON DELETE CASCADE,
    -- The User-Agent header of the sign-in.
    user_agent TEXT NOT NULL CHECK (length(user_agent) <= 512),
    -- The IP address of the sign-in; empty if unknown.
    address    TEXT NOT NULL CHECK (length(address) <= 45)
) STRICT;

-- A user ended the session from another one ('ended_elsewhere'), or the account was
-- deleted. SQLite cannot change a CHECK, so the table is rebuilt as described in
-- https://www.sqlite.org/lang_altertable.html, section 7. Migrations run on a connection
-- that does not enforce foreign keys, and this migration fails on any other.
CREATE TABLE migration_check (failures INTEGER NOT NULL CHECK (failures = 0)) STRICT;
INSERT INTO migration_check SELECT foreign_keys FROM pragma_foreign_keys;

CREATE TABLE sessions_new (
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
                     ('signed_out', 'replaced', 'revoked', 'deactivated', 'password', 'reuse',
                      'ended_elsewhere', 'deleted')),
    -- The generation that was exchanged for the current one; NULL at sign-in.
    parent       INTEGER CHECK (parent >= 0 AND parent < generation),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;

INSERT INTO sessions_new (id, account_id, key_hash, generation, handed_at, confirmed_at,
                          created_at, expires_at, ended_at, end_reason, parent)
SELECT id, account_id, key_hash, generation, handed_at, confirmed_at,
       created_at, expires_at, ended_at, end_reason, parent
FROM sessions;

DROP TABLE sessions;
ALTER TABLE sessions_new RENAME TO sessions;

CREATE INDEX sessions_by_account ON sessions (account_id) WHERE ended_at IS NULL;
-- The revocation feed of every process uses this index.
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
-- The purge uses this index and sessions_by_end. No index may contain a column that a
-- refresh changes (generation, parent, handed_at, confirmed_at).
CREATE INDEX sessions_by_expiry ON sessions (expires_at) WHERE ended_at IS NULL;

INSERT INTO migration_check SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE migration_check;

-- The account that caused an event, if it is not the account of the event.
ALTER TABLE audit_events ADD COLUMN actor_id BLOB CHECK (length(actor_id) = 16);
-- The recent events of an account, newest last.
CREATE INDEX audit_events_by_account ON audit_events (account_id, id) WHERE account_id IS NOT NULL;
