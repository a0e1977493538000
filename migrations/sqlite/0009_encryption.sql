-- End-to-end encrypted conversations: direct ones, groups and rooms alike. What stands here follows from the log, so that whoever
-- sends a message need not follow the log.
CREATE TABLE encrypted (
    conversation_id BLOB    NOT NULL PRIMARY KEY,
    kind            TEXT    NOT NULL,         -- dm, group, room
    seq             INTEGER NOT NULL,         -- the last link
    hash            BLOB    NOT NULL,         -- its hash
    epoch           INTEGER NOT NULL,         -- the newest; 0: there is none yet
    epoch_seq       INTEGER NOT NULL,         -- its link
    epoch_at        INTEGER NOT NULL,         -- Unix seconds, by its maker's clock
    epoch_made_at   INTEGER NOT NULL,         -- by the node's clock
    is_stale        INTEGER NOT NULL,         -- 1: nothing may be sent before the next epoch
    retain_s        INTEGER NOT NULL,         -- messages live so many seconds; 0: for ever
    info            TEXT                      -- envelope with name, topic and picture
) STRICT, WITHOUT ROWID;

-- The logs.
CREATE TABLE conversation_links (
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,         -- 0, 1, 2 … without gaps
    body            BLOB    NOT NULL,         -- exactly what was signed
    sig             BLOB    NOT NULL,
    epoch           INTEGER,                  -- which epoch it makes; NULL: none
    created_at      INTEGER NOT NULL,         -- by the node's clock
    PRIMARY KEY (conversation_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_links_by_epoch ON conversation_links (conversation_id, epoch) WHERE epoch IS NOT NULL;

-- Who is in the log of a conversation now.
CREATE TABLE roster (
    conversation_id BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    role            TEXT    NOT NULL,         -- reader, member, admin, owner
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX roster_by_user ON roster (user_id);

-- Secrets of epochs, sealed to one account each, until it has them in its vault.
CREATE TABLE wraps (
    conversation_id BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,         -- who can open it
    epoch           INTEGER NOT NULL,
    batch           TEXT    NOT NULL,         -- JSON with this one wrap
    PRIMARY KEY (conversation_id, user_id, epoch)
) STRICT, WITHOUT ROWID;

-- Who asks the others for an epoch's secret.
CREATE TABLE rewraps (
    conversation_id BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    epoch           INTEGER NOT NULL,
    asked_at        INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id, epoch)
) STRICT, WITHOUT ROWID;

-- When people asked lately, to limit how often.
CREATE TABLE rewrap_asks (
    user_id         BLOB    NOT NULL,
    asked_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX rewrap_asks_by_user ON rewrap_asks (user_id, asked_at);

-- Edits, reactions and notes, in the node's order; of what says a conversation's name only the ids.
CREATE TABLE envelopes (
    id              BLOB    NOT NULL PRIMARY KEY, -- made by the client
    conversation_id BLOB    NOT NULL,
    message_id      BLOB,                     -- what it is about
    n               INTEGER,                  -- 1, 2, 3 … about that message
    user_id         BLOB    NOT NULL,
    envelope        TEXT                      -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX envelopes_by_message ON envelopes (message_id, n);
CREATE INDEX envelopes_by_conversation ON envelopes (conversation_id);

-- What deleted messages were, for reports that come later.
CREATE TABLE deleted_envelopes (
    message_id      BLOB    NOT NULL PRIMARY KEY,
    hash            BLOB    NOT NULL,         -- SHA-256 of the envelope's JSON
    deleted_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deleted_envelopes_by_age ON deleted_envelopes (deleted_at);

-- Who sees an encrypted room and asks to be let into its roster.
CREATE TABLE join_requests (
    conversation_id BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    asked_at        INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;

-- Messages that people showed to the moderators.
CREATE TABLE reports (
    id              BLOB    NOT NULL PRIMARY KEY,
    reporter_id     BLOB    NOT NULL,
    reason          TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    closed_at       INTEGER,                  -- NULL while it is open
    closed_by       BLOB,
    note            TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX reports_by_age ON reports (created_at);
CREATE TABLE reported_messages (
    report_id       BLOB    NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    message_id      BLOB    NOT NULL,
    conversation_id BLOB    NOT NULL,
    author_id       BLOB    NOT NULL,
    sent_at         INTEGER NOT NULL,
    envelope        TEXT    NOT NULL,         -- what the author sent
    message_key     BLOB    NOT NULL,         -- opens this one message
    content         TEXT    NOT NULL,         -- what it says
    PRIMARY KEY (report_id, message_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE messages ADD COLUMN expires_at INTEGER;           -- NULL: it stays
ALTER TABLE messages ADD COLUMN abouts INTEGER NOT NULL DEFAULT 0; -- how many envelopes are about it
CREATE INDEX messages_expiring ON messages (expires_at) WHERE expires_at IS NOT NULL;
ALTER TABLE rooms ADD COLUMN is_encrypted INTEGER NOT NULL DEFAULT 0;
