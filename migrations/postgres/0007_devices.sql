-- The device of a session, for the list of an account's sessions. In a table of its own,
-- because PostgreSQL writes a whole row at each refresh.
CREATE TABLE session_devices (
    session_id uuid PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    -- The User-Agent header of the sign-in.
    user_agent text NOT NULL CHECK (length(user_agent) <= 512),
    -- The IP address of the sign-in; empty if unknown.
    address    text NOT NULL CHECK (length(address) <= 45)
);

-- A user ended the session from another one ('ended_elsewhere'), or the account was
-- deleted.
ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_end_reason_check CHECK (end_reason IN
    ('signed_out', 'replaced', 'revoked', 'deactivated', 'password', 'reuse',
     'ended_elsewhere', 'deleted'));

-- The account that caused an event, if it is not the account of the event.
ALTER TABLE audit_events ADD COLUMN actor_id uuid;
-- The recent events of an account, newest last.
CREATE INDEX audit_events_by_account ON audit_events (account_id, id) WHERE account_id IS NOT NULL;
