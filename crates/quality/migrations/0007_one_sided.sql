-- Persons who name a spouse whose record does not name them: an act that touches the spouse is a reason to check them again,
-- and nothing else leads from there to them.
CREATE TABLE one_sided (
    person bigint PRIMARY KEY,
    spouse bigint NOT NULL
);
CREATE INDEX one_sided_spouse ON one_sided (spouse);
