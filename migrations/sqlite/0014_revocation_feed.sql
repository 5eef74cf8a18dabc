-- The number of the end of a session. SQLite has one writer at a time, so the numbers are in
-- the order of the commits. A process that reads the ended sessions remembers the last number,
-- and leaves out the sessions up to it in its next read: it has read them. The order of the
-- times alone would not do, because a commit may be late.
ALTER TABLE sessions ADD COLUMN ended_number INTEGER;

CREATE INDEX sessions_by_ended_number ON sessions (ended_number) WHERE ended_number IS NOT NULL;

-- The last number. It is kept apart from the sessions, because the purge deletes those.
CREATE TABLE revocation_feed (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last_number INTEGER NOT NULL
) STRICT;

INSERT INTO revocation_feed (id, last_number) VALUES (1, 0);

-- A trigger, so that it also holds for processes of the previous version.
CREATE TRIGGER sessions_number_ending
AFTER UPDATE OF ended_at ON sessions
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
    UPDATE revocation_feed SET last_number = last_number + 1 WHERE id = 1;
    UPDATE sessions SET ended_number = (SELECT last_number FROM revocation_feed WHERE id = 1)
    WHERE id = NEW.id;
END;
