-- The purge finds rows by these indexes, oldest first. A session is in one of two indexes:
-- in this one until it ends, and then in sessions_by_end. No index may contain a column
-- that a refresh changes (generation, parent, handed_at, confirmed_at); otherwise every
-- refresh would write to the index too.
CREATE INDEX sessions_by_expiry ON sessions (expires_at) WHERE ended_at IS NULL;
CREATE INDEX audit_events_by_time ON audit_events (at);
