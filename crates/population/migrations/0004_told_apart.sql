-- Pairs that an officer has compared and found to be two persons, when the later one was registered: the question for
-- possible duplicates does not bring them up again. Who said so is the actor of the act.
CREATE TABLE told_apart (
    low bigint NOT NULL,
    high bigint NOT NULL,
    -- The act that registered the later record.
    act bigint NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (low, high)
);
CREATE INDEX told_apart_high ON told_apart (high);
