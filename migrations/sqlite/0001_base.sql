-- Streams: ordered, gap-free lists of events. The id is that of the user, server or conversation.
CREATE TABLE streams (
    id      BLOB    NOT NULL PRIMARY KEY,
    last_n  INTEGER NOT NULL              -- number of the newest event
) STRICT, WITHOUT ROWID;

-- The newest events of each stream, for clients that come back.
CREATE TABLE events (
    stream    BLOB    NOT NULL,
    n         INTEGER NOT NULL,           -- 1, 2, 3 … without gaps
    kind      TEXT    NOT NULL,           -- message.created …
    reference BLOB,                       -- what it is about, where the body is built anew from that
    body      TEXT,                       -- JSON, where it is kept as it was
    PRIMARY KEY (stream, n)
) STRICT, WITHOUT ROWID;
