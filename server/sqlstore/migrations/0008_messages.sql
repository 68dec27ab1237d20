-- What the account's devices have done with its conversations is numbered.
ALTER TABLE accounts ADD COLUMN rev BIGINT NOT NULL DEFAULT 0;

-- Conversations are numbered at random: the number stands in every message's key.
CREATE TABLE conversations (
    conv       BIGINT PRIMARY KEY,
    app        BIGINT NOT NULL,
    type       BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    pos        BIGINT NOT NULL DEFAULT 0, -- of the newest message
    mod        BIGINT NOT NULL DEFAULT 0, -- changes to messages
    last_pos   BIGINT NOT NULL DEFAULT 0, -- of the newest that may be the last message
    counted_0  BIGINT NOT NULL DEFAULT 0, -- messages that count as unread on side 0
    counted_1  BIGINT NOT NULL DEFAULT 0,
    sent_at    BIGINT NOT NULL DEFAULT 0, -- when the newest was
    changed_at BIGINT NOT NULL DEFAULT 0  -- when anything was
);
CREATE UNIQUE INDEX conversations_by_name ON conversations (app, type, name);

-- In SQLite a message lies in its key's own tree, beside its neighbours.
CREATE TABLE messages (
    conv    BIGINT NOT NULL,
    pos     BIGINT NOT NULL,
    id_hash BIGINT NOT NULL, -- of the sender and the id
    sender  TEXT   NOT NULL,
    sent_at BIGINT NOT NULL, -- never falls within a conversation
    flags   BIGINT NOT NULL, -- 1 counts as unread, 2 may be the last message
    version BIGINT NOT NULL, -- the conversation's mod at its last change
    body    TEXT   NOT NULL,
    PRIMARY KEY (conv, pos)
) /*sqlite WITHOUT ROWID sqlite*/;
CREATE UNIQUE INDEX messages_by_id ON messages (conv, id_hash);
CREATE INDEX messages_changed ON messages (conv, version) WHERE version > 0;

-- A conversation as one of its members has it.
CREATE TABLE views (
    app         BIGINT NOT NULL,
    user_id     TEXT   NOT NULL,
    conv        BIGINT NOT NULL,
    side        BIGINT NOT NULL,
    rev         BIGINT NOT NULL DEFAULT 0, -- the account's, at the member's last change
    read_pos    BIGINT NOT NULL DEFAULT 0,
    read_at     BIGINT NOT NULL DEFAULT 0, -- of the message there
    settled     BIGINT NOT NULL DEFAULT 0, -- of those that count on the side, read or hidden
    clear_pos   BIGINT NOT NULL DEFAULT 0,
    deleted_pos BIGINT NOT NULL DEFAULT 0,
    pinned_at   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (app, user_id, conv)
);

-- Single messages that a member has deleted for themselves.
CREATE TABLE hidden (
    app     BIGINT NOT NULL,
    user_id TEXT   NOT NULL,
    conv    BIGINT NOT NULL,
    pos     BIGINT NOT NULL,
    rev     BIGINT NOT NULL,
    PRIMARY KEY (app, user_id, conv, pos)
);
CREATE INDEX hidden_by_rev ON hidden (app, user_id, rev);
