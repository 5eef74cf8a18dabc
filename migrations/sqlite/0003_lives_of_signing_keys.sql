-- The life cycle of signing keys: published, signing, verifying, retired. SQLite cannot
-- add these constraints to an existing table, so the table is created again.
CREATE TABLE signing_keys_new (
    -- The RFC 7638 thumbprint.
    kid            TEXT    NOT NULL PRIMARY KEY,
    -- The keys are numbered in order. A successor takes the next number. If two processes
    -- create a successor at once, the UNIQUE constraint rejects the second.
    number         INTEGER NOT NULL UNIQUE CHECK (number > 0),
    sealed         BLOB    NOT NULL,
    -- When the key was published.
    created_at     INTEGER NOT NULL,
    -- When it begins to sign. It signs until a later key does.
    signs_from     INTEGER NOT NULL CHECK (signs_from >= created_at),
    -- Until when it must verify. No token that it signed expires later.
    verifies_until INTEGER NOT NULL CHECK (verifies_until >= signs_from),
    -- From when its access tokens are invalid.
    revoked_at     INTEGER
) STRICT;

-- Before this version there is at most one key, and it keeps signing. The next process
-- that starts raises verifies_until before it signs anything.
INSERT INTO signing_keys_new (kid, number, sealed, created_at, signs_from, verifies_until)
SELECT kid, row_number() OVER (ORDER BY created_at, kid), sealed, created_at, created_at, created_at
FROM signing_keys;

DROP TABLE signing_keys;
ALTER TABLE signing_keys_new RENAME TO signing_keys;

-- verifies_until must never be lowered: tokens that expire by then have been issued.
CREATE TRIGGER signing_keys_keep_their_promise
BEFORE UPDATE OF verifies_until ON signing_keys
WHEN NEW.verifies_until < OLD.verifies_until
BEGIN
    SELECT RAISE(ABORT, 'a signing key has to verify for as long as it was promised');
END;
