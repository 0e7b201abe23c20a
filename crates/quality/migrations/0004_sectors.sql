-- Reconciliation with files of sectors: runs, what is not matched, and the two sides of a duplicate number.
--
-- A case about a row of a sector has kind 1 and, where persons have their identifier, minus the row's: see model::Subject.

-- A file that was compared. Every row is matched, mismatched, not found or a duplicate.
-- state: 1 ready, 2 under way or cut off, 3 done, 4 broken off.
CREATE TABLE sector_run (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    sector text NOT NULL,
    agency text NOT NULL,
    who text NOT NULL,
    -- Name, SHA-256 and size of the file.
    file text NOT NULL,
    digest text NOT NULL,
    bytes bigint NOT NULL,
    -- Which column is which, the format and the separator, as JSON.
    settings text NOT NULL,
    state smallint NOT NULL CHECK (state IN (1, 2, 3, 4)),
    began timestamptz NOT NULL,
    changed timestamptz NOT NULL,
    total bigint NOT NULL,
    matched bigint NOT NULL CHECK (matched >= 0),
    mismatched bigint NOT NULL CHECK (mismatched >= 0),
    not_found bigint NOT NULL CHECK (not_found >= 0),
    duplicates bigint NOT NULL CHECK (duplicates >= 0),
    -- Why it broke off: Vietnamese and English as JSON.
    stopped text,
    CHECK (matched + mismatched + not_found + duplicates = total),
    CHECK (state <> 4 OR stopped IS NOT NULL)
);
CREATE INDEX sector_run_sector ON sector_run (sector, id);

-- Pieces of a file that was sent (kind 1), and of its result (kind 2); they go with the next file of the sector.
CREATE TABLE sector_part (
    run bigint NOT NULL REFERENCES sector_run (id),
    kind smallint NOT NULL CHECK (kind IN (1, 2)),
    part integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (run, kind, part)
);

-- A row that is not matched, under the register's own key: of the latest file that had the key. Nobody's name is copied: what
-- the row claimed is kept as digests, by which it is compared again when the record changes.
-- kind: 1 matched since then, 2 mismatched, 3 not found, 4 duplicate number; why: population::reconcile::Why.
CREATE TABLE sector_finding (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    sector text NOT NULL,
    -- Of which agency's register: others have keys of their own.
    agency text NOT NULL,
    own_key text NOT NULL,
    run bigint NOT NULL REFERENCES sector_run (id),
    line bigint NOT NULL,
    kind smallint NOT NULL CHECK (kind IN (1, 2, 3, 4)),
    why smallint,
    -- The rule of its cases: sector/<sector>/<kind>.
    rule text NOT NULL,
    person bigint,
    -- The number on the row; of a duplicate both sides have it.
    number bigint,
    -- What differs: field and way, such as full-name:marks birth-date:day-month.
    fields text NOT NULL,
    -- Of a duplicate: first letters of the name, year of birth.
    silhouette text NOT NULL,
    claims text NOT NULL,
    -- The commune that answers for the record, or where the row says that the person lives.
    unit text,
    since integer NOT NULL,
    -- When the registry made it match.
    settled_at timestamptz,
    -- The state in which a case about it ended, where the row is right as it is.
    accepted smallint CHECK (accepted IN (12, 15)),
    UNIQUE (sector, agency, own_key),
    CHECK ((kind = 1) = (settled_at IS NOT NULL)),
    CHECK ((kind IN (3, 4)) = (why IS NOT NULL))
);
CREATE INDEX sector_finding_kind ON sector_finding (sector, kind, id);
CREATE INDEX sector_finding_rule ON sector_finding (rule, unit, id);
CREATE INDEX sector_finding_person ON sector_finding (person) WHERE person IS NOT NULL;
CREATE INDEX sector_finding_number ON sector_finding (number) WHERE number IS NOT NULL;

-- A question about a duplicate number from one side to the other, with the day by which it is to be answered (PAIN-15).
CREATE TABLE sector_question (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    finding bigint NOT NULL REFERENCES sector_finding (id),
    -- 1: the sector asks the commune; 2: the commune asks the sector.
    direction smallint NOT NULL CHECK (direction IN (1, 2)),
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL,
    agency text NOT NULL,
    question text NOT NULL,
    answer_by integer NOT NULL,
    answer text,
    answered_at timestamptz,
    answered_by text,
    CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CHECK ((answer IS NULL) = (answered_by IS NULL))
);
CREATE INDEX sector_question_finding ON sector_question (finding, id);

-- What became of a duplicate: 1 the row's number is wrong, 2 the registry's is wrong, 3 both are one person.
CREATE TABLE sector_outcome (
    finding bigint NOT NULL REFERENCES sector_finding (id),
    step integer NOT NULL,
    outcome smallint NOT NULL CHECK (outcome IN (1, 2, 3)),
    note text NOT NULL,
    at timestamptz NOT NULL,
    who text NOT NULL,
    agency text NOT NULL,
    PRIMARY KEY (finding, step)
);
