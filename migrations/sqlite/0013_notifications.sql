-- What people want to hear of, by place: a room, a direct conversation, a group or a server. No row: as it is by itself.
CREATE TABLE notification_levels (
    user_id     BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place_id    BLOB    NOT NULL,             -- a conversation or a server
    level       TEXT,                         -- all | mentions | none; NULL: as the server, or as it is by itself
    muted_until INTEGER,                      -- Unix milliseconds; 0: until it is switched on again; NULL: not muted
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, place_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_levels_all ON notification_levels (place_id) WHERE level = 'all';

-- What holds for all places of a person. No row: the defaults.
CREATE TABLE notification_settings (
    user_id      BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    show_content INTEGER NOT NULL,            -- 1: push messages say what was written, where the node can read it
    quiet_from   INTEGER,                     -- minutes since midnight; NULL: no quiet hours
    quiet_to     INTEGER,
    quiet_zone   TEXT,                        -- IANA name of the time zone
    quiet_days   INTEGER                      -- bits: 1 Monday … 64 Sunday; the day on which they begin
) STRICT, WITHOUT ROWID;

-- What concerned people: the in-app list. Mentions of roles and of everyone are one row, whoever reads it.
CREATE TABLE notices (
    id              BLOB    NOT NULL PRIMARY KEY, -- version 7: in the order of time
    target          BLOB    NOT NULL,         -- a user, a role, or the conversation itself (everyone)
    kind            TEXT    NOT NULL,         -- mention, reply, reaction, added
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,         -- of the message; 0: about the conversation
    message_id      BLOB,
    by_id           BLOB    NOT NULL,         -- whose doing it was
    emoji           TEXT,                     -- of a reaction
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_target ON notices (target, id);
CREATE INDEX notices_by_message ON notices (conversation_id, seq);
CREATE INDEX notices_by_age ON notices (created_at);

-- Up to where a person has seen the list, and what they read beyond.
CREATE TABLE notice_pointers (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    upto    BLOB NOT NULL                     -- id of a notice
) STRICT, WITHOUT ROWID;
CREATE TABLE notice_reads (
    user_id   BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    notice_id BLOB NOT NULL,
    PRIMARY KEY (user_id, notice_id)
) STRICT, WITHOUT ROWID;
