-- External accounts: the application authenticates them by its own user table, LDAP or
-- OAuth, and names them by an id of its own. They have no password. Their e-mail address
-- is for display only: it need not be unique.
ALTER TABLE accounts
    ADD COLUMN external_id text UNIQUE CHECK (length(external_id) BETWEEN 1 AND 200),
    ALTER COLUMN email_key DROP NOT NULL,
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD CHECK ((email_key IS NULL) = (external_id IS NOT NULL)),
    ADD CHECK ((password_hash IS NULL) = (external_id IS NOT NULL));
