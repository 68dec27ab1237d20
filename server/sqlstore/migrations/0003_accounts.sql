-- An account that is deleted keeps its row, so that its number never falls. It was born
-- with the number in born: 0 when it was imported, else its first login's.
ALTER TABLE accounts ADD COLUMN deleted_at BIGINT;
ALTER TABLE accounts ADD COLUMN born BIGINT NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN nick TEXT NOT NULL DEFAULT '';     -- as imported
ALTER TABLE accounts ADD COLUMN face_url TEXT NOT NULL DEFAULT ''; -- as imported

-- The UTC day of the last login or resume, and the one before that was noted: days since 1970.
ALTER TABLE accounts ADD COLUMN active_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN active_before BIGINT NOT NULL DEFAULT 0;

-- Until when a mobile device that went away without a logout counts as reachable.
ALTER TABLE accounts ADD COLUMN push_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN push_platform TEXT NOT NULL DEFAULT '';

-- The seq of the account's last event in the outbox.
ALTER TABLE accounts ADD COLUMN events BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
-- 1 once the app's backend may have been told that a lost session's link is closed.
ALTER TABLE sessions ADD COLUMN reported BIGINT NOT NULL DEFAULT 0;

-- What the apps' backends are still to hear. A seq is the event's time, or one more than
-- the user's seq before, whichever is higher: it orders all by time, and a user's strictly.
CREATE TABLE outbox (
    app      BIGINT NOT NULL,
    user_id  TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    command  TEXT   NOT NULL,
    platform TEXT   NOT NULL,
    address  TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    retry_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (app, user_id, seq)
);
CREATE INDEX outbox_order ON outbox (app, seq);

-- Which node sends an app's events, and until when.
CREATE TABLE outbox_claims (
    app   BIGINT PRIMARY KEY,
    node  TEXT   NOT NULL,
    until BIGINT NOT NULL
);

-- Figures of an app by UTC day (days since 1970) or month (months since year 0). Each is
-- the sum of its parts, so that writers of one figure do not wait for each other.
CREATE TABLE usage (
    app    BIGINT NOT NULL,
    name   TEXT   NOT NULL,
    period BIGINT NOT NULL,
    part   TEXT   NOT NULL,
    value  BIGINT NOT NULL,
    PRIMARY KEY (app, name, period, part)
);
INSERT INTO usage (app, name, period, part, value)
    SELECT app, 'registered', created_at / 86400000, 'before', COUNT(*)
    FROM accounts GROUP BY app, created_at / 86400000;
