-- Who acts for whom: delegations with scope and end, and the sign-ins that somebody made for another.

CREATE TABLE delegation (
    id         bigint PRIMARY KEY,
    -- The account acted for, and the one that acts.
    citizen    bigint NOT NULL REFERENCES citizen (id),
    delegate   bigint NOT NULL REFERENCES citizen (id),
    -- The application for which it holds; empty: every one.
    client     text NOT NULL,
    -- What may be shared, as names of scopes with blanks between them.
    scopes     text NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX delegation_by_delegate ON delegation (delegate, ends_at);
CREATE INDEX delegation_by_citizen ON delegation (citizen, ends_at);

-- Who signed in for the account of a grant; empty where the owner did.
ALTER TABLE oidc_grant ADD COLUMN delegate bigint;

CREATE INDEX oidc_grant_by_delegate ON oidc_grant (delegate) WHERE delegate IS NOT NULL;
CREATE INDEX citizen_by_guardian ON citizen (guardian) WHERE guardian IS NOT NULL;
