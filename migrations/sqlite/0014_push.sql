-- Where the browsers' push services take messages for a device. Each session has one at most.
CREATE TABLE push_subscriptions (
    session_id BLOB    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint   TEXT    NOT NULL UNIQUE,
    key        BLOB    NOT NULL,              -- the browser's P-256 key, 65 bytes
    secret     BLOB    NOT NULL,              -- 16 bytes that the browser and the node know
    created_at INTEGER NOT NULL,
    failures   INTEGER NOT NULL DEFAULT 0     -- since the last message that was taken
) STRICT, WITHOUT ROWID;
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user_id, created_at);
