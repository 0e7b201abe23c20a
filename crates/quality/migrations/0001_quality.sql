-- Data quality: which records break which rules now, the campaigns by which they are cleaned, and the scores of each day.
--
-- Nothing here tells anything of a person but that a record, by its identifier, breaks a rule.

-- How far the registry has been followed, and on which day all of it was checked last. One row.
CREATE TABLE quality_state (
    id integer PRIMARY KEY CHECK (id = 1),
    -- The last act that was taken over; without one nothing has been checked yet.
    followed bigint,
    -- Day and figures of the last check of everybody.
    checked integer NOT NULL,
    checked_at timestamptz,
    persons bigint NOT NULL,
    households bigint NOT NULL,
    -- The rules by which it was checked, as a hash: other rules make another check necessary.
    rules text NOT NULL
);
INSERT INTO quality_state (id, followed, checked, checked_at, persons, households, rules) VALUES (1, NULL, 0, NULL, 0, 0, '');

-- A rule that a record breaks now. kind: 1 person, 2 household. `since` is the day on which the act was recorded that made
-- it. `accepted` is the state in which a case about it ended, where the record is right as it is: it lapses with the next
-- act that makes the rule break.
CREATE TABLE violation (
    kind smallint NOT NULL CHECK (kind IN (1, 2)),
    subject bigint NOT NULL,
    rule text NOT NULL,
    word smallint NOT NULL CHECK (word BETWEEN 1 AND 4),
    unit text,
    act bigint NOT NULL,
    since integer NOT NULL,
    found_at timestamptz NOT NULL,
    accepted smallint CHECK (accepted IN (12, 15)),
    PRIMARY KEY (kind, subject, rule)
)
-- sqlite: WITHOUT ROWID
;
CREATE INDEX violation_unit ON violation (unit, rule, kind, subject);

-- A batch that the centre hands out (đợt làm sạch).
CREATE TABLE campaign (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    indicator smallint NOT NULL CHECK (indicator BETWEEN 1 AND 11),
    title text NOT NULL,
    -- Until when it is to be done.
    due integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    agency text NOT NULL,
    -- The unit for which it was made; without one, the whole country.
    unit text,
    closed_at timestamptz
);

-- One case of a campaign. It is in exactly one state, and every figure of a campaign is a count of cases by state: assigned
-- is all of them, done those that were fixed, so that no counter can disagree with another.
-- state: 1 open, 2 working, 3 submitted; ended: 11 fixed, 12 never issued, 13 cannot be cleaned, 14 waiting for another
-- province, 15 not an error.
CREATE TABLE quality_case (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    campaign bigint NOT NULL REFERENCES campaign (id),
    kind smallint NOT NULL CHECK (kind IN (1, 2)),
    subject bigint NOT NULL,
    rule text NOT NULL,
    -- The commune to which it was handed; without one, those who answer for the whole country.
    unit text,
    since integer NOT NULL,
    state smallint NOT NULL CHECK (state IN (1, 2, 3, 11, 12, 13, 14, 15)),
    -- The officer who works on it, or worked on it last.
    officer text,
    -- How it is proposed to end, and why.
    proposed smallint CHECK (proposed IN (11, 12, 13, 14, 15)),
    reason text NOT NULL,
    -- The day on which it ended, in Viet Nam, and who approved.
    ended integer,
    approver text,
    -- Counts its steps: what a form saw must still be so.
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (campaign, kind, subject, rule),
    CHECK ((state > 10) = (ended IS NOT NULL)),
    CHECK ((state > 10) = (approver IS NOT NULL)),
    CHECK ((state >= 3) = (proposed IS NOT NULL)),
    CHECK (state <= 10 OR proposed = state),
    CHECK (state NOT IN (2, 3) OR officer IS NOT NULL),
    CHECK (state NOT IN (12, 13, 14, 15) OR reason <> '')
);
CREATE INDEX quality_case_campaign ON quality_case (campaign, unit, state, ended);
CREATE INDEX quality_case_unit ON quality_case (unit, state, id);
CREATE INDEX quality_case_subject ON quality_case (kind, subject, rule);

-- The steps of a case, each once, never changed.
CREATE TABLE case_step (
    quality_case bigint NOT NULL REFERENCES quality_case (id),
    step integer NOT NULL,
    at timestamptz NOT NULL,
    who text NOT NULL,
    state smallint NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (quality_case, step)
);

-- A question to another office with a day by which it is to be answered.
CREATE TABLE case_question (
    id
-- sqlite: integer
-- postgres: bigint
    PRIMARY KEY,
    quality_case bigint NOT NULL REFERENCES quality_case (id),
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL,
    -- The commune or province that is asked.
    unit text NOT NULL,
    question text NOT NULL,
    answer_by integer NOT NULL,
    answer text,
    answered_at timestamptz,
    answered_by text,
    CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CHECK ((answer IS NULL) = (answered_by IS NULL))
);
CREATE INDEX case_question_case ON case_question (quality_case);
CREATE INDEX case_question_unit ON case_question (unit, answer_by) WHERE answer IS NULL;

-- The records of a unit, and those that break a rule of a word, by day. word: 0 counts a record once, whatever it breaks.
CREATE TABLE quality_score (
    day integer NOT NULL,
    -- Empty: no commune is known.
    unit text NOT NULL,
    word smallint NOT NULL CHECK (word BETWEEN 0 AND 4),
    records bigint NOT NULL CHECK (records >= 0),
    faulty bigint NOT NULL CHECK (faulty >= 0),
    PRIMARY KEY (day, unit, word)
);
