-- Accounts. Passwords are not here: auth_hash is HMAC(pepper, key that the client derived from the password).
CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY,   -- made by the client, since the password key depends on it
    username      TEXT    NOT NULL UNIQUE,        -- lower case
    email         TEXT             UNIQUE,        -- lower case
    display_name  TEXT    NOT NULL,
    bio           TEXT    NOT NULL DEFAULT '',
    link          TEXT    NOT NULL DEFAULT '',
    status_text   TEXT    NOT NULL DEFAULT '',
    picture       TEXT,                           -- name of a blob
    type          TEXT    NOT NULL DEFAULT 'human', -- human, agent
    role          TEXT    NOT NULL DEFAULT 'user',  -- of the instance: admin, moderator, user
    presence      TEXT    NOT NULL DEFAULT 'online', -- the user's choice: online, idle, dnd, invisible
    search        TEXT    NOT NULL,               -- lower case, a space before each word: username and display name
    salt          BLOB    NOT NULL,
    kdf_m         INTEGER NOT NULL,               -- KiB
    kdf_t         INTEGER NOT NULL,
    kdf_p         INTEGER NOT NULL,
    auth_hash     BLOB    NOT NULL,
    created_at    INTEGER NOT NULL,
    last_seen_at  INTEGER,
    disabled_at   INTEGER                         -- NULL while the account may be used
) STRICT, WITHOUT ROWID;

-- Sign-ins: each device has one session, which is a family of refresh tokens.
CREATE TABLE sessions (
    id           BLOB    NOT NULL PRIMARY KEY,
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_name  TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    ip           TEXT    NOT NULL,                -- of the latest refresh
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,                -- the latest refresh
    generation   INTEGER NOT NULL DEFAULT 0,      -- of the newest refresh token
    rotated_at   INTEGER NOT NULL,                -- when that generation began
    ended_at     INTEGER                          -- NULL while it may be refreshed
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_end ON sessions (ended_at);

-- Refresh tokens, used ones too: a used one that comes again shows that it was stolen.
CREATE TABLE refresh_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,      -- SHA-256 of the token
    session_id BLOB    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, generation);

-- One-time links: setting up the first account, resetting a password.
CREATE TABLE links (
    hash       BLOB    NOT NULL PRIMARY KEY,      -- SHA-256 of the token in the link
    kind       TEXT    NOT NULL,                  -- setup, reset
    user_id    BLOB    REFERENCES users (id) ON DELETE CASCADE, -- whose password; NULL for setup
    created_at INTEGER NOT NULL,
    expires_at INTEGER                            -- NULL: until used
) STRICT, WITHOUT ROWID;

-- Invites to the instance.
CREATE TABLE invites (
    code       TEXT    NOT NULL PRIMARY KEY,
    created_by BLOB,                              -- NULL: the operator, on the command line
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    max_uses   INTEGER,
    uses       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What admins chose in the browser; overrides the configuration.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,              -- name, registration
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
