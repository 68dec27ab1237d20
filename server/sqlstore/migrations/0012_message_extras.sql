-- Messages that have had extensions.
CREATE TABLE extended_messages (
    conv        BIGINT NOT NULL,
    pos         BIGINT NOT NULL,
    seq         BIGINT NOT NULL, -- writes to the extensions
    cleared_seq BIGINT NOT NULL, -- of the last that deleted all of them
    live        BIGINT NOT NULL, -- extensions that are there
    minute      BIGINT NOT NULL, -- in which the last write was
    writes      BIGINT NOT NULL, -- in that minute
    PRIMARY KEY (conv, pos)
);

-- Extensions, and for a while those that were deleted.
CREATE TABLE message_extensions (
    conv    BIGINT NOT NULL,
    pos     BIGINT NOT NULL,
    name    TEXT   NOT NULL,
    value   TEXT   NOT NULL,
    seq     BIGINT NOT NULL, -- of the last write
    deleted BIGINT NOT NULL, -- 0 or 1
    mod     BIGINT NOT NULL, -- the conversation's, at the last write
    PRIMARY KEY (conv, pos, name)
);
CREATE INDEX message_extensions_changed ON message_extensions (conv, mod);

-- Reactions, and for a while those that nobody has any more.
CREATE TABLE message_reactions (
    conv  BIGINT NOT NULL,
    pos   BIGINT NOT NULL,
    name  TEXT   NOT NULL,
    users BIGINT NOT NULL,
    nth   BIGINT NOT NULL, -- of the last who reacted
    began BIGINT NOT NULL, -- the conversation's mod when the first of the users came
    mod   BIGINT NOT NULL, -- and at the last change
    PRIMARY KEY (conv, pos, name)
);
CREATE INDEX message_reactions_changed ON message_reactions (conv, mod);

CREATE TABLE reaction_users (
    conv    BIGINT NOT NULL,
    pos     BIGINT NOT NULL,
    name    TEXT   NOT NULL,
    user_id TEXT   NOT NULL,
    nth     BIGINT NOT NULL, -- their order
    PRIMARY KEY (conv, pos, name, user_id)
);
CREATE INDEX reaction_users_in_order ON reaction_users (conv, pos, name, nth);
