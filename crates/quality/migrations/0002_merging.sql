-- Records that may be one person's, and the merge desk: proposals, and who approved them.
--
-- Nothing here tells anything of a person but that records, by their identifiers, may be of one.

-- Two records that whoever links records holds for one person's. `reasons` is JSON: how each column bears on it, in words
-- and weights, without a value. state: 1 perhaps one person, 2 judged to be two; that lapses when a record changes, which
-- the versions tell.
CREATE TABLE record_pair (
    first bigint NOT NULL,
    second bigint NOT NULL,
    probability double precision NOT NULL CHECK (probability BETWEEN 0 AND 1),
    weight double precision NOT NULL,
    reasons text NOT NULL,
    found_at timestamptz NOT NULL,
    state smallint NOT NULL CHECK (state IN (1, 2)),
    first_version bigint,
    second_version bigint,
    judged_by text,
    judged_at timestamptz,
    reason text NOT NULL,
    PRIMARY KEY (first, second),
    CHECK (first < second),
    CHECK ((state = 2) = (judged_by IS NOT NULL)),
    CHECK ((state = 2) = (first_version IS NOT NULL AND second_version IS NOT NULL))
)
-- sqlite: WITHOUT ROWID
;
CREATE INDEX record_pair_second ON record_pair (second, first);

-- A merge that an officer proposes, or its undoing; also one that needed no second officer, done at once. kind: 1 merge,
-- 2 undoing. state: 1 waits for the second officer, 2 done, 3 refused, 4 withdrawn.
CREATE TABLE merging (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    kind smallint NOT NULL CHECK (kind IN (1, 2)),
    state smallint NOT NULL CHECK (state IN (1, 2, 3, 4)),
    kept bigint NOT NULL,
    undoes bigint REFERENCES merging (id),
    quality_case bigint REFERENCES quality_case (id),
    -- The paper behind a merge, the reason of an undoing.
    evidence text NOT NULL CHECK (evidence <> ''),
    proposed_at timestamptz NOT NULL,
    officer text NOT NULL,
    agency text NOT NULL,
    officer_unit text,
    -- The last day on which it can be approved.
    expires integer NOT NULL,
    decided_at timestamptz,
    decided_by text,
    -- Why it was refused.
    note text NOT NULL,
    CHECK ((kind = 2) = (undoes IS NOT NULL)),
    CHECK ((state = 1) = (decided_at IS NULL)),
    CHECK ((state = 1) = (decided_by IS NULL))
);
CREATE INDEX merging_state ON merging (state, id);
CREATE INDEX merging_undoes ON merging (undoes) WHERE undoes IS NOT NULL;

-- The records of it, as they were seen. `own`: the officer who proposes answers for it. `act`: by which it was done.
CREATE TABLE merging_record (
    merging bigint NOT NULL REFERENCES merging (id),
    person bigint NOT NULL,
    place smallint NOT NULL,
    seen bigint NOT NULL,
    unit text,
    own boolean NOT NULL,
    act bigint,
    PRIMARY KEY (merging, person)
);
CREATE INDEX merging_record_person ON merging_record (person, merging);

-- From which record a part is taken, and why.
CREATE TABLE merging_part (
    merging bigint NOT NULL REFERENCES merging (id),
    part text NOT NULL,
    person bigint NOT NULL,
    evidence text NOT NULL,
    PRIMARY KEY (merging, part)
);

-- Of an undoing: the later acts that stay with the record kept.
CREATE TABLE merging_stay (
    merging bigint NOT NULL REFERENCES merging (id),
    act bigint NOT NULL,
    PRIMARY KEY (merging, act)
);
