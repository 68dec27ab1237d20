-- SQLite keeps a table's rows by numbers of its own, and the primary key in a tree beside them,
-- unless it is told that there is no such number. A login changes a row of each of these
-- two tables, so it brings two pages less to disk. A session's account is always there, since no
-- account's row is ever removed, and so nothing has to look for it.
/*sqlite CREATE TABLE accounts_18 (
    app           BIGINT NOT NULL,
    user_id       TEXT   NOT NULL,
    number        BIGINT NOT NULL,
    void_until    BIGINT,
    created_at    BIGINT NOT NULL,
    deleted_at    BIGINT,
    born          BIGINT NOT NULL DEFAULT 1,
    nick          TEXT   NOT NULL DEFAULT '',
    face_url      TEXT   NOT NULL DEFAULT '',
    active_day    BIGINT NOT NULL DEFAULT 0,
    active_before BIGINT NOT NULL DEFAULT 0,
    events        BIGINT NOT NULL DEFAULT 0,
    custom_status TEXT   NOT NULL DEFAULT '',
    rev           BIGINT NOT NULL DEFAULT 0,
    groups_rev    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (app, user_id)
) WITHOUT ROWID;
INSERT INTO accounts_18 (app, user_id, number, void_until, created_at, deleted_at, born, nick, face_url,
    active_day, active_before, events, custom_status, rev, groups_rev)
SELECT app, user_id, number, void_until, created_at, deleted_at, born, nick, face_url,
    active_day, active_before, events, custom_status, rev, groups_rev
FROM accounts ORDER BY app, user_id;

CREATE TABLE sessions_18 (
    app            BIGINT NOT NULL,
    user_id        TEXT   NOT NULL,
    session        TEXT   NOT NULL,
    number         BIGINT NOT NULL,
    login          BIGINT NOT NULL,
    platform       TEXT   NOT NULL,
    instance       TEXT   NOT NULL,
    node           TEXT   NOT NULL,
    opened_at      BIGINT NOT NULL,
    ticket_issued  BIGINT NOT NULL,
    ticket_expires BIGINT NOT NULL,
    state          TEXT   NOT NULL,
    lost_at        BIGINT,
    end_reason     TEXT   NOT NULL DEFAULT '',
    end_platform   TEXT   NOT NULL DEFAULT '',
    end_instance   TEXT   NOT NULL DEFAULT '',
    ended_at       BIGINT,
    address        TEXT   NOT NULL DEFAULT '',
    reported       BIGINT NOT NULL DEFAULT 0,
    run            TEXT   NOT NULL DEFAULT '',
    attempt        BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (app, user_id, session)
) WITHOUT ROWID;
INSERT INTO sessions_18 (app, user_id, session, number, login, platform, instance, node, opened_at,
    ticket_issued, ticket_expires, state, lost_at, end_reason, end_platform, end_instance, ended_at,
    address, reported, run, attempt)
SELECT app, user_id, session, number, login, platform, instance, node, opened_at,
    ticket_issued, ticket_expires, state, lost_at, end_reason, end_platform, end_instance, ended_at,
    address, reported, run, attempt
FROM sessions ORDER BY app, user_id, session;

DROP TABLE sessions;
DROP TABLE accounts;
ALTER TABLE accounts_18 RENAME TO accounts;
ALTER TABLE sessions_18 RENAME TO sessions;

CREATE INDEX sessions_to_close ON sessions (node) WHERE state = 'ended' AND node <> '';
CREATE INDEX sessions_closed ON sessions (ended_at) WHERE state = 'ended' AND node = '';
CREATE INDEX sessions_lost ON sessions (lost_at) WHERE state = 'lost';
CREATE INDEX sessions_gone ON sessions (lost_at) WHERE state = 'gone'; sqlite*/
