-- Events are shared out among the nodes by part: a number that is made of the user's id.
-- Events from before are all of part 0.
ALTER TABLE outbox ADD COLUMN part BIGINT NOT NULL DEFAULT 0;

-- Which nodes send an app's events, and until when each is believed to. Times are UNIX
-- milliseconds by the database's clock.
CREATE TABLE outbox_senders (
    app   BIGINT NOT NULL,
    node  TEXT   NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (app, node)
);

-- Which of them sends a part, and until when.
DROP TABLE outbox_claims;
CREATE TABLE outbox_claims (
    app   BIGINT NOT NULL,
    part  BIGINT NOT NULL,
    node  TEXT   NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (app, part)
);
