-- What is known of uploaded files. Their bytes lie in objects elsewhere.
CREATE TABLE files (
    app      BIGINT NOT NULL,
    id       TEXT   NOT NULL,
    owner    TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    size     BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    received BIGINT NOT NULL, -- bytes in parts
    parts    BIGINT NOT NULL,
    finished BIGINT NOT NULL DEFAULT 0, -- 0: an upload that is not whole
    removed  BIGINT NOT NULL DEFAULT 0, -- 1: nobody sees it, and its bytes are to go
    type     TEXT   NOT NULL DEFAULT '',
    width    BIGINT NOT NULL DEFAULT 0,
    height   BIGINT NOT NULL DEFAULT 0,
    parent   TEXT   NOT NULL DEFAULT '', -- of a size of an image: the original
    variant  TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (app, id)
);
CREATE INDEX files_open ON files (app, owner) WHERE finished = 0;
CREATE INDEX files_stale ON files (created) WHERE finished = 0;
CREATE INDEX files_old ON files (app, finished) WHERE finished > 0;
CREATE INDEX files_removed ON files (removed) WHERE removed = 1;
CREATE INDEX files_of_image ON files (app, parent) WHERE parent <> '';

CREATE TABLE file_parts (
    app    BIGINT NOT NULL,
    id     TEXT   NOT NULL,
    begins BIGINT NOT NULL,
    size   BIGINT NOT NULL,
    object TEXT   NOT NULL,
    PRIMARY KEY (app, id, begins)
);
