-- Campaigns of the tasks CLN-12 and CLN-14, which come from the files of vaccination.
ALTER TABLE campaign ADD COLUMN task smallint NOT NULL DEFAULT 1 CHECK (task BETWEEN 1 AND 14);
UPDATE campaign SET task = indicator;
ALTER TABLE campaign DROP COLUMN indicator;
ALTER TABLE campaign RENAME COLUMN task TO indicator;
