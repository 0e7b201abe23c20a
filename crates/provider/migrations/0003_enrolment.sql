-- Accounts in person: files that an officer receives and another approves, until the citizen activates; how accounts
-- stand; how far the registry's changes have been followed.

ALTER TABLE citizen ADD COLUMN standing text NOT NULL DEFAULT 'active'
    CHECK (standing IN ('active', 'suspended', 'locked', 'closed'));
-- The record of the parent or guardian who asked for a child's account.
ALTER TABLE citizen ADD COLUMN guardian bigint;
-- The day, as yyyymmdd, from which the child acts alone.
ALTER TABLE citizen ADD COLUMN guardian_until integer;

-- A file for an account (hồ sơ định danh điện tử) of a person who is present.
CREATE TABLE enrolment (
    id           bigint PRIMARY KEY,
    person       bigint NOT NULL,
    number       bigint NOT NULL,
    -- The level that the account will have.
    level        bigint NOT NULL CHECK (level IN (1, 2)),
    -- 'begun' until the contact is confirmed; only then is it a file that counts.
    state        text NOT NULL CHECK (state IN ('begun', 'received', 'approved', 'refused', 'activated')),
    -- The commune whose office received it, and its agency.
    unit         text NOT NULL,
    agency       text NOT NULL,
    -- The paper shown: 'card', 'passport', 'birth-certificate'. Dates as yyyymmdd; 0: no end.
    paper        text NOT NULL,
    paper_number text NOT NULL,
    issued       integer NOT NULL,
    expires      integer NOT NULL,
    -- How the paper was checked: 'seen' by the officer, its chip not read.
    proof        text NOT NULL,
    contact_kind text NOT NULL CHECK (contact_kind IN ('email', 'phone')),
    contact      text NOT NULL,
    guardian     bigint,
    guardian_until integer,
    -- Logins of the two officers.
    received_by  text NOT NULL,
    decided_by   text,
    -- Why it was refused.
    reason       text,
    created_at   timestamptz NOT NULL,
    received_at  timestamptz,
    decided_at   timestamptz,
    activated_at timestamptz,
    -- The days in Viet Nam, as yyyymmdd, by which files are counted.
    received_on  integer,
    decided_on   integer,
    activated_on integer,
    -- The code that was sent last, for the contact or for the activation.
    code         bytea,
    tries        bigint NOT NULL,
    code_ends    timestamptz NOT NULL
);

-- A person has one file under way.
CREATE UNIQUE INDEX enrolment_open ON enrolment (person) WHERE state IN ('begun', 'received', 'approved');
CREATE INDEX enrolment_by_number ON enrolment (number);
CREATE INDEX enrolment_by_unit ON enrolment (unit, state);
CREATE INDEX enrolment_received ON enrolment (received_on);
CREATE INDEX enrolment_decided ON enrolment (decided_on);
CREATE INDEX enrolment_activated ON enrolment (activated_on);

-- What happened to an account, for its owner and for inspection.
CREATE TABLE citizen_event (
    id          bigint PRIMARY KEY,
    citizen     bigint NOT NULL REFERENCES citizen (id),
    at          timestamptz NOT NULL,
    -- 'raised', 'suspend', 'lock', 'unlock', 'close', 'death', 'missing', 'number', 'merged', 'reopened'.
    what        text NOT NULL,
    -- The officer's login and agency; empty where the owner or the registry did it.
    officer     text NOT NULL,
    agency      text NOT NULL,
    reason      text NOT NULL,
    legal_basis text NOT NULL
);

CREATE INDEX citizen_event_by_citizen ON citizen_event (citizen, at);

-- The last act of the registry that accounts have followed.
CREATE TABLE citizen_follow (
    id  bigint PRIMARY KEY CHECK (id = 1),
    seq bigint NOT NULL
);
