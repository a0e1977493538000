-- Backups that the node made by itself or when an admin asked for one.
CREATE TABLE backups (
    id           BYTEA    NOT NULL PRIMARY KEY,
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT,               -- null while it is being made
    place        TEXT    NOT NULL,      -- a folder, or "command"
    name         TEXT    NOT NULL,      -- of the file
    bytes        BIGINT,
    error        TEXT,                  -- why there is none
    rehearsed_at BIGINT,               -- when it was restored for a try
    rehearsal    TEXT,                  -- why that failed; null: it did not
    deleted_at   BIGINT                -- when a newer one took its place
);
CREATE INDEX backups_started_at ON backups (started_at);
