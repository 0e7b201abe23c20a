-- Sign-ins that a citizen answers elsewhere than where they were begun, and applications to be told of a sign-out.

-- An application that waits for an answer: of whoever types the code that a device shows (RFC 8628), or of the citizen
-- whom it named (OpenID Connect CIBA). `digest` is of the secret by which the application asks again. Once granted the
-- row is gone and a grant stands under the same digest.
CREATE TABLE oidc_waiting (
    digest     bytea PRIMARY KEY,
    -- Names it on the citizen's page.
    id         bigint NOT NULL UNIQUE,
    -- 'device' or 'ciba'.
    kind       text NOT NULL CHECK (kind IN ('device', 'ciba')),
    client     text NOT NULL,
    -- The code that a device shows; empty for CIBA.
    user_code  text NOT NULL,
    -- Who is asked. Empty until somebody types the code of a device, or where nobody has the number that was named.
    citizen    bigint,
    -- The checked parameters as JSON.
    params     text NOT NULL,
    -- What the application shows too, so that the citizen can tell that it is the same.
    message    text NOT NULL,
    denied_at  timestamptz,
    polled_at  timestamptz,
    -- Seconds that the application waits between two questions.
    pace       bigint NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);

CREATE UNIQUE INDEX oidc_waiting_by_user_code ON oidc_waiting (user_code) WHERE user_code <> '';
CREATE INDEX oidc_waiting_by_citizen ON oidc_waiting (citizen);
CREATE INDEX oidc_waiting_by_end ON oidc_waiting (ends_at);

-- An application that is to be told when a session ends (OpenID Connect Back-Channel Logout).
CREATE TABLE oidc_logout (
    id      bigint PRIMARY KEY,
    session bigint NOT NULL,
    -- The session while it goes on. Whatever ends it empties this, and the application is told.
    live    bigint REFERENCES citizen_session (number) ON DELETE SET NULL,
    client  text NOT NULL,
    citizen bigint NOT NULL,
    -- When it is told next, once the session has ended.
    due_at  timestamptz NOT NULL,
    tries   bigint NOT NULL,
    UNIQUE (session, client)
);

CREATE INDEX oidc_logout_by_due ON oidc_logout (due_at) WHERE live IS NULL;
CREATE INDEX oidc_logout_by_live ON oidc_logout (live);
