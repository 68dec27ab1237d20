-- Who has said of a single message that they have read it. How many did stands in the message.
CREATE TABLE receipts (
    conv    BIGINT NOT NULL,
    pos     BIGINT NOT NULL,
    user_id TEXT   NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (conv, pos, user_id)
) /*sqlite WITHOUT ROWID sqlite*/;
