-- How citizens prove themselves besides a password, the browsers they use, and how they get back in after a loss.
-- Secrets are kept as digests, or follow from a secret of the installation and what stands here.

-- Values of RFC 8176 with blanks between them.
ALTER TABLE citizen_session ADD COLUMN amr text NOT NULL DEFAULT 'pwd';
ALTER TABLE oidc_grant ADD COLUMN amr text NOT NULL DEFAULT 'pwd';

-- A passkey (khóa truy cập): the public key that a device or its keychain holds the secret of.
CREATE TABLE citizen_passkey (
    id         bigint PRIMARY KEY,
    citizen    bigint NOT NULL REFERENCES citizen (id),
    credential bytea NOT NULL UNIQUE,
    name       text NOT NULL,
    -- Public key, counter and flags as JSON.
    record     text NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE INDEX citizen_passkey_by_citizen ON citizen_passkey (citizen);

-- A question that waits for its answer: a passkey's challenge, a second factor, a code sent to a contact, a computer
-- that waits for a phone. `digest` is of the secret that the form or the cookie carries.
CREATE TABLE citizen_challenge (
    digest  bytea PRIMARY KEY,
    kind    text NOT NULL,
    citizen bigint REFERENCES citizen (id),
    -- What the answer is checked against, as JSON.
    state   text NOT NULL,
    tries   bigint NOT NULL,
    ends_at timestamptz NOT NULL
);

CREATE INDEX citizen_challenge_by_end ON citizen_challenge (ends_at);
CREATE INDEX citizen_challenge_by_citizen ON citizen_challenge (citizen);

-- An app that shows codes (TOTP). Its secret follows from the salt.
CREATE TABLE citizen_totp (
    citizen      bigint PRIMARY KEY REFERENCES citizen (id),
    salt         bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    -- The step of the last code that was accepted: it and those before it count no more.
    last_step    bigint NOT NULL
);

-- Codes on paper: ten that the citizen printed, or one that an officer gave out.
CREATE TABLE citizen_recovery_code (
    citizen    bigint NOT NULL REFERENCES citizen (id),
    code       bytea NOT NULL,
    -- 'paper' or 'officer'.
    source     text NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at    timestamptz,
    used_at    timestamptz,
    PRIMARY KEY (citizen, code)
);

-- A browser that has signed in to the account before.
CREATE TABLE citizen_device (
    digest   bytea NOT NULL,
    citizen  bigint NOT NULL REFERENCES citizen (id),
    number   bigint NOT NULL UNIQUE,
    browser  text NOT NULL,
    address  text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (digest, citizen)
);

CREATE INDEX citizen_device_by_citizen ON citizen_device (citizen);
CREATE INDEX citizen_device_by_last ON citizen_device (last_at);

-- Sign-ins of the last months, for their owner to look at.
CREATE TABLE citizen_sign_in (
    citizen bigint NOT NULL REFERENCES citizen (id),
    session bigint NOT NULL,
    at      timestamptz NOT NULL,
    amr     text NOT NULL,
    address text NOT NULL,
    browser text NOT NULL,
    PRIMARY KEY (citizen, session)
);

CREATE INDEX citizen_sign_in_by_time ON citizen_sign_in (at);

-- Further contacts. A contact is a channel: several people may share one.
CREATE TABLE citizen_contact (
    citizen      bigint NOT NULL REFERENCES citizen (id),
    contact_kind text NOT NULL CHECK (contact_kind IN ('email', 'phone')),
    contact      text NOT NULL,
    number       bigint NOT NULL UNIQUE,
    confirmed_at timestamptz NOT NULL,
    PRIMARY KEY (citizen, contact)
);

-- A recovery that waits out its cooling-off time.
CREATE TABLE citizen_recovery (
    citizen  bigint PRIMARY KEY REFERENCES citizen (id),
    -- Of the new password, Argon2id.
    password text NOT NULL,
    -- Digest of the secret that the notices carry, with which the recovery is called off.
    cancel   bytea NOT NULL UNIQUE,
    -- What proved the citizen, such as 'paper email'.
    proofs   text NOT NULL,
    address  text NOT NULL,
    browser  text NOT NULL,
    asked_at timestamptz NOT NULL,
    ready_at timestamptz NOT NULL
);

CREATE INDEX citizen_recovery_by_end ON citizen_recovery (ready_at);
