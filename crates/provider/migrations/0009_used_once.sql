-- Proofs and assertions that were used, so that none is accepted twice; also after a restart. Digests come in no order, so
-- each tree over them costs a page for each row: there is one, and what has ended is swept away in the order of the
-- digests, a part at a time.
CREATE TABLE oidc_used (
    digest  bytea PRIMARY KEY,
    ends_at timestamptz NOT NULL
)
-- sqlite: WITHOUT ROWID
;

INSERT INTO oidc_used (digest, ends_at) SELECT digest, ends_at FROM oidc_replay;

DROP TABLE oidc_replay;
