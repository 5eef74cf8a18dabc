-- The administration lists accounts by e-mail address, and searches them by the beginning of
-- one. Only ASCII letters are compared without case, and the order is that of the bytes, as
-- on SQLite.
CREATE INDEX accounts_by_email ON accounts (lower(email COLLATE "C"), id)
    WHERE deleted_at IS NULL;

-- The audit trail is read by time, newest first: all events, those of one account, or those
-- of one kind. The purge uses audit_events_by_time too.
DROP INDEX audit_events_by_time;
CREATE INDEX audit_events_by_time ON audit_events (at, id);
DROP INDEX audit_events_by_account;
CREATE INDEX audit_events_by_account ON audit_events (account_id, at, id)
    WHERE account_id IS NOT NULL;
CREATE INDEX audit_events_by_kind ON audit_events (event, at, id);
