-- The life cycle of signing keys: published, signing, verifying, retired.
ALTER TABLE signing_keys
    -- The keys are numbered in order. A successor takes the next number. If two processes
    -- create a successor at once, the UNIQUE constraint rejects the second.
    ADD COLUMN number         bigint UNIQUE CHECK (number > 0),
    -- When it begins to sign. It signs until a later key does.
    ADD COLUMN signs_from     bigint CHECK (signs_from >= created_at),
    -- Until when it must verify. No token that it signed expires later.
    ADD COLUMN verifies_until bigint CHECK (verifies_until >= signs_from),
    -- From when its access tokens are invalid.
    ADD COLUMN revoked_at     bigint;

-- Before this version there is at most one key, and it keeps signing. The next process
-- that starts raises verifies_until before it signs anything.
UPDATE signing_keys
SET number = line.number, signs_from = created_at, verifies_until = created_at
FROM (SELECT kid, row_number() OVER (ORDER BY created_at, kid) AS number FROM signing_keys) AS line
WHERE line.kid = signing_keys.kid;

ALTER TABLE signing_keys
    ALTER COLUMN number SET NOT NULL,
    ALTER COLUMN signs_from SET NOT NULL,
    ALTER COLUMN verifies_until SET NOT NULL;

-- verifies_until must never be lowered: tokens that expire by then have been issued.
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
