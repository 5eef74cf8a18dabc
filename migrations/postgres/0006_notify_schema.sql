-- Several installations may share a database, each in a schema of its own, and the
-- channels of a database are common to all: the notification names the schema.
CREATE OR REPLACE FUNCTION portcullis_notify_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('portcullis_ended', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$$;
