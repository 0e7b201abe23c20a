-- Who may sign in and who may call. Times are when the program wrote them; nothing here holds a password, a session
-- token or a bearer token, only what they can be checked against.

-- An officer or a calling system. `id` is 'staff:<login>' or 'client:<identifier>'.
CREATE TABLE account (
    -- sqlite: id text PRIMARY KEY,
    -- postgres: id text COLLATE "C" PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('staff', 'client')),
    name         text NOT NULL,
    -- Identifier and name, folded: without diacritics and in lower case.
    search       text NOT NULL,
    agency       text NOT NULL,
    unit         text,
    -- Role codes with blanks between them, each with a blank before and behind.
    roles        text NOT NULL,
    -- 'everywhere', or unit codes with blanks between them.
    units        text NOT NULL,
    suspended_at timestamptz,
    -- Counts changes; a form that was filled in on an older version is refused.
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL
);

CREATE INDEX account_by_kind ON account (kind, id);

-- What was changed on an account, by whom. Only ever appended to; the ledger holds an entry for each row.
CREATE TABLE account_change (
    seq     bigint PRIMARY KEY,
    -- sqlite: account text NOT NULL REFERENCES account (id),
    -- postgres: account text COLLATE "C" NOT NULL REFERENCES account (id),
    at      timestamptz NOT NULL,
    -- The actor, as JSON.
    actor   text NOT NULL,
    -- What was done, such as 'created' or 'suspended'.
    what    text NOT NULL,
    -- The particulars, as JSON; no secret.
    detail  text NOT NULL
);

CREATE INDEX account_change_by_account ON account_change (account, seq);

-- The password of an officer, as an Argon2id PHC string.
CREATE TABLE staff_password (
    -- sqlite: account text PRIMARY KEY REFERENCES account (id),
    -- postgres: account text COLLATE "C" PRIMARY KEY REFERENCES account (id),
    hash        text NOT NULL,
    -- It was given out for one use and must be replaced at the next sign-in.
    must_change boolean NOT NULL,
    set_at      timestamptz NOT NULL
);

-- A signed-in browser. `digest` is the SHA-256 of the token in its cookie.
CREATE TABLE staff_session (
    digest     bytea PRIMARY KEY,
    -- Names the session on its owner's page.
    number     bigint NOT NULL UNIQUE,
    -- sqlite: account text NOT NULL REFERENCES account (id),
    -- postgres: account text COLLATE "C" NOT NULL REFERENCES account (id),
    created_at timestamptz NOT NULL,
    -- Written at most once a minute.
    seen_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    address    text NOT NULL,
    browser    text NOT NULL,
    -- What the officer works on, as JSON; empty until stated.
    basis      text NOT NULL,
    -- Counts changes of `basis`; the cookie carries it, so that no process answers from an older copy.
    revision   bigint NOT NULL
);

CREATE INDEX staff_session_by_account ON staff_session (account);
CREATE INDEX staff_session_by_end ON staff_session (ends_at);

-- A browser that has signed in to the account before. `digest` is the SHA-256 of its long-lived cookie.
CREATE TABLE known_device (
    digest  bytea PRIMARY KEY,
    -- sqlite: account text NOT NULL REFERENCES account (id),
    -- postgres: account text COLLATE "C" NOT NULL REFERENCES account (id),
    ends_at timestamptz NOT NULL
);

CREATE INDEX known_device_by_account ON known_device (account);

-- Failed sign-ins. `key` is 'account:<login>', 'device:<digest>', 'address:<address>' or 'change:<login>'.
CREATE TABLE sign_in_tally (
    key      text PRIMARY KEY,
    failures bigint NOT NULL,
    last_at  timestamptz NOT NULL
);

CREATE INDEX sign_in_tally_by_time ON sign_in_tally (last_at);

-- A bearer token of a calling system; several at a time, so that one can replace another without a gap.
CREATE TABLE client_token (
    id         bigint PRIMARY KEY,
    -- sqlite: account text NOT NULL REFERENCES account (id),
    -- postgres: account text COLLATE "C" NOT NULL REFERENCES account (id),
    -- SHA-256 of the token.
    digest     bytea NOT NULL UNIQUE,
    -- What it is for, in the administrator's words.
    label      text NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    revoked_at timestamptz,
    -- The first use on the last day on which it was used.
    used_at    timestamptz
);

CREATE INDEX client_token_by_account ON client_token (account, id);

-- Accounts of which something that processes hold in memory has changed. Each process reads what came after the last
-- row it saw, several times a second, and forgets what it held of those accounts.
CREATE TABLE identity_signal (
    seq     bigint PRIMARY KEY,
    account text NOT NULL,
    at      timestamptz NOT NULL
);
