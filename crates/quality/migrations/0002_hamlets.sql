-- Scores down to the hamlet: an address names it in words, so it stands as words. Empty: none is named.
ALTER TABLE violation ADD COLUMN hamlet text NOT NULL DEFAULT '';
-- As if other rules had been in force: the next look checks everybody, and learns the hamlets.
UPDATE quality_state SET rules = '' WHERE id = 1;

-- As quality_score, by hamlet; of the last days alone.
CREATE TABLE hamlet_score (
    day integer NOT NULL,
    unit text NOT NULL,
    hamlet text NOT NULL,
    word smallint NOT NULL CHECK (word BETWEEN 0 AND 4),
    records bigint NOT NULL CHECK (records >= 0),
    faulty bigint NOT NULL CHECK (faulty >= 0),
    PRIMARY KEY (day, unit, hamlet, word)
);
