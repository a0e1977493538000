-- Where the browsers' push services take messages for a device. Each session has one at most.
CREATE TABLE push_subscriptions (
    session_id BYTEA    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint   TEXT    NOT NULL UNIQUE,
    key        BYTEA    NOT NULL,              -- the browser's P-256 key, 65 bytes
    secret     BYTEA    NOT NULL,              -- 16 bytes that the browser and the node know
    created_at BIGINT NOT NULL,
    failures   BIGINT NOT NULL DEFAULT 0     -- since the last message that was taken
);
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user_id, created_at);
