-- The administration lists accounts by e-mail address, and searches them by the beginning of
-- one. Only ASCII letters are compared without case, and the order is that of the bytes.
-- It is a column, because SQLite compares two values at once, (email_lower, id), by an index
-- of columns only. The table does not store it.
ALTER TABLE accounts ADD COLUMN email_lower TEXT GENERATED ALWAYS AS (lower(email)) VIRTUAL;
CREATE INDEX accounts_by_email ON accounts (email_lower, id) WHERE deleted_at IS NULL;

-- The audit trail is read by time, newest first: all events, those of one account, or those
-- of one kind. Each index ends with the id, which is the key of the table. For all events
-- there is audit_events_by_time.
DROP INDEX audit_events_by_account;
CREATE INDEX audit_events_by_account ON audit_events (account_id, at)
    WHERE account_id IS NOT NULL;
CREATE INDEX audit_events_by_kind ON audit_events (event, at);
