-- What the user says of themselves. It shows only while the account is online, and a login
-- that finds it offline clears it.
ALTER TABLE accounts ADD COLUMN custom_status TEXT NOT NULL DEFAULT '';
