-- What people want to hear of, by place: a room, a direct conversation, a group or a server. No row: as it is by itself.
CREATE TABLE notification_levels (
    user_id     BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place_id    BYTEA    NOT NULL,             -- a conversation or a server
    level       TEXT,                         -- all | mentions | none; NULL: as the server, or as it is by itself
    muted_until BIGINT,                      -- Unix milliseconds; 0: until it is switched on again; NULL: not muted
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, place_id)
);
CREATE INDEX notification_levels_all ON notification_levels (place_id) WHERE level = 'all';

-- What holds for all places of a person. No row: the defaults.
CREATE TABLE notification_settings (
    user_id      BYTEA    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    show_content BIGINT NOT NULL,            -- 1: push messages say what was written, where the node can read it
    quiet_from   BIGINT,                     -- minutes since midnight; NULL: no quiet hours
    quiet_to     BIGINT,
    quiet_zone   TEXT,                        -- IANA name of the time zone
    quiet_days   BIGINT                      -- bits: 1 Monday … 64 Sunday; the day on which they begin
);

-- What concerned people: the in-app list. Mentions of roles and of everyone are one row, whoever reads it.
CREATE TABLE notices (
    id              BYTEA    NOT NULL PRIMARY KEY, -- version 7: in the order of time
    target          BYTEA    NOT NULL,         -- a user, a role, or the conversation itself (everyone)
    kind            TEXT    NOT NULL,         -- mention, reply, reaction, added
    conversation_id BYTEA    NOT NULL,
    seq             BIGINT NOT NULL,         -- of the message; 0: about the conversation
    message_id      BYTEA,
    by_id           BYTEA    NOT NULL,         -- whose doing it was
    emoji           TEXT,                     -- of a reaction
    created_at      BIGINT NOT NULL
);
CREATE INDEX notices_by_target ON notices (target, id);
CREATE INDEX notices_by_message ON notices (conversation_id, seq);
CREATE INDEX notices_by_age ON notices (created_at);

-- Up to where a person has seen the list, and what they read beyond.
CREATE TABLE notice_pointers (
    user_id BYTEA NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    upto    BYTEA NOT NULL                     -- id of a notice
);
CREATE TABLE notice_reads (
    user_id   BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    notice_id BYTEA NOT NULL,
    PRIMARY KEY (user_id, notice_id)
);
