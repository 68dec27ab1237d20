-- Times are UNIX milliseconds, but for void_until. App ids are unsigned: the highest
-- ones stand here as negative numbers.

CREATE TABLE accounts (
    app        BIGINT NOT NULL,
    user_id    TEXT   NOT NULL,
    number     BIGINT NOT NULL, -- of the last login or resume; whoever creates the row takes 1
    void_until BIGINT,          -- UNIX seconds: tickets issued then or before are refused
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app, user_id)
);

CREATE TABLE sessions (
    app            BIGINT NOT NULL,
    user_id        TEXT   NOT NULL,
    session        TEXT   NOT NULL,
    number         BIGINT NOT NULL, -- the account's, at the last resume
    login          BIGINT NOT NULL, -- the account's, at the login
    platform       TEXT   NOT NULL,
    instance       TEXT   NOT NULL,
    node           TEXT   NOT NULL, -- whose link it is; empty when none holds one
    opened_at      BIGINT NOT NULL,
    ticket_issued  BIGINT NOT NULL,
    ticket_expires BIGINT NOT NULL,
    state          TEXT   NOT NULL, -- live, lost or ended
    lost_at        BIGINT,          -- of a lost session only, as end_* are of an ended one
    end_reason     TEXT   NOT NULL DEFAULT '',
    end_platform   TEXT   NOT NULL DEFAULT '',
    end_instance   TEXT   NOT NULL DEFAULT '',
    ended_at       BIGINT,
    PRIMARY KEY (app, user_id, session),
    FOREIGN KEY (app, user_id) REFERENCES accounts (app, user_id)
);

-- Only what is over has an index entry, so that a login pays for none of these.
CREATE INDEX sessions_to_close ON sessions (node) WHERE state = 'ended' AND node <> '';
CREATE INDEX sessions_closed ON sessions (ended_at) WHERE state = 'ended' AND node = '';
CREATE INDEX sessions_lost ON sessions (lost_at) WHERE state = 'lost';

-- What Ping writes to.
CREATE TABLE pings (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
);
