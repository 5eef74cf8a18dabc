-- Signing keys get a life: published, signing, verifying, gone. A table's columns
-- cannot be constrained afterwards here, so it is made anew.
CREATE TABLE signing_keys_new (
    -- The RFC 7638 thumbprint.
    kid            TEXT    NOT NULL PRIMARY KEY,
    -- The place in the line of keys. A successor takes the next number, and of two
    -- that are made at once one finds it free.
    number         INTEGER NOT NULL UNIQUE CHECK (number > 0),
    sealed         BLOB    NOT NULL,
    -- When the key was published.
    created_at     INTEGER NOT NULL,
    -- From when it signs, until a later one does.
    signs_from     INTEGER NOT NULL CHECK (signs_from >= created_at),
    -- Until when it has to verify: no token that it signed ends later.
    verifies_until INTEGER NOT NULL CHECK (verifies_until >= signs_from),
    -- From when its access tokens count no more.
    revoked_at     INTEGER
) STRICT;

-- The one key that there can be signs. Whoever starts next promises that it
-- verifies, before signing anything.
INSERT INTO signing_keys_new (kid, number, sealed, created_at, signs_from, verifies_until)
SELECT kid, row_number() OVER (ORDER BY created_at, kid), sealed, created_at, created_at, created_at
FROM signing_keys;

DROP TABLE signing_keys;
ALTER TABLE signing_keys_new RENAME TO signing_keys;

-- Tokens are out that rely on it.
CREATE TRIGGER signing_keys_keep_their_promise
BEFORE UPDATE OF verifies_until ON signing_keys
WHEN NEW.verifies_until < OLD.verifies_until
BEGIN
    SELECT RAISE(ABORT, 'a signing key has to verify for as long as it was promised');
END;
