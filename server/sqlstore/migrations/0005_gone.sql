-- A session that was lost for too long is gone: its row stays, with state 'gone' and its
-- lost_at, and says what the two columns said of an account.
CREATE INDEX sessions_gone ON sessions (lost_at) WHERE state = 'gone';
ALTER TABLE accounts DROP COLUMN push_until;
ALTER TABLE accounts DROP COLUMN push_platform;
