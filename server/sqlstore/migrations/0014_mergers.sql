-- The messages of mergers that are too long to stand in a message. Whoever has the key, which
-- is random, may read them.
CREATE TABLE mergers (
    app        BIGINT NOT NULL,
    merger_key TEXT   NOT NULL,
    owner      TEXT   NOT NULL,
    layers     BIGINT NOT NULL, -- of mergers in it, its own included
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app, merger_key)
);
