-- Direct conversations and groups. (Rooms are conversations too, but live in `rooms`.)
CREATE TABLE conversations (
    id         BLOB    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,              -- direct | group
    name       TEXT,                          -- groups only
    picture    TEXT,                          -- hash of a blob
    pair       BLOB    UNIQUE,                -- direct only: both users' ids, the lesser first
    created_by BLOB    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL               -- Unix milliseconds, as all times
) STRICT, WITHOUT ROWID;

-- Who is in a direct conversation or group.
CREATE TABLE participants (
    conversation_id BLOB    NOT NULL REFERENCES conversations (id),
    user_id         BLOB    NOT NULL REFERENCES users (id),
    role            TEXT    NOT NULL,         -- owner | member
    joined_at       INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX participants_by_user ON participants (user_id);

-- The newest message of every conversation that has one.
CREATE TABLE conversation_heads (
    conversation_id BLOB    NOT NULL PRIMARY KEY,
    last_seq        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each person has got. A missing row means nothing was read yet.
CREATE TABLE pointers (
    user_id         BLOB    NOT NULL,
    conversation_id BLOB    NOT NULL,
    read_seq        INTEGER NOT NULL,         -- what the person counts as read; goes back on "mark unread"
    seen_seq        INTEGER NOT NULL,         -- the furthest that was ever read; what others see
    delivered_seq   INTEGER NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pointers_by_conversation ON pointers (conversation_id);

-- Messages lie in the order in which they are read.
CREATE TABLE messages (
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,         -- 1, 2, 3 … without gaps
    id              BLOB    NOT NULL UNIQUE,  -- made by the client
    author_id       BLOB    NOT NULL,
    created_at      INTEGER NOT NULL,
    edited_at       INTEGER,
    deleted_at      INTEGER,
    reply_to        BLOB,                     -- id of a message of the same conversation
    content         TEXT,                     -- a typed JSON document; NULL once deleted
    mentions        TEXT,                     -- JSON; NULL: none
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
    message_id BLOB    NOT NULL,
    emoji      TEXT    NOT NULL,
    user_id    BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

-- Who is mentioned where: one row per person, role, or (everyone) the conversation itself.
CREATE TABLE mentions (
    target          BLOB    NOT NULL,         -- id of a user, role or conversation
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (target, conversation_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_conversation ON mentions (conversation_id, seq);
