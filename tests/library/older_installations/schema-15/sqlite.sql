PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'accounts and sessions','2026-11-29 05:07:33',1,X'3527803a8dfc7630902cd3bcc0c2f465b96bf02d5c55344d3b953caeaa376a7737eee363682dae37fac0e960d2107adf',561684);
INSERT INTO _sqlx_migrations VALUES(2,'parent generation','2026-11-29 05:07:33',1,X'f66702e1aea09ddbc494c492a47fcf35fc397831fcc71039935c8ed541c5eaa187ec1921cc5d520d0f7f5d0520453b4b',367923);
INSERT INTO _sqlx_migrations VALUES(3,'lives of signing keys','2026-11-29 05:07:33',1,X'a961654ce8890a7d23bbbcc61f62a929bca886afc4ccec1119d0fe4b42064453341e97f984bd52e396759c86e6f2b08f',698272);
INSERT INTO _sqlx_migrations VALUES(4,'purge','2026-11-29 05:07:33',1,X'd6bf3d4ef578b58f3f2c7fb409a7c66c193c9b14cec8a73af83f86c544c3848c5dfb07cdf670b2653bd5b98a171cd9b5',162672);
INSERT INTO _sqlx_migrations VALUES(5,'external accounts','2026-11-29 05:07:33',1,X'a85486cc8a83f888f4b9dbab6c98ee487b15fdd349e001d11a152239eb400fcc46a9de1568740410da3dfa69d7b7943a',715546);
INSERT INTO _sqlx_migrations VALUES(7,'devices','2026-11-29 05:07:33',1,X'6f33f90cd90c530d8559c793dd99dfc1e189c5e16181aad1a036e77e2244d19d23200cc2c3d418aced8a3714a9c0a62e',1174277);
INSERT INTO _sqlx_migrations VALUES(9,'deleted accounts','2026-11-29 05:07:33',1,X'484a62ced6a3ca438ebc95c529e72638baa628c5d6cd21fcc80ce26530a05dd0878182b9c5993543f5fb619501e66958',398760);
INSERT INTO _sqlx_migrations VALUES(10,'administration','2026-11-29 05:07:33',1,X'28809c94a2ed849378c7afe3daad2f2c04b1a7d75518a932a97886c7d57136b35a791b719de7d69aceba0c7341a12783',418608);
INSERT INTO _sqlx_migrations VALUES(11,'statistics','2026-11-29 05:07:33',1,X'a1ec6e1bb90a0b24f6958dc1a2a887243f47ad3daf256acf2fee50bf4884d3e48b31015f94c09b366fff810265e574da',142727);
INSERT INTO _sqlx_migrations VALUES(12,'attempts','2026-11-29 05:07:33',1,X'799397803610dde13e8d414a62cd2cb9d0caf1dc802cea3687b11dc464452c8244f60f7ad67d9348b9efddbc152e3a6d',385605);
INSERT INTO _sqlx_migrations VALUES(13,'session limit','2026-11-29 05:07:33',1,X'bea8b9c5ecc45a3647561dea70e9bb5cc62c9a1cef4d4bc7f03808fd219f47cd791b3a2e42dd8b9df70517d4e8138dad',389481);
INSERT INTO _sqlx_migrations VALUES(14,'revocation feed','2026-11-29 05:07:33',1,X'2b1da74e990c399d9eb124173a4550a989a2f665b6abb55e0cb0234b067f49f073978014116d8a6d1b08a883e7c00cfd',470612);
INSERT INTO _sqlx_migrations VALUES(15,'audit context','2026-11-29 05:07:33',1,X'ebda7f0d3516b8a7312861c66e2d3817fa992924d707bb870dcee179566fdf81128e70b6c601617db150ad0bc51ec323',921593);
CREATE TABLE audit_events (
    id         INTEGER NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    event      TEXT    NOT NULL,
    account_id BLOB CHECK (length(account_id) = 16),
    session_id BLOB CHECK (length(session_id) = 16)
, actor_id BLOB CHECK (length(actor_id) = 16), actor TEXT, request_id TEXT, address TEXT, key_id TEXT) STRICT;
INSERT INTO audit_events VALUES(1,1800000000000000,'crypt_key_created',NULL,NULL,NULL,'system',NULL,NULL,'DIJ7ziMrjg9v_LEAjjM6CyjJ2xtpwurZgTGoDUoejNM');
INSERT INTO audit_events VALUES(2,1800000000000000,'user_created',X'01a3185c50007ea1bf4b0c6c1ddbc5a0',NULL,NULL,'owner',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(3,1800000000000000,'authz_change:user,admin',X'01a3185c50007ea1bf4b0c6c1ddbc5a0',NULL,NULL,'operator',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(4,1800000000000000,'authn_login_success',X'01a3185c50007ea1bf4b0c6c1ddbc5a0',X'01a3185c50007c85887e73960f445452',NULL,'owner',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(5,1800000000000000,'authn_login_success',X'01a3185c50007ea1bf4b0c6c1ddbc5a0',X'01a3185c50007fb686cf42bbda9d4a11',NULL,'owner',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(6,1800000000000000,'session_ended',X'01a3185c50007ea1bf4b0c6c1ddbc5a0',X'01a3185c50007fb686cf42bbda9d4a11',NULL,'owner',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(7,1800000062000000,'user_created',X'01a3185d42307f76aac46b2e43a4fa6f',NULL,NULL,'owner',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(8,1800000062000000,'authn_login_success',X'01a3185d42307f76aac46b2e43a4fa6f',X'01a3185d423075c4a2f06a5f4d1003d0',NULL,'owner',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(9,1800000062000000,'user_deactivated',X'01a3185d42307f76aac46b2e43a4fa6f',NULL,NULL,'operator',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(10,1800000062000000,'user_created',X'01a3185d42307ae39e8fe210042b87ec',NULL,NULL,'owner',NULL,NULL,NULL);
INSERT INTO audit_events VALUES(11,1800000062000000,'authn_login_success',X'01a3185d42307ae39e8fe210042b87ec',X'01a3185d42307b368b9a43c459f628f6',NULL,'owner',NULL,NULL,NULL);
CREATE TABLE IF NOT EXISTS "signing_keys" (
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
INSERT INTO signing_keys VALUES('DIJ7ziMrjg9v_LEAjjM6CyjJ2xtpwurZgTGoDUoejNM',1,X'66e2ce498d9c59cfab26d41559bba4451b7f57d31f56002dc2733216d188175e3f7ef511a1f329ceca3c0eecbfa3aef998ae2535d31beae427f02c39e97c03e1d9bbac62dfa8b33cbfe9d9e7',1800000000000000,1800000000000000,1800612000000000,NULL);
CREATE TABLE IF NOT EXISTS "accounts" (
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
    last_login_at INTEGER, deleted_at INTEGER, email_lower TEXT GENERATED ALWAYS AS (lower(email)) VIRTUAL,
    CHECK ((email_key IS NULL) = (external_id IS NOT NULL)),
    CHECK ((password_hash IS NULL) = (external_id IS NOT NULL))
) STRICT;
INSERT INTO accounts VALUES(X'01a3185c50007ea1bf4b0c6c1ddbc5a0','ada@example.org','ada@example.org',NULL,'','$argon2id$v=19$m=19456,t=2,p=1$7FQPhtVk3jYceAKJ7J+l2A$baXXete6MKp9GDnHjI/WKaQWtJnGqRo7HqcX5We82c0',1,1,1800000000000000,NULL,NULL);
INSERT INTO accounts VALUES(X'01a3185d42307f76aac46b2e43a4fa6f','bob@example.org','bob@example.org',NULL,'','$argon2id$v=19$m=19456,t=2,p=1$OEC/w8KtE1zvlvMWgcihUA$TXcGUSVZ9c0BW56zMKQ/dWDZ/tuzR+h/QLayBPlPnb4',0,0,1800000062000000,NULL,NULL);
INSERT INTO accounts VALUES(X'01a3185d42307ae39e8fe210042b87ec','grace@example.org',NULL,'users:42','Grace',NULL,1,0,1800000062000000,NULL,NULL);
CREATE TABLE session_devices (
    session_id BLOB NOT NULL PRIMARY KEY CHECK (length(session_id) = 16)
               REFERENCES sessions (id) ON DELETE CASCADE,
    -- The User-Agent header of the sign-in.
    user_agent TEXT NOT NULL CHECK (length(user_agent) <= 512),
    -- The IP address of the sign-in; empty if unknown.
    address    TEXT NOT NULL CHECK (length(address) <= 45)
) STRICT;
INSERT INTO session_devices VALUES(X'01a3185c50007c85887e73960f445452','Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0','192.0.2.7');
INSERT INTO session_devices VALUES(X'01a3185c50007fb686cf42bbda9d4a11','','');
INSERT INTO session_devices VALUES(X'01a3185d423075c4a2f06a5f4d1003d0','','');
INSERT INTO session_devices VALUES(X'01a3185d42307b368b9a43c459f628f6','','');
CREATE TABLE IF NOT EXISTS "sessions" (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id   BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- SHA-256 of the key in the session's refresh tokens. The key itself is not stored.
    key_hash     BLOB    NOT NULL CHECK (length(key_hash) = 32),
    -- The generation of the current refresh token.
    generation   INTEGER NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
    -- When the refresh token of the current generation was last issued.
    handed_at    INTEGER NOT NULL,
    -- When an access token of the current generation was first used.
    confirmed_at INTEGER,
    created_at   INTEGER NOT NULL,
    -- When the session expires, however often it is refreshed.
    expires_at   INTEGER NOT NULL CHECK (expires_at > created_at),
    ended_at     INTEGER,
    end_reason   TEXT CHECK (end_reason IN
                     ('signed_out', 'replaced', 'revoked', 'deactivated', 'password', 'reuse',
                      'ended_elsewhere', 'deleted', 'session_limit')),
    -- The generation that was exchanged for the current one; NULL at sign-in.
    parent       INTEGER CHECK (parent >= 0 AND parent < generation), ended_number INTEGER,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;
INSERT INTO sessions VALUES(X'01a3185c50007c85887e73960f445452',X'01a3185c50007ea1bf4b0c6c1ddbc5a0',X'4dfbbcd9a64f3c42af3c55ad884d2e697f3cc8aebf63b34bdc03462df668893d',2,1800000062000000,1800000062000000,1800000000000000,1802592000000000,NULL,NULL,1,NULL);
INSERT INTO sessions VALUES(X'01a3185c50007fb686cf42bbda9d4a11',X'01a3185c50007ea1bf4b0c6c1ddbc5a0',X'9bc061dd7fe39ce079c143d6f6feb8a52f76f0a9810428d02455da01ea118dfb',0,1800000000000000,NULL,1800000000000000,1802592000000000,1800000000000000,'signed_out',NULL,1);
INSERT INTO sessions VALUES(X'01a3185d423075c4a2f06a5f4d1003d0',X'01a3185d42307f76aac46b2e43a4fa6f',X'0809693f5834eb7fab8b61164005f114676afe9260563dd7740362915cf0075a',0,1800000062000000,NULL,1800000062000000,1802592062000000,1800000062000000,'deactivated',NULL,2);
INSERT INTO sessions VALUES(X'01a3185d42307b368b9a43c459f628f6',X'01a3185d42307ae39e8fe210042b87ec',X'49c2cf651ca9307588cc5c6007cb9dca3a21ca885e3e5459e58e2cd76d3042b5',0,1800000062000000,NULL,1800000062000000,1802592062000000,NULL,NULL,NULL,NULL);
CREATE TABLE statistics (
    hour  INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO statistics VALUES(1800000000000000,'rotated',2);
INSERT INTO statistics VALUES(1800000000000000,'signed_in',4);
CREATE TABLE attempts (
    key     BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 16),
    -- Each attempt moves this time by the interval of its limit; the further it is ahead, the
    -- more attempts have been made.
    free_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE known_networks (
    key        BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 16),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE revocation_feed (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last_number INTEGER NOT NULL
) STRICT;
INSERT INTO revocation_feed VALUES(1,2);
CREATE TRIGGER signing_keys_keep_their_promise
BEFORE UPDATE OF verifies_until ON signing_keys
WHEN NEW.verifies_until < OLD.verifies_until
BEGIN
    SELECT RAISE(ABORT, 'a signing key has to verify for as long as it was promised');
END;
CREATE INDEX audit_events_by_time ON audit_events (at);
CREATE INDEX sessions_by_account ON sessions (account_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at) WHERE ended_at IS NULL;
CREATE INDEX accounts_by_deletion ON accounts (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX sessions_of_account ON sessions (account_id);
CREATE INDEX accounts_by_email ON accounts (email_lower, id) WHERE deleted_at IS NULL;
CREATE INDEX audit_events_by_account ON audit_events (account_id, at)
    WHERE account_id IS NOT NULL;
CREATE INDEX audit_events_by_kind ON audit_events (event, at);
CREATE INDEX attempts_by_time ON attempts (free_at);
CREATE INDEX known_networks_by_expiry ON known_networks (expires_at);
CREATE INDEX sessions_by_ended_number ON sessions (ended_number) WHERE ended_number IS NOT NULL;
CREATE TRIGGER sessions_number_ending
AFTER UPDATE OF ended_at ON sessions
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
    UPDATE revocation_feed SET last_number = last_number + 1 WHERE id = 1;
    UPDATE sessions SET ended_number = (SELECT last_number FROM revocation_feed WHERE id = 1)
    WHERE id = NEW.id;
END;
COMMIT;
