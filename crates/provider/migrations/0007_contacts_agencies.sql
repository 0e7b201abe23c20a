-- The first contact of an account can be another one; and a security assessment covers an agency with all its
-- applications.

-- Since when the first contact is confirmed; empty: since the account was made.
ALTER TABLE citizen ADD COLUMN contact_since timestamptz;

-- The security assessment (SEC-*) of an agency.
CREATE TABLE agency_assessment (
    agency     text PRIMARY KEY,
    -- Level, date, inspector and end as JSON.
    record     text NOT NULL,
    changed_at timestamptz NOT NULL
);

-- The agency stands in the registration too; here it joins the assessment.
ALTER TABLE relying_party ADD COLUMN agency text NOT NULL DEFAULT '';
-- sqlite: UPDATE relying_party SET agency = json_extract(record, '$.agency');
-- postgres: UPDATE relying_party SET agency = CAST(record AS jsonb) ->> 'agency';
