-- The transaction that ended a session. A process that reads the ended sessions remembers the
-- oldest transaction that was running, and leaves out the sessions of earlier transactions in
-- its next read: it has read them. The order of the times alone would not do, because the
-- clocks of servers differ and a commit may be late.
ALTER TABLE sessions ADD COLUMN ended_by xid8;

CREATE INDEX sessions_by_ending_transaction ON sessions (ended_by) WHERE ended_by IS NOT NULL;

-- A trigger, so that it also holds for processes of the previous version.
CREATE FUNCTION portcullis_record_ending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ended_by := pg_current_xact_id();
    RETURN NEW;
END
$$;

CREATE TRIGGER sessions_record_ending
    BEFORE UPDATE OF ended_at ON sessions
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION portcullis_record_ending();
