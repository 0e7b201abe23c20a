-- What a merge of records did to accounts, until it is undone: `person` is the record that ended, to which the account
-- belonged, `kept` the one that stands for it. An account was moved to that one, or closed because that one has another.
CREATE TABLE citizen_merged (
    citizen bigint NOT NULL REFERENCES citizen (id),
    person bigint NOT NULL,
    kept bigint NOT NULL,
    moved boolean NOT NULL,
    -- How the account stood before.
    standing text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (citizen, person)
);

CREATE INDEX citizen_merged_by_person ON citizen_merged (person);
