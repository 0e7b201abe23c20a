-- A pair that the check found by itself, when an act touched one of its records, holds while it finds it again; what a file of
-- links named holds until it is merged or judged.
ALTER TABLE record_pair ADD COLUMN live smallint NOT NULL DEFAULT 0 CHECK (live IN (0, 1));
