CREATE SCHEMA portcullis;
CREATE FUNCTION portcullis.portcullis_break_promise() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a signing key has to verify for as long as it was promised'
        USING ERRCODE = 'check_violation';
END
$$;
CREATE FUNCTION portcullis.portcullis_notify_ended() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('portcullis_ended', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$$;
CREATE FUNCTION portcullis.portcullis_record_ending() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.ended_by := pg_current_xact_id();
    RETURN NEW;
END
$$;
CREATE TABLE portcullis._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
CREATE TABLE portcullis.accounts (
    id uuid NOT NULL,
    email text NOT NULL,
    email_key text,
    name text NOT NULL,
    password_hash text,
    is_active boolean NOT NULL,
    is_admin boolean NOT NULL,
    created_at bigint NOT NULL,
    last_login_at bigint,
    external_id text,
    deleted_at bigint,
    CONSTRAINT accounts_check CHECK (((email_key IS NULL) = (external_id IS NOT NULL))),
    CONSTRAINT accounts_check1 CHECK (((password_hash IS NULL) = (external_id IS NOT NULL))),
    CONSTRAINT accounts_external_id_check CHECK (((length(external_id) >= 1) AND (length(external_id) <= 200)))
);
CREATE TABLE portcullis.attempts (
    key bytea NOT NULL,
    free_at bigint NOT NULL,
    CONSTRAINT attempts_key_check CHECK ((length(key) = 16))
);
CREATE TABLE portcullis.audit_events (
    id bigint NOT NULL,
    at bigint NOT NULL,
    event text NOT NULL,
    account_id uuid,
    session_id uuid,
    actor_id uuid,
    actor text,
    request_id text,
    address text,
    key_id text
);
ALTER TABLE portcullis.audit_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME portcullis.audit_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE portcullis.known_networks (
    key bytea NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT known_networks_key_check CHECK ((length(key) = 16))
);
CREATE TABLE portcullis.session_devices (
    session_id uuid NOT NULL,
    user_agent text NOT NULL,
    address text NOT NULL,
    CONSTRAINT session_devices_address_check CHECK ((length(address) <= 45)),
    CONSTRAINT session_devices_user_agent_check CHECK ((length(user_agent) <= 512))
);
CREATE TABLE portcullis.sessions (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    generation bigint NOT NULL,
    handed_at bigint NOT NULL,
    confirmed_at bigint,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at bigint,
    end_reason text,
    parent bigint,
    ended_by xid8,
    CONSTRAINT sessions_check CHECK ((expires_at > created_at)),
    CONSTRAINT sessions_check1 CHECK (((ended_at IS NULL) = (end_reason IS NULL))),
    CONSTRAINT sessions_check2 CHECK (((parent >= 0) AND (parent < generation))),
    CONSTRAINT sessions_end_reason_check CHECK ((end_reason = ANY (ARRAY['signed_out'::text, 'replaced'::text, 'revoked'::text, 'deactivated'::text, 'password'::text, 'reuse'::text, 'ended_elsewhere'::text, 'deleted'::text, 'session_limit'::text]))),
    CONSTRAINT sessions_generation_check CHECK (((generation >= 0) AND (generation <= '4294967295'::bigint))),
    CONSTRAINT sessions_key_hash_check CHECK ((length(key_hash) = 32))
)
WITH (fillfactor='80');
CREATE TABLE portcullis.signing_keys (
    kid text NOT NULL,
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    number bigint NOT NULL,
    signs_from bigint NOT NULL,
    verifies_until bigint NOT NULL,
    revoked_at bigint,
    CONSTRAINT signing_keys_check CHECK ((signs_from >= created_at)),
    CONSTRAINT signing_keys_check1 CHECK ((verifies_until >= signs_from)),
    CONSTRAINT signing_keys_number_check CHECK ((number > 0))
);
CREATE TABLE portcullis.statistics (
    hour bigint NOT NULL,
    kind text NOT NULL,
    count bigint NOT NULL
);
INSERT INTO portcullis._sqlx_migrations VALUES (1, 'accounts and sessions', '2026-11-29 05:07:34.243645+00', true, '\x265a9ce1708cd55ee2d593a7f0ad84da7bc85725863fb54b1a553567aaa5b96e532d1727a1b8920d5c52e3695df4ce67', 8623823);
INSERT INTO portcullis._sqlx_migrations VALUES (2, 'parent generation', '2026-11-29 05:07:34.252792+00', true, '\x715a201fefc5a8c05fd9bdd944e77ee347ac9fb092100ea7814919ac85568a9e0bb9231717bd9786055828d439794629', 995421);
INSERT INTO portcullis._sqlx_migrations VALUES (3, 'lives of signing keys', '2026-11-29 05:07:34.253951+00', true, '\xc0aad6e32e81acfd135667d48b257398b08eeb91aa4c252996c620491ffc242cfc0b479815fa0b67b9cc44a7226ae0d3', 4073388);
INSERT INTO portcullis._sqlx_migrations VALUES (4, 'purge', '2026-11-29 05:07:34.258258+00', true, '\x59c9155d5704200bf62b9648a423b0345e63fa9401a7992a0eb5da221f80ac6b83d57a3cb13707fd0a880fbd9222e08e', 1048551);
INSERT INTO portcullis._sqlx_migrations VALUES (5, 'external accounts', '2026-11-29 05:07:34.259562+00', true, '\xf4dc7dded9136fac086ad4e59d9cb5794b03286106afb9ee849535c8991a493a387c07a818224c665dfbf94070c20dd3', 1290064);
INSERT INTO portcullis._sqlx_migrations VALUES (6, 'notify schema', '2026-11-29 05:07:34.261047+00', true, '\x348b4a9da68e041b5a9928f7290c5b527d8155f8a13f49be93421900b2b81420ec08b38dc3428de5fb3d99d6e3147f78', 523509);
INSERT INTO portcullis._sqlx_migrations VALUES (7, 'devices', '2026-11-29 05:07:34.26174+00', true, '\xf6821b66358b5859d33ce13b9fe954f310ba61f99aebf0bb657bb5ae6d15d39fb38db5fb4538e4da111e1a957e884ec5', 10041167);
INSERT INTO portcullis._sqlx_migrations VALUES (8, 'revocation feed', '2026-11-29 05:07:34.272006+00', true, '\x6c0504b2e2f6b6add72c60e0bdebc74bf44107ae7b696f752b1a01122184172a371e6addc9b0acb9db579e36fe3cff34', 1193404);
INSERT INTO portcullis._sqlx_migrations VALUES (9, 'deleted accounts', '2026-11-29 05:07:34.273333+00', true, '\xc8f2a3be71365140665117f3fbd970d0827373ee60b7f24df896b5cb57b5defe430713ce3c667f26246474531db1cc3b', 1032309);
INSERT INTO portcullis._sqlx_migrations VALUES (10, 'administration', '2026-11-29 05:07:34.274512+00', true, '\x0a884da37e6281c7edd4744466870e43b0381094e38151de3871f4050899b7346dd06b7d5448becabbbd569f49dce791', 1722302);
INSERT INTO portcullis._sqlx_migrations VALUES (11, 'statistics', '2026-11-29 05:07:34.276419+00', true, '\x5eddf5b5e9787524ae2b6d5532c83be7cb082e399e6ec8f07383c1ea8d59bf99ec7671fe59f4ca9ecd57caf1d29a5f3b', 1124963);
INSERT INTO portcullis._sqlx_migrations VALUES (12, 'attempts', '2026-11-29 05:07:34.277684+00', true, '\x584674158c49056775f5baa9783bb30893ce3102fb7e01f22fae129f22e6ff30d76ea922255600421cd70296d10d1acd', 9881809);
INSERT INTO portcullis._sqlx_migrations VALUES (13, 'session limit', '2026-11-29 05:07:34.287879+00', true, '\x96faa35717d12c43a42a31ceba74ed13033a4d474cbd455fc211b7e2342df0df2533d9270af0a3e40441e70ed06b55a6', 3942465);
INSERT INTO portcullis._sqlx_migrations VALUES (15, 'audit context', '2026-11-29 05:07:34.291993+00', true, '\x2c09c341ca2ad83e35f25188d951c9f64c66371fdd992067aaa9a2dcd88789d1752f5f7bd74a504188809a5fb045df60', 633376);
INSERT INTO portcullis.accounts VALUES ('01a3185c-5000-7082-bf75-44172cc33cff', 'ada@example.org', 'ada@example.org', '', '$argon2id$v=19$m=19456,t=2,p=1$m7NSWzFztyjwF9fSb9+0jw$5Kgua7CTOtN4g26R7yZiUqhqqHrZB8QwV3Jx3upf2Qk', true, true, 1800000000000000, NULL, NULL, NULL);
INSERT INTO portcullis.accounts VALUES ('01a3185d-4230-7fb5-847e-967a789bf310', 'bob@example.org', 'bob@example.org', '', '$argon2id$v=19$m=19456,t=2,p=1$r/OHIZdtZPQoRXHbxs9bmg$xPK2dQhEjzgtJG/96ulMBiJS9WjEdo0ScY7sUVmSxzs', false, false, 1800000062000000, NULL, NULL, NULL);
INSERT INTO portcullis.accounts VALUES ('01a3185d-4230-72bd-9a57-b9531b0e283e', 'grace@example.org', NULL, 'Grace', NULL, true, false, 1800000062000000, NULL, 'users:42', NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (1, 1800000000000000, 'crypt_key_created', NULL, NULL, NULL, 'system', NULL, NULL, 'RxQ8AuGT5jecb4HjUUbMXftEz29XHPr_mJuqiO4JrvY');
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (2, 1800000000000000, 'user_created', '01a3185c-5000-7082-bf75-44172cc33cff', NULL, NULL, 'owner', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (3, 1800000000000000, 'authz_change:user,admin', '01a3185c-5000-7082-bf75-44172cc33cff', NULL, NULL, 'operator', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (4, 1800000000000000, 'authn_login_success', '01a3185c-5000-7082-bf75-44172cc33cff', '01a3185c-5000-7c9d-bdd0-f61fdb0bef9e', NULL, 'owner', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (5, 1800000000000000, 'authn_login_success', '01a3185c-5000-7082-bf75-44172cc33cff', '01a3185c-5000-7d6c-816b-d297d4f1ec0f', NULL, 'owner', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (6, 1800000000000000, 'session_ended', '01a3185c-5000-7082-bf75-44172cc33cff', '01a3185c-5000-7d6c-816b-d297d4f1ec0f', NULL, 'owner', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (7, 1800000062000000, 'user_created', '01a3185d-4230-7fb5-847e-967a789bf310', NULL, NULL, 'owner', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (8, 1800000062000000, 'authn_login_success', '01a3185d-4230-7fb5-847e-967a789bf310', '01a3185d-4230-7f6f-bfe1-e3e7c320d85d', NULL, 'owner', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (9, 1800000062000000, 'user_deactivated', '01a3185d-4230-7fb5-847e-967a789bf310', NULL, NULL, 'operator', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (10, 1800000062000000, 'user_created', '01a3185d-4230-72bd-9a57-b9531b0e283e', NULL, NULL, 'owner', NULL, NULL, NULL);
INSERT INTO portcullis.audit_events OVERRIDING SYSTEM VALUE VALUES (11, 1800000062000000, 'authn_login_success', '01a3185d-4230-72bd-9a57-b9531b0e283e', '01a3185d-4230-7a54-ad9e-29f37ad361df', NULL, 'owner', NULL, NULL, NULL);
INSERT INTO portcullis.session_devices VALUES ('01a3185c-5000-7c9d-bdd0-f61fdb0bef9e', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', '192.0.2.7');
INSERT INTO portcullis.session_devices VALUES ('01a3185c-5000-7d6c-816b-d297d4f1ec0f', '', '');
INSERT INTO portcullis.session_devices VALUES ('01a3185d-4230-7f6f-bfe1-e3e7c320d85d', '', '');
INSERT INTO portcullis.session_devices VALUES ('01a3185d-4230-7a54-ad9e-29f37ad361df', '', '');
INSERT INTO portcullis.sessions VALUES ('01a3185c-5000-7d6c-816b-d297d4f1ec0f', '01a3185c-5000-7082-bf75-44172cc33cff', '\xb9589c28df21eaa2f0e2a7bee9a3e91ddf13c3986d3485a5231c707ac27324ce', 0, 1800000000000000, NULL, 1800000000000000, 1802592000000000, 1800000000000000, 'signed_out', NULL, '760');
INSERT INTO portcullis.sessions VALUES ('01a3185d-4230-7f6f-bfe1-e3e7c320d85d', '01a3185d-4230-7fb5-847e-967a789bf310', '\xfefed7e1deae4f7960869a6e041db27bc08f544278cccc9e3d3aef24c04b60db', 0, 1800000062000000, NULL, 1800000062000000, 1802592062000000, 1800000062000000, 'deactivated', NULL, '765');
INSERT INTO portcullis.sessions VALUES ('01a3185d-4230-7a54-ad9e-29f37ad361df', '01a3185d-4230-72bd-9a57-b9531b0e283e', '\xe0e08c51fab417e4a31c50da6780f5614d6850214d70d6d43a65d551b4822b11', 0, 1800000062000000, NULL, 1800000062000000, 1802592062000000, NULL, NULL, NULL, NULL);
INSERT INTO portcullis.sessions VALUES ('01a3185c-5000-7c9d-bdd0-f61fdb0bef9e', '01a3185c-5000-7082-bf75-44172cc33cff', '\xe21a7f5dc9a8bf137252db42093e415a8b0da2a3560f238c272e9a3c3ee7d2c2', 2, 1800000062000000, 1800000062000000, 1800000000000000, 1802592000000000, NULL, NULL, 1, NULL);
INSERT INTO portcullis.signing_keys VALUES ('RxQ8AuGT5jecb4HjUUbMXftEz29XHPr_mJuqiO4JrvY', '\xbfae13f03cb1cfa01dfc00b8d78b553f581b6ad760a0fc4b74147775b8488589bdddf4be398b370e1ef0386116f97804bd735a37bcd75fddb8c726c47d7c8ca6b4644fba5d4f39b633dfc6f8', 1800000000000000, 1, 1800000000000000, 1800612000000000, NULL);
INSERT INTO portcullis.statistics VALUES (1800000000000000, 'signed_in', 4);
INSERT INTO portcullis.statistics VALUES (1800000000000000, 'rotated', 2);
SELECT pg_catalog.setval('portcullis.audit_events_id_seq', 11, true);
ALTER TABLE ONLY portcullis._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY portcullis.accounts
    ADD CONSTRAINT accounts_email_key_key UNIQUE (email_key);
ALTER TABLE ONLY portcullis.accounts
    ADD CONSTRAINT accounts_external_id_key UNIQUE (external_id);
ALTER TABLE ONLY portcullis.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY portcullis.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (key);
ALTER TABLE ONLY portcullis.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY portcullis.known_networks
    ADD CONSTRAINT known_networks_pkey PRIMARY KEY (key);
ALTER TABLE ONLY portcullis.session_devices
    ADD CONSTRAINT session_devices_pkey PRIMARY KEY (session_id);
ALTER TABLE ONLY portcullis.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY portcullis.signing_keys
    ADD CONSTRAINT signing_keys_number_key UNIQUE (number);
ALTER TABLE ONLY portcullis.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY portcullis.statistics
    ADD CONSTRAINT statistics_pkey PRIMARY KEY (hour, kind);
CREATE INDEX accounts_by_deletion ON portcullis.accounts USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX accounts_by_email ON portcullis.accounts USING btree (lower((email COLLATE "C")), id) WHERE (deleted_at IS NULL);
CREATE INDEX attempts_by_time ON portcullis.attempts USING btree (free_at);
CREATE INDEX audit_events_by_account ON portcullis.audit_events USING btree (account_id, at, id) WHERE (account_id IS NOT NULL);
CREATE INDEX audit_events_by_kind ON portcullis.audit_events USING btree (event, at, id);
CREATE INDEX audit_events_by_time ON portcullis.audit_events USING btree (at, id);
CREATE INDEX known_networks_by_expiry ON portcullis.known_networks USING btree (expires_at);
CREATE INDEX sessions_by_account ON portcullis.sessions USING btree (account_id) WHERE (ended_at IS NULL);
CREATE INDEX sessions_by_end ON portcullis.sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX sessions_by_ending_transaction ON portcullis.sessions USING btree (ended_by) WHERE (ended_by IS NOT NULL);
CREATE INDEX sessions_by_expiry ON portcullis.sessions USING btree (expires_at) WHERE (ended_at IS NULL);
CREATE INDEX sessions_of_account ON portcullis.sessions USING btree (account_id);
CREATE TRIGGER sessions_notify_ended AFTER UPDATE OF ended_at ON portcullis.sessions FOR EACH ROW WHEN (((old.ended_at IS NULL) AND (new.ended_at IS NOT NULL))) EXECUTE FUNCTION portcullis.portcullis_notify_ended();
CREATE TRIGGER sessions_record_ending BEFORE UPDATE OF ended_at ON portcullis.sessions FOR EACH ROW WHEN (((old.ended_at IS NULL) AND (new.ended_at IS NOT NULL))) EXECUTE FUNCTION portcullis.portcullis_record_ending();
CREATE TRIGGER signing_keys_keep_their_promise BEFORE UPDATE OF verifies_until ON portcullis.signing_keys FOR EACH ROW WHEN ((new.verifies_until < old.verifies_until)) EXECUTE FUNCTION portcullis.portcullis_break_promise();
ALTER TABLE ONLY portcullis.session_devices
    ADD CONSTRAINT session_devices_session_id_fkey FOREIGN KEY (session_id) REFERENCES portcullis.sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY portcullis.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES portcullis.accounts(id) ON DELETE CASCADE;
