-- The limits on attempts to sign in, to register and to change a password: one row for each
-- key, whatever the number of attempts. A key is a keyed hash, such as that of an address and
-- an account, so the table holds neither. Once free_at has passed, the row means nothing, and
-- the purge deletes it.
CREATE TABLE attempts (
    key     BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 16),
    -- Each attempt moves this time by the interval of its limit; the further it is ahead, the
    -- more attempts have been made.
    free_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_time ON attempts (free_at);

-- The networks from which each account has signed in, as keyed hashes of both.
CREATE TABLE known_networks (
    key        BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 16),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX known_networks_by_expiry ON known_networks (expires_at);
