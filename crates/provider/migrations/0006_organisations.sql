-- Accounts of organisations (tài khoản định danh điện tử của tổ chức): the file that a representative hands in and two
-- officers deal with, who represents an organisation, and whom it lets act for it.

-- An organisation with an account.
CREATE TABLE organisation (
    id         bigint PRIMARY KEY,
    -- The tax code (mã số thuế), which is the number of an enterprise too.
    number     text NOT NULL UNIQUE,
    name       text NOT NULL,
    kind       text NOT NULL,
    -- The commune of its head office.
    unit       text NOT NULL,
    standing   text NOT NULL CHECK (standing IN ('active', 'suspended', 'closed')),
    created_at timestamptz NOT NULL
);

-- A file for an account of an organisation, or for further representatives of one.
CREATE TABLE organisation_file (
    id           bigint PRIMARY KEY,
    number       text NOT NULL,
    name         text NOT NULL,
    kind         text NOT NULL,
    unit         text NOT NULL,
    -- The certificate or the decision by which the organisation exists; the date as yyyymmdd.
    paper_number text NOT NULL,
    issued       integer NOT NULL,
    applicant    bigint NOT NULL REFERENCES citizen (id),
    -- 'agreeing' until every representative has agreed, 'submitted' until an officer has compared it.
    state        text NOT NULL CHECK (state IN
        ('agreeing', 'submitted', 'received', 'approved', 'refused', 'withdrawn', 'activated')),
    -- With what the officer compared it: 'register' or 'paper'.
    proof        text,
    agency       text,
    -- Logins of the two officers.
    received_by  text,
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
    activated_on integer
);

-- One file of an organisation is with the officers at a time; before that anybody may have handed one in.
CREATE UNIQUE INDEX organisation_file_open ON organisation_file (number) WHERE state IN ('received', 'approved');
CREATE INDEX organisation_file_by_applicant ON organisation_file (applicant);
CREATE INDEX organisation_file_by_unit ON organisation_file (unit, state);
CREATE INDEX organisation_file_received ON organisation_file (received_on);
CREATE INDEX organisation_file_decided ON organisation_file (decided_on);
CREATE INDEX organisation_file_activated ON organisation_file (activated_on);

-- A representative whom a file names, or who has to agree to it.
CREATE TABLE organisation_agreement (
    file      bigint NOT NULL REFERENCES organisation_file (id),
    citizen   bigint NOT NULL REFERENCES citizen (id),
    agreed_at timestamptz,
    PRIMARY KEY (file, citizen)
);

CREATE INDEX organisation_agreement_by_citizen ON organisation_agreement (citizen);

-- A legal representative (người đại diện theo pháp luật).
CREATE TABLE organisation_representative (
    id           bigint PRIMARY KEY,
    organisation bigint NOT NULL REFERENCES organisation (id),
    citizen      bigint NOT NULL REFERENCES citizen (id),
    since        timestamptz NOT NULL,
    ended_at     timestamptz
);

CREATE UNIQUE INDEX organisation_representative_now ON organisation_representative (organisation, citizen)
    WHERE ended_at IS NULL;
CREATE INDEX organisation_representative_by_citizen ON organisation_representative (citizen) WHERE ended_at IS NULL;

-- Somebody of the staff whom a representative lets act, once he has accepted.
CREATE TABLE organisation_delegation (
    id           bigint PRIMARY KEY,
    organisation bigint NOT NULL REFERENCES organisation (id),
    -- The representative who gave it, and who acts.
    giver        bigint NOT NULL REFERENCES citizen (id),
    delegate     bigint NOT NULL REFERENCES citizen (id),
    -- What the organisation calls him by, such as 'Kế toán trưởng'.
    post         text NOT NULL,
    -- The application for which it holds; empty: every one.
    client       text NOT NULL,
    -- What may be shared of the organisation, as names of scopes with blanks between them.
    scopes       text NOT NULL,
    created_at   timestamptz NOT NULL,
    accepted_at  timestamptz,
    ends_at      timestamptz NOT NULL,
    revoked_at   timestamptz
);

CREATE INDEX organisation_delegation_by_delegate ON organisation_delegation (delegate, ends_at);
CREATE INDEX organisation_delegation_by_organisation ON organisation_delegation (organisation, ends_at);
CREATE INDEX organisation_delegation_by_giver ON organisation_delegation (giver);

-- What happened to an organisation's account and who acted for it, for its representatives and for inspection.
CREATE TABLE organisation_event (
    id           bigint PRIMARY KEY,
    organisation bigint NOT NULL REFERENCES organisation (id),
    at           timestamptz NOT NULL,
    what         text NOT NULL,
    -- Whose doing it was, and whom it concerned, where that was a citizen.
    citizen      bigint,
    other        bigint,
    client       text NOT NULL,
    -- The officer's login and agency; empty where a citizen or the registry did it.
    officer      text NOT NULL,
    agency       text NOT NULL,
    reason       text NOT NULL,
    legal_basis  text NOT NULL
);

CREATE INDEX organisation_event_by_organisation ON organisation_event (organisation, at);

-- For which organisation a citizen signed in; empty where for himself.
ALTER TABLE oidc_grant ADD COLUMN organisation bigint;

CREATE INDEX oidc_grant_by_organisation ON oidc_grant (organisation) WHERE organisation IS NOT NULL;
