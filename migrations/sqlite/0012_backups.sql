-- Backups that the node made by itself or when an admin asked for one.
CREATE TABLE backups (
    id           BLOB    NOT NULL PRIMARY KEY,
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER,               -- null while it is being made
    place        TEXT    NOT NULL,      -- a folder, or "command"
    name         TEXT    NOT NULL,      -- of the file
    bytes        INTEGER,
    error        TEXT,                  -- why there is none
    rehearsed_at INTEGER,               -- when it was restored for a try
    rehearsal    TEXT,                  -- why that failed; null: it did not
    deleted_at   INTEGER                -- when a newer one took its place
) STRICT;
CREATE INDEX backups_started_at ON backups (started_at);
