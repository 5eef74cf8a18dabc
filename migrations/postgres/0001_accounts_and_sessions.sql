-- The same tables as in migrations/sqlite, with the same constraints.
-- Times are microseconds since the Unix epoch, UTC. Ids are UUIDv7.

CREATE TABLE accounts (
    id            uuid    PRIMARY KEY,
    -- As entered, for display.
    email         text    NOT NULL,
    -- Normalised for comparison: NFKC and lower case. Each address has one account.
    email_key     text    NOT NULL UNIQUE,
    name          text    NOT NULL,
    -- Argon2id as a PHC string.
    password_hash text    NOT NULL,
    is_active     boolean NOT NULL,
    is_admin      boolean NOT NULL,
    created_at    bigint  NOT NULL,
    last_login_at bigint
);

-- One row per session. A refresh changes its row and adds none. The fill factor leaves
-- room in each page, so that a changed row stays in its page and no index is written.
CREATE TABLE sessions (
    id           uuid   PRIMARY KEY,
    account_id   uuid   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- SHA-256 of the key in the session's refresh tokens. The key itself is not stored.
    key_hash     bytea  NOT NULL CHECK (length(key_hash) = 32),
    -- The generation of the current refresh token.
    generation   bigint NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
    -- When the refresh token of the current generation was last issued.
    handed_at    bigint NOT NULL,
    -- When an access token of the current generation was first used.
    confirmed_at bigint,
    created_at   bigint NOT NULL,
    -- When the session expires, however often it is refreshed.
    expires_at   bigint NOT NULL CHECK (expires_at > created_at),
    ended_at     bigint,
    end_reason   text CHECK (end_reason IN
                     ('signed_out', 'replaced', 'revoked', 'deactivated', 'password', 'reuse')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) WITH (fillfactor = 80);

CREATE INDEX sessions_by_account ON sessions (account_id) WHERE ended_at IS NULL;
-- The revocation feed of every process uses this index.
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Notifies every process when a session has ended. A process that misses a notification
-- reads the ended session from the table within a second.
CREATE FUNCTION portcullis_notify_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portcullis_ended', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER sessions_notify_ended
    AFTER UPDATE OF ended_at ON sessions
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION portcullis_notify_ended();

-- Private signing keys, sealed under the master secret, which is not stored here.
CREATE TABLE signing_keys (
    -- The RFC 7638 thumbprint.
    kid        text   PRIMARY KEY,
    sealed     bytea  NOT NULL,
    created_at bigint NOT NULL
);

-- The audit trail. Events have names from the OWASP logging vocabulary. The ids are not
-- foreign keys, because events outlive the accounts and sessions.
CREATE TABLE audit_events (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         bigint NOT NULL,
    event      text   NOT NULL,
    account_id uuid,
    session_id uuid
);
