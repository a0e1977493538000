-- End-to-end encrypted conversations: direct ones, groups and rooms alike. What stands here follows from the log, so that whoever
-- sends a message need not follow the log.
CREATE TABLE encrypted (
    conversation_id BYTEA    NOT NULL PRIMARY KEY,
    kind            TEXT    NOT NULL,         -- dm, group, room
    seq             BIGINT NOT NULL,         -- the last link
    hash            BYTEA    NOT NULL,         -- its hash
    epoch           BIGINT NOT NULL,         -- the newest; 0: there is none yet
    epoch_seq       BIGINT NOT NULL,         -- its link
    epoch_at        BIGINT NOT NULL,         -- Unix seconds, by its maker's clock
    epoch_made_at   BIGINT NOT NULL,         -- by the node's clock
    is_stale        BIGINT NOT NULL,         -- 1: nothing may be sent before the next epoch
    retain_s        BIGINT NOT NULL,         -- messages live so many seconds; 0: for ever
    info            TEXT                      -- envelope with name, topic and picture
);

-- The logs.
CREATE TABLE conversation_links (
    conversation_id BYTEA    NOT NULL,
    seq             BIGINT NOT NULL,         -- 0, 1, 2 … without gaps
    body            BYTEA    NOT NULL,         -- exactly what was signed
    sig             BYTEA    NOT NULL,
    epoch           BIGINT,                  -- which epoch it makes; NULL: none
    created_at      BIGINT NOT NULL,         -- by the node's clock
    PRIMARY KEY (conversation_id, seq)
);
CREATE INDEX conversation_links_by_epoch ON conversation_links (conversation_id, epoch) WHERE epoch IS NOT NULL;

-- Who is in the log of a conversation now.
CREATE TABLE roster (
    conversation_id BYTEA    NOT NULL,
    user_id         BYTEA    NOT NULL,
    role            TEXT    NOT NULL,         -- reader, member, admin, owner
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX roster_by_user ON roster (user_id);

-- Secrets of epochs, sealed to one account each, until it has them in its vault.
CREATE TABLE wraps (
    conversation_id BYTEA    NOT NULL,
    user_id         BYTEA    NOT NULL,         -- who can open it
    epoch           BIGINT NOT NULL,
    batch           TEXT    NOT NULL,         -- JSON with this one wrap
    PRIMARY KEY (conversation_id, user_id, epoch)
);

-- Who asks the others for an epoch's secret.
CREATE TABLE rewraps (
    conversation_id BYTEA    NOT NULL,
    user_id         BYTEA    NOT NULL,
    epoch           BIGINT NOT NULL,
    asked_at        BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id, epoch)
);

-- When people asked lately, to limit how often.
CREATE TABLE rewrap_asks (
    user_id         BYTEA    NOT NULL,
    asked_at        BIGINT NOT NULL
);
CREATE INDEX rewrap_asks_by_user ON rewrap_asks (user_id, asked_at);

-- Edits, reactions and notes, in the node's order; of what says a conversation's name only the ids.
CREATE TABLE envelopes (
    id              BYTEA    NOT NULL PRIMARY KEY, -- made by the client
    conversation_id BYTEA    NOT NULL,
    message_id      BYTEA,                     -- what it is about
    n               BIGINT,                  -- 1, 2, 3 … about that message
    user_id         BYTEA    NOT NULL,
    envelope        TEXT                      -- JSON
);
CREATE INDEX envelopes_by_message ON envelopes (message_id, n);
CREATE INDEX envelopes_by_conversation ON envelopes (conversation_id);

-- What deleted messages were, for reports that come later.
CREATE TABLE deleted_envelopes (
    message_id      BYTEA    NOT NULL PRIMARY KEY,
    hash            BYTEA    NOT NULL,         -- SHA-256 of the envelope's JSON
    deleted_at      BIGINT NOT NULL
);
CREATE INDEX deleted_envelopes_by_age ON deleted_envelopes (deleted_at);

-- Who sees an encrypted room and asks to be let into its roster.
CREATE TABLE join_requests (
    conversation_id BYTEA    NOT NULL,
    user_id         BYTEA    NOT NULL,
    asked_at        BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

-- Messages that people showed to the moderators.
CREATE TABLE reports (
    id              BYTEA    NOT NULL PRIMARY KEY,
    reporter_id     BYTEA    NOT NULL,
    reason          TEXT    NOT NULL,
    created_at      BIGINT NOT NULL,
    closed_at       BIGINT,                  -- NULL while it is open
    closed_by       BYTEA,
    note            TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX reports_by_age ON reports (created_at);
CREATE TABLE reported_messages (
    report_id       BYTEA    NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    message_id      BYTEA    NOT NULL,
    conversation_id BYTEA    NOT NULL,
    author_id       BYTEA    NOT NULL,
    sent_at         BIGINT NOT NULL,
    envelope        TEXT    NOT NULL,         -- what the author sent
    message_key     BYTEA    NOT NULL,         -- opens this one message
    content         TEXT    NOT NULL,         -- what it says
    PRIMARY KEY (report_id, message_id)
);

ALTER TABLE messages ADD COLUMN expires_at BIGINT;           -- NULL: it stays
ALTER TABLE messages ADD COLUMN abouts BIGINT NOT NULL DEFAULT 0; -- how many envelopes are about it
CREATE INDEX messages_expiring ON messages (expires_at) WHERE expires_at IS NOT NULL;
ALTER TABLE rooms ADD COLUMN is_encrypted BIGINT NOT NULL DEFAULT 0;
