-- Old messages may be removed: the first that is left, and when it was sent; 0: there is none.
ALTER TABLE conversations ADD COLUMN first_pos BIGINT NOT NULL DEFAULT 1;
ALTER TABLE conversations ADD COLUMN first_at BIGINT NOT NULL DEFAULT 0;
UPDATE conversations SET first_at = COALESCE((
    SELECT m.sent_at FROM messages m WHERE m.conv = conversations.conv AND m.pos = 1), 0);
CREATE INDEX conversations_by_age ON conversations (app, first_at) WHERE first_at > 0;

-- What one node at a time does for all, and until when it is believed to. Times are UNIX
-- milliseconds by the database's clock.
CREATE TABLE tasks (
    app   BIGINT NOT NULL,
    name  TEXT   NOT NULL,
    node  TEXT   NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (app, name)
);
