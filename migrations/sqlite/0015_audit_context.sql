-- Who caused an event of the audit trail (owner, account, operator or system; of an event
-- before this migration it is not known), in which request and from which address, and the
-- signing key to which it happened.
ALTER TABLE audit_events ADD COLUMN actor TEXT;
ALTER TABLE audit_events ADD COLUMN request_id TEXT;
ALTER TABLE audit_events ADD COLUMN address TEXT;
ALTER TABLE audit_events ADD COLUMN key_id TEXT;
