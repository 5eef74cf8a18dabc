-- External accounts: the application authenticates them by its own user table, LDAP or
-- OAuth, and names them by an id of its own. They have no password. Their e-mail address
-- is for display only: it need not be unique.
--
-- SQLite cannot drop a column's NOT NULL, so the table is rebuilt as described in
-- https://www.sqlite.org/lang_altertable.html, section 7. With foreign keys enforced,
-- dropping the old table would delete every session. Therefore migrations run on a
-- connection that does not enforce them, and this migration fails on any other.
CREATE TABLE migration_check (failures INTEGER NOT NULL CHECK (failures = 0)) STRICT;
INSERT INTO migration_check SELECT foreign_keys FROM pragma_foreign_keys;

CREATE TABLE accounts_new (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- As entered, for display. Empty if an external account has none.
    email         TEXT    NOT NULL,
    -- Normalised for comparison: NFKC and lower case. Each address has one account.
    -- NULL for an external account.
    email_key     TEXT    UNIQUE,
    -- The application's id of an external account.
    external_id   TEXT    UNIQUE CHECK (length(external_id) BETWEEN 1 AND 200),
    name          TEXT    NOT NULL,
    -- Argon2id as a PHC string.
    password_hash TEXT,
    is_active     INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_admin      INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    created_at    INTEGER NOT NULL,
    last_login_at INTEGER,
    CHECK ((email_key IS NULL) = (external_id IS NOT NULL)),
    CHECK ((password_hash IS NULL) = (external_id IS NOT NULL))
) STRICT;

INSERT INTO accounts_new (id, email, email_key, name, password_hash, is_active, is_admin,
                          created_at, last_login_at)
SELECT id, email, email_key, name, password_hash, is_active, is_admin, created_at, last_login_at
FROM accounts;

DROP TABLE accounts;
ALTER TABLE accounts_new RENAME TO accounts;

INSERT INTO migration_check SELECT count(*) FROM pragma_foreign_key_check('sessions');
DROP TABLE migration_check;
