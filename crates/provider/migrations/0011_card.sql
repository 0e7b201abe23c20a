-- Whether the identity card was compared where somebody registers from afar, so that the account can say it: the registry
-- may hold none.
ALTER TABLE citizen_application ADD COLUMN card boolean NOT NULL DEFAULT false;
