-- How many entries there are. Adding to it inside a transaction reserves the next places: a rolled-back transaction
-- gives them back, so the places have no gaps and stand in the order of the commits.
CREATE TABLE ledger_head (
    id smallint PRIMARY KEY CHECK (id = 1),
    size bigint NOT NULL CHECK (size >= 0)
);
INSERT INTO ledger_head (id, size) VALUES (1, 0);

-- The entries, from place 0. Rows are added and never touched again.
CREATE TABLE ledger_entry (
-- sqlite:     seq integer PRIMARY KEY,
-- postgres:     seq bigint PRIMARY KEY,
    -- Copies of what the body says, for the queries below; the check of the log compares them with it.
    at timestamptz NOT NULL,
    subject_kind smallint NOT NULL,
    subject_id bigint,
    sealed_until timestamptz,
    -- The statement's JSON, byte for byte as it was committed to.
    body text NOT NULL,
    -- The JSON that only an inspection reads; the body holds its hash.
    withheld text,
    salt bytea NOT NULL,
    -- SHA-256 of salt and body: the leaf that is published.
    commitment bytea NOT NULL
);
-- By subject, within stretches of 8,192 places: a new entry's place in the index is then one of a few dozen pages that are
-- being written anyway, not any page of the whole. Who reads a subject's entries looks into each stretch.
CREATE INDEX ledger_entry_subject ON ledger_entry ((seq >> 13), subject_id) WHERE subject_id IS NOT NULL;

-- The hashes of the tree, 256 to a tile (C2SP tlog-tiles). The last tile of a level grows until it is full; its
-- earlier, narrower states are its beginnings.
CREATE TABLE ledger_tile (
    level smallint NOT NULL,
    place bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (level, place)
);

-- What the log has signed.
CREATE TABLE ledger_checkpoint (
    size bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL
);
