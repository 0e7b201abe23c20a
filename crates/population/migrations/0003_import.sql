-- Imports of register files: what is under way, how far it has come, and what became of it.

-- One import. `settings` is who imports, for which purpose, by which mapping (JSON); `tally` is how often each rule was
-- broken (JSON). `done` is the number of data rows dealt with: the next batch begins after them.
CREATE TABLE import_job (
    id bigint PRIMARY KEY,
    file text NOT NULL,
    digest text NOT NULL,
    bytes bigint NOT NULL,
    owner text NOT NULL,
    settings text NOT NULL,
    state text NOT NULL,
    started timestamptz NOT NULL,
    changed timestamptz NOT NULL,
    done bigint NOT NULL,
    accepted bigint NOT NULL,
    warned bigint NOT NULL,
    present bigint NOT NULL,
    rejected bigint NOT NULL,
    acts bigint NOT NULL,
    households bigint NOT NULL,
    links bigint NOT NULL,
    tally text NOT NULL,
    stopped text
);
CREATE INDEX import_job_digest ON import_job (digest);

-- A file sent through a page, in parts, until it has been imported.
CREATE TABLE import_part (
    job bigint NOT NULL,
    part integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (job, part)
);

-- A rejected row: its cells and the reasons (JSON), ready to be written back as a file.
CREATE TABLE import_reject (
    job bigint NOT NULL,
    line bigint NOT NULL,
    cells text NOT NULL,
    reasons text NOT NULL,
    PRIMARY KEY (job, line)
);

-- The households that an import under way has formed or met, by their name in the file.
CREATE TABLE import_household (
    job bigint NOT NULL,
    name text NOT NULL,
    household bigint NOT NULL,
    PRIMARY KEY (job, name)
);

-- Relatives whose number was not yet known when the row was taken in; linked once the whole file is read.
CREATE TABLE import_link (
    job bigint NOT NULL,
    person bigint NOT NULL,
    role text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (job, person, role)
);
