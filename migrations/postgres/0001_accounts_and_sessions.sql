-- The schema of migrations/sqlite, with the rules as constraints here too.
-- Times are microseconds since the epoch, UTC. Ids are UUIDv7.

CREATE TABLE accounts (
    id            uuid    PRIMARY KEY,
    -- As it was entered, for people.
    email         text    NOT NULL,
    -- NFKC and lower case, for comparing: one account an address.
    email_key     text    NOT NULL UNIQUE,
    name          text    NOT NULL,
    -- Argon2id as a PHC string.
    password_hash text    NOT NULL,
    is_active     boolean NOT NULL,
    is_admin      boolean NOT NULL,
    created_at    bigint  NOT NULL,
    last_login_at bigint
);

-- One row per session. A refresh changes its row and adds none. Room is left in
-- each page, so that a changed row stays in it and no index is touched.
CREATE TABLE sessions (
    id           uuid   PRIMARY KEY,
    account_id   uuid   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- SHA-256 of the key that the session's refresh tokens carry. The key itself
    -- is nowhere in this database.
    key_hash     bytea  NOT NULL CHECK (length(key_hash) = 32),
    -- The generation of the current refresh token.
    generation   bigint NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
    -- When the current generation's refresh token was last handed out.
    handed_at    bigint NOT NULL,
    -- When an access token of the current generation was first used.
    confirmed_at bigint,
    created_at   bigint NOT NULL,
    -- The absolute end, however often the session is renewed.
    expires_at   bigint NOT NULL CHECK (expires_at > created_at),
    ended_at     bigint,
    end_reason   text CHECK (end_reason IN
                     ('signed_out', 'replaced', 'revoked', 'deactivated', 'password', 'reuse')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) WITH (fillfactor = 80);

CREATE INDEX sessions_by_account ON sessions (account_id) WHERE ended_at IS NULL;
-- What the revocation view of every process follows.
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Wakes every process when a session has ended. The table stays the truth: a
-- process that misses the wake-up reads it within a second.
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

-- Private signing keys, sealed under the master secret, which is not in here.
CREATE TABLE signing_keys (
    -- The RFC 7638 thumbprint.
    kid        text   PRIMARY KEY,
    sealed     bytea  NOT NULL,
    created_at bigint NOT NULL
);

-- What happened, by the names of the OWASP logging vocabulary. Ids without
-- foreign keys: events outlive what they are about.
CREATE TABLE audit_events (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         bigint NOT NULL,
    event      text   NOT NULL,
    account_id uuid,
    session_id uuid
);
