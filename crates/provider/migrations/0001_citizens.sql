-- Citizens' accounts, the applications they sign in to, and what they have granted. Nothing here holds a password, a
-- session token, a code or an access token, only what they can be checked against.

-- A citizen's account (tài khoản định danh điện tử), bound to a record of the registry.
CREATE TABLE citizen (
    id           bigint PRIMARY KEY,
    person       bigint NOT NULL UNIQUE,
    -- The number typed at sign-in.
    number       bigint NOT NULL UNIQUE,
    -- 1: matched with the registry from afar; 2: in person, with the card.
    level        bigint NOT NULL CHECK (level IN (1, 2)),
    -- Argon2id, as a PHC string.
    password     text NOT NULL,
    -- 'email' or 'phone'.
    contact_kind text NOT NULL CHECK (contact_kind IN ('email', 'phone')),
    contact      text NOT NULL,
    created_at   timestamptz NOT NULL
);

-- A registration that waits for the code sent to the contact. `digest` is of the secret that the form carries.
CREATE TABLE citizen_application (
    digest       bytea PRIMARY KEY,
    person       bigint NOT NULL,
    number       bigint NOT NULL,
    contact_kind text NOT NULL,
    contact      text NOT NULL,
    code         bytea NOT NULL,
    tries        bigint NOT NULL,
    ends_at      timestamptz NOT NULL
);

CREATE INDEX citizen_application_by_end ON citizen_application (ends_at);

-- A signed-in browser.
CREATE TABLE citizen_session (
    digest     bytea PRIMARY KEY,
    number     bigint NOT NULL UNIQUE,
    citizen    bigint NOT NULL REFERENCES citizen (id),
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    address    text NOT NULL,
    browser    text NOT NULL
);

CREATE INDEX citizen_session_by_citizen ON citizen_session (citizen);
CREATE INDEX citizen_session_by_end ON citizen_session (ends_at);

-- Failed tries. `key` is 'sign-in:<digest of the number>', 'register:<digest of the number>' or 'address:<address>'.
CREATE TABLE citizen_tally (
    key      text PRIMARY KEY,
    failures bigint NOT NULL,
    last_at  timestamptz NOT NULL
);

-- An application of an agency or a firm that citizens sign in to.
CREATE TABLE relying_party (
    id           text PRIMARY KEY,
    -- Its registration as JSON: names, agency, addresses, keys, scopes with their legal bases, security assessment.
    record       text NOT NULL,
    suspended_at timestamptz,
    changed_at   timestamptz NOT NULL
);

-- An authorisation request: pushed and not yet used, or being answered by the citizen.
CREATE TABLE oidc_request (
    digest     bytea PRIMARY KEY,
    client     text NOT NULL,
    -- 'pushed' or 'asking'.
    stage      text NOT NULL,
    -- The checked parameters as JSON.
    params     text NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);

CREATE INDEX oidc_request_by_end ON oidc_request (ends_at);

-- What a citizen has agreed to share with an application, until revoked.
CREATE TABLE oidc_consent (
    citizen    bigint NOT NULL REFERENCES citizen (id),
    client     text NOT NULL,
    scopes     text NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (citizen, client)
);

-- One sign-in to an application, with the code that was issued for it; its tokens live and end with it.
CREATE TABLE oidc_grant (
    id         bigint PRIMARY KEY,
    citizen    bigint NOT NULL REFERENCES citizen (id),
    client     text NOT NULL,
    scopes     text NOT NULL,
    session    bigint NOT NULL,
    signed_in  timestamptz NOT NULL,
    -- The checked parameters of the request as JSON.
    params     text NOT NULL,
    code       bytea NOT NULL UNIQUE,
    code_ends  timestamptz NOT NULL,
    code_used  timestamptz,
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX oidc_grant_by_citizen ON oidc_grant (citizen, client);
CREATE INDEX oidc_grant_by_end ON oidc_grant (ends_at);

-- An access or refresh token.
CREATE TABLE oidc_token (
    digest     bytea PRIMARY KEY,
    grant_id   bigint NOT NULL REFERENCES oidc_grant (id) ON DELETE CASCADE,
    -- 'access' or 'refresh'.
    kind       text NOT NULL,
    -- Thumbprint of the key that the token is bound to; empty for a bearer token.
    jkt        text NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE INDEX oidc_token_by_grant ON oidc_token (grant_id);

-- Proofs and assertions that were used, so that none is accepted twice; also after a restart.
CREATE TABLE oidc_replay (
    digest  bytea PRIMARY KEY,
    ends_at timestamptz NOT NULL
);

CREATE INDEX oidc_replay_by_end ON oidc_replay (ends_at);
