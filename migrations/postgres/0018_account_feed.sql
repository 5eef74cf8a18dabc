-- The transaction that last changed what the sessions of an account show of it, for the reads of
-- the revocation feed, as sessions have that which ended them.
ALTER TABLE accounts ADD COLUMN changed_by xid8;

CREATE INDEX accounts_by_changing_transaction ON accounts (changed_by)
WHERE changed_by IS NOT NULL;

-- A trigger, so that it also holds for processes of the previous version.
CREATE FUNCTION portcullis_record_account_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_by := pg_current_xact_id();
    RETURN NEW;
END
$$;

CREATE TRIGGER accounts_record_change
    BEFORE UPDATE OF email, name, is_active, is_admin ON accounts
    FOR EACH ROW WHEN ((OLD.email, OLD.name, OLD.is_active, OLD.is_admin)
        IS DISTINCT FROM (NEW.email, NEW.name, NEW.is_active, NEW.is_admin))
    EXECUTE FUNCTION portcullis_record_account_change();

CREATE TRIGGER accounts_notify_change
    AFTER UPDATE OF email, name, is_active, is_admin ON accounts
    FOR EACH ROW WHEN (OLD.changed_by IS DISTINCT FROM NEW.changed_by)
    EXECUTE FUNCTION portcullis_notify_ended();
