-- An account that an application's own user table, LDAP or OAuth vouches for: named
-- by the application's id for it, without a password, and without a claim on its
-- e-mail address, which is for people alone.
ALTER TABLE accounts
    ADD COLUMN external_id text UNIQUE CHECK (length(external_id) BETWEEN 1 AND 200),
    ALTER COLUMN email_key DROP NOT NULL,
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD CHECK ((email_key IS NULL) = (external_id IS NOT NULL)),
    ADD CHECK ((password_hash IS NULL) = (external_id IS NOT NULL));
