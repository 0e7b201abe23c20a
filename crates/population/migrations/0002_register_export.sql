-- The list of exports: who made a file of whom, by unit and fields, with its count and hash. The entries in the ledger,
-- one a person and one for the whole, are the proof; this is the list in which files are found again.
CREATE TABLE register_export (
    -- The ledger entry for the whole.
    entry bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    -- The officer, or the system where no officer was named.
    who text NOT NULL,
    agency text NOT NULL,
    -- Codes with blanks between them, or `everywhere`.
    units text NOT NULL,
    fields text NOT NULL,
    format text NOT NULL,
    -- The last act that the file shows.
    until bigint NOT NULL,
    persons bigint NOT NULL,
    bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    purpose text NOT NULL,
    legal_basis text NOT NULL
);
CREATE INDEX register_export_agency ON register_export (agency, entry);
