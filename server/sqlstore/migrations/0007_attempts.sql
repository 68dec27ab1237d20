-- Which login or resume of which run of its client a session's last one was. Clients that
-- are too old to say have neither.
ALTER TABLE sessions ADD COLUMN run TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN attempt BIGINT NOT NULL DEFAULT 0;
