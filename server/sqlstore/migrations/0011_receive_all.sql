-- When a user is not notified, whoever writes.
CREATE TABLE receive_all (
    app       BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    rev       BIGINT NOT NULL, -- the account's, at the last change
    recv_opt  BIGINT NOT NULL,
    day_start BIGINT NOT NULL, -- seconds of the day, where it is not once
    zone      BIGINT NOT NULL, -- of that day, seconds east of UTC
    start_at  BIGINT NOT NULL, -- UNIX seconds; 0: each day
    duration  BIGINT NOT NULL, -- seconds
    PRIMARY KEY (app, user_id)
);
