-- How a member has sorted a conversation.
ALTER TABLE views ADD COLUMN marks BIGINT NOT NULL DEFAULT 0; -- one bit each
ALTER TABLE views ADD COLUMN custom TEXT NOT NULL DEFAULT '';

-- The account's rev at the last change to which conversation groups there are.
ALTER TABLE accounts ADD COLUMN groups_rev BIGINT NOT NULL DEFAULT 0;

CREATE TABLE conversation_groups (
    app      BIGINT NOT NULL,
    user_id  TEXT   NOT NULL,
    group_id BIGINT NOT NULL, -- the account's rev when it was made
    name     TEXT   NOT NULL,
    PRIMARY KEY (app, user_id, group_id)
);
CREATE UNIQUE INDEX conversation_groups_by_name ON conversation_groups (app, user_id, name);

CREATE TABLE grouped_conversations (
    app      BIGINT NOT NULL,
    user_id  TEXT   NOT NULL,
    conv     BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    joined   BIGINT NOT NULL, -- the account's rev when it did
    PRIMARY KEY (app, user_id, conv, group_id)
);
CREATE INDEX grouped_by_group ON grouped_conversations (app, user_id, group_id, joined);
