-- Several installations may share a database, each in a schema of its own. All schemas
-- share the notification channels of their database, so the payload names the schema.
CREATE OR REPLACE FUNCTION portcullis_notify_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portcullis_ended', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$$;
