-- A sign-in above the limit of live sessions of an account ended the session
-- ('session_limit').
ALTER TABLE sessions DROP CONSTRAINT sessions_end_reason_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_end_reason_check CHECK (end_reason IN
    ('signed_out', 'replaced', 'revoked', 'deactivated', 'password', 'reuse',
     'ended_elsewhere', 'deleted', 'session_limit'));
