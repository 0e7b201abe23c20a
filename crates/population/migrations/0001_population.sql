-- The population registry: acts, the state folded from them, and the numbers that people claim.
--
-- Only `actor`, `act`, `act_person` and `act_household` are the truth; `person`, `household` and `number_claim` are what
-- the fold of the acts yields, for finding records, and can be made from them at any time. A load or a rebuild makes them
-- anew beside the old ones and puts them in their place, so that the names of their indexes differ from time to time: a
-- later migration of these three drops and creates the whole table, and has it rebuilt.

-- The one sequence of all acts. Updating its row is the lock under which acts are recorded, so that the sequence has
-- no gaps and its order is the order of commit on both engines.
CREATE TABLE act_head (
    id integer PRIMARY KEY,
    seq bigint NOT NULL,
    person bigint NOT NULL,
    household bigint NOT NULL
);
INSERT INTO act_head (id, seq, person, household) VALUES (1, 0, 0, 0);

-- Who records acts: few, so that an act names one by number. What an actor does not have is empty.
CREATE TABLE actor (
    id integer PRIMARY KEY,
    system text NOT NULL,
    officer text NOT NULL,
    agency text NOT NULL,
    unit text NOT NULL,
    UNIQUE (system, officer, agency, unit)
);

-- One act. `body` holds all else in the numbered fields of crates/population/src/code. An act beyond the head of the
-- sequence belongs to a load that was cut off.
CREATE TABLE act (
    seq
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    actor integer NOT NULL,
    body bytea NOT NULL
);

-- Which persons an act touches.
CREATE TABLE act_person (
    person bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (person, seq)
)
-- sqlite: WITHOUT ROWID
;

-- Which households an act touches.
CREATE TABLE act_household (
    household bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (household, seq)
)
-- sqlite: WITHOUT ROWID
;

-- The current state of a person, as far as look-ups and searches read it; the whole is folded from the acts. `unit` is
-- the commune of permanent residence since 1 July 2025, `old_unit` before; `current_unit` is that in which the person
-- lives now, or lived last, where it is another one.
CREATE TABLE person (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    number bigint,
    name text,
    name_key text
-- postgres: COLLATE "C"
    NOT NULL,
    birth integer NOT NULL,
    sex smallint,
    unit text,
    old_unit text,
    current_unit text,
    household bigint,
    relation text,
    father bigint,
    mother bigint,
    spouse bigint,
    guardian bigint,
    merged_into bigint
);
-- Search by name in a commune, by name anywhere, and by birth year; each index holds all that its search filters by.
CREATE INDEX person_unit_name ON person (unit, name_key, birth, id);
CREATE INDEX person_current_unit ON person (current_unit, name_key, birth, id) WHERE current_unit IS NOT NULL;
CREATE INDEX person_name ON person (name_key, birth, id);
CREATE INDEX person_birth ON person (birth, name_key, id);
CREATE INDEX person_household ON person (household) WHERE household IS NOT NULL;
CREATE INDEX person_father ON person (father) WHERE father IS NOT NULL;
CREATE INDEX person_mother ON person (mother) WHERE mother IS NOT NULL;

-- The current state of a household, as far as look-ups read it.
CREATE TABLE household (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    unit text,
    file text NOT NULL
);

-- Who claims which number. Two claims on one number are a finding, so nothing here is unique across persons.
-- kind: 1 personal number in force, 2 former 9-digit number, 3 personal number no longer in force. Numbers come in no
-- order: the index is a tree of its own, so that a load can make it at the end by sorting, writing each page once.
CREATE TABLE number_claim (
    number bigint NOT NULL,
    kind smallint NOT NULL,
    person bigint NOT NULL
);
CREATE UNIQUE INDEX number_claim_key ON number_claim (number, kind, person);

-- Residence confirmations (form CT07): what makes a printed page verifiable without keeping what it says.
CREATE TABLE residence_confirmation (
    code text PRIMARY KEY,
    person bigint NOT NULL,
    issued timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    officer text NOT NULL,
    agency text NOT NULL,
    entry bigint NOT NULL,
    number_check bytea NOT NULL
);
