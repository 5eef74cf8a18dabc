-- A sign-in above the limit of live sessions of an account ended the session
-- ('session_limit'). The CHECK only becomes wider, and no row changes, so the text of the
-- table is replaced, as described at the end of section 7 of
-- https://www.sqlite.org/lang_altertable.html, and the table is not rebuilt.
CREATE TABLE migration_check (failures INTEGER NOT NULL CHECK (failures = 0)) STRICT;

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''deleted'')', '''deleted'', ''session_limit'')')
WHERE type = 'table' AND name = 'sessions';
PRAGMA writable_schema = RESET;

INSERT INTO migration_check
SELECT count(*) FROM sqlite_schema
WHERE type = 'table' AND name = 'sessions' AND sql NOT LIKE '%''session_limit''%';
-- This also makes every connection read the schema again.
DROP TABLE migration_check;
