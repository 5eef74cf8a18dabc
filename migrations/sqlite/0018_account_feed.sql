-- The number of the last change of an account that its sessions show. It is taken from the same
-- sequence as the ends of sessions, so that one position in the revocation feed holds for both.
ALTER TABLE accounts ADD COLUMN changed_number INTEGER;

CREATE INDEX accounts_by_changed_number ON accounts (changed_number)
WHERE changed_number IS NOT NULL;

-- A trigger, so that it also holds for processes of the previous version.
CREATE TRIGGER accounts_number_change
AFTER UPDATE OF email, name, is_active, is_admin ON accounts
WHEN OLD.email IS NOT NEW.email OR OLD.name IS NOT NEW.name
    OR OLD.is_active IS NOT NEW.is_active OR OLD.is_admin IS NOT NEW.is_admin
BEGIN
    UPDATE revocation_feed SET last_number = last_number + 1 WHERE id = 1;
    UPDATE accounts SET changed_number = (SELECT last_number FROM revocation_feed WHERE id = 1)
    WHERE id = NEW.id;
END;
