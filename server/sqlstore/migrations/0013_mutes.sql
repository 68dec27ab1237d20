-- Who may not send, and until when.
CREATE TABLE mutes (
    app         BIGINT NOT NULL,
    user_id     TEXT   NOT NULL,
    c2c_until   BIGINT NOT NULL, -- UNIX milliseconds; the highest number there is: for ever
    group_until BIGINT NOT NULL,
    PRIMARY KEY (app, user_id)
);
