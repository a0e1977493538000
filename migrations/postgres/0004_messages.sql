-- Direct conversations and groups. (Rooms are conversations too, but live in `rooms`.)
CREATE TABLE conversations (
    id         BYTEA    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,              -- direct | group
    name       TEXT,                          -- groups only
    picture    TEXT,                          -- hash of a blob
    pair       BYTEA    UNIQUE,                -- direct only: both users' ids, the lesser first
    created_by BYTEA    NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL               -- Unix milliseconds, as all times
);

-- Who is in a direct conversation or group.
CREATE TABLE participants (
    conversation_id BYTEA    NOT NULL REFERENCES conversations (id),
    user_id         BYTEA    NOT NULL REFERENCES users (id),
    role            TEXT    NOT NULL,         -- owner | member
    joined_at       BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX participants_by_user ON participants (user_id);

-- The newest message of every conversation that has one.
CREATE TABLE conversation_heads (
    conversation_id BYTEA    NOT NULL PRIMARY KEY,
    last_seq        BIGINT NOT NULL,
    last_at         BIGINT NOT NULL
);

-- How far each person has got. A missing row means nothing was read yet.
CREATE TABLE pointers (
    user_id         BYTEA    NOT NULL,
    conversation_id BYTEA    NOT NULL,
    read_seq        BIGINT NOT NULL,         -- what the person counts as read; goes back on "mark unread"
    seen_seq        BIGINT NOT NULL,         -- the furthest that was ever read; what others see
    delivered_seq   BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);
CREATE INDEX pointers_by_conversation ON pointers (conversation_id);

-- Messages lie in the order in which they are read.
CREATE TABLE messages (
    conversation_id BYTEA    NOT NULL,
    seq             BIGINT NOT NULL,         -- 1, 2, 3 … without gaps
    id              BYTEA    NOT NULL UNIQUE,  -- made by the client
    author_id       BYTEA    NOT NULL,
    created_at      BIGINT NOT NULL,
    edited_at       BIGINT,
    deleted_at      BIGINT,
    reply_to        BYTEA,                     -- id of a message of the same conversation
    content         TEXT,                     -- a typed JSON document; NULL once deleted
    mentions        TEXT,                     -- JSON; NULL: none
    PRIMARY KEY (conversation_id, seq)
);

CREATE TABLE reactions (
    message_id BYTEA    NOT NULL,
    emoji      TEXT    NOT NULL,
    user_id    BYTEA    NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
);

-- Who is mentioned where: one row per person, role, or (everyone) the conversation itself.
CREATE TABLE mentions (
    target          BYTEA    NOT NULL,         -- id of a user, role or conversation
    conversation_id BYTEA    NOT NULL,
    seq             BIGINT NOT NULL,
    PRIMARY KEY (target, conversation_id, seq)
);
CREATE INDEX mentions_by_conversation ON mentions (conversation_id, seq);
