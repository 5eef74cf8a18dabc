-- Signing keys get a life: published, signing, verifying, gone.
ALTER TABLE signing_keys
    -- The place in the line of keys. A successor takes the next number, and of two
    -- that are made at once one finds it free.
    ADD COLUMN number         bigint UNIQUE CHECK (number > 0),
    -- From when it signs, until a later one does.
    ADD COLUMN signs_from     bigint CHECK (signs_from >= created_at),
    -- Until when it has to verify: no token that it signed ends later.
    ADD COLUMN verifies_until bigint CHECK (verifies_until >= signs_from),
    -- From when its access tokens count no more.
    ADD COLUMN revoked_at     bigint;

-- The one key that there can be signs. Whoever starts next promises that it
-- verifies, before signing anything.
UPDATE signing_keys
SET number = line.number, signs_from = created_at, verifies_until = created_at
FROM (SELECT kid, row_number() OVER (ORDER BY created_at, kid) AS number FROM signing_keys) AS line
WHERE line.kid = signing_keys.kid;

ALTER TABLE signing_keys
    ALTER COLUMN number SET NOT NULL,
    ALTER COLUMN signs_from SET NOT NULL,
    ALTER COLUMN verifies_until SET NOT NULL;

-- Tokens are out that rely on it.
CREATE FUNCTION portcullis_break_promise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signing key has to verify for as long as it was promised'
        USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER signing_keys_keep_their_promise
    BEFORE UPDATE OF verifies_until ON signing_keys
    FOR EACH ROW WHEN (NEW.verifies_until < OLD.verifies_until)
    EXECUTE FUNCTION portcullis_break_promise();
