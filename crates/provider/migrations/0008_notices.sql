-- Applications to be told how a citizen answered elsewhere (OpenID Connect CIBA, ping and push).

CREATE TABLE oidc_notice (
    -- That of the request in oidc_waiting.
    id     bigint PRIMARY KEY,
    client text NOT NULL,
    -- Of the secret by which the application knows the request, as in oidc_waiting and oidc_grant.
    digest bytea NOT NULL,
    -- The secret itself, the token with which the application is told, and what it is sent once that is known: sealed
    -- under a secret of the installation, since it must be said again.
    sealed bytea NOT NULL,
    -- When it is told next: once the citizen has answered, at the latest when the request ends.
    due_at timestamptz NOT NULL,
    tries  bigint NOT NULL
);

CREATE INDEX oidc_notice_by_due ON oidc_notice (due_at);
