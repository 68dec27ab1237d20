-- How a member receives the messages of a conversation.
ALTER TABLE views ADD COLUMN recv_opt BIGINT NOT NULL DEFAULT 0;
ALTER TABLE views ADD COLUMN deaf_counted BIGINT NOT NULL DEFAULT -1; -- what counted when it ceased to receive; -1: it receives
ALTER TABLE views ADD COLUMN unheard BIGINT NOT NULL DEFAULT 0;       -- how many rows it has below

-- The places whose messages came while a member did not receive.
CREATE TABLE unheard (
    app       BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    conv      BIGINT NOT NULL,
    first_pos BIGINT NOT NULL,
    last_pos  BIGINT NOT NULL, -- the highest number there is: it goes on
    PRIMARY KEY (app, user_id, conv, first_pos)
);
