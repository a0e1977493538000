-- Accounts. Passwords are not here: auth_hash is HMAC(pepper, key that the client derived from the password).
CREATE TABLE users (
    id            BYTEA    NOT NULL PRIMARY KEY,   -- made by the client, since the password key depends on it
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
    salt          BYTEA    NOT NULL,
    kdf_m         BIGINT NOT NULL,               -- KiB
    kdf_t         BIGINT NOT NULL,
    kdf_p         BIGINT NOT NULL,
    auth_hash     BYTEA    NOT NULL,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT,
    disabled_at   BIGINT                         -- NULL while the account may be used
);

-- Sign-ins: each device has one session, which is a family of refresh tokens.
CREATE TABLE sessions (
    id           BYTEA    NOT NULL PRIMARY KEY,
    user_id      BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_name  TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    ip           TEXT    NOT NULL,                -- of the latest refresh
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,                -- the latest refresh
    generation   BIGINT NOT NULL DEFAULT 0,      -- of the newest refresh token
    rotated_at   BIGINT NOT NULL,                -- when that generation began
    ended_at     BIGINT                          -- NULL while it may be refreshed
);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
CREATE INDEX sessions_by_end ON sessions (ended_at);

-- Refresh tokens, used ones too: a used one that comes again shows that it was stolen.
CREATE TABLE refresh_tokens (
    hash       BYTEA    NOT NULL PRIMARY KEY,      -- SHA-256 of the token
    session_id BYTEA    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, generation);

-- One-time links: setting up the first account, resetting a password.
CREATE TABLE links (
    hash       BYTEA    NOT NULL PRIMARY KEY,      -- SHA-256 of the token in the link
    kind       TEXT    NOT NULL,                  -- setup, reset
    user_id    BYTEA    REFERENCES users (id) ON DELETE CASCADE, -- whose password; NULL for setup
    created_at BIGINT NOT NULL,
    expires_at BIGINT                            -- NULL: until used
);

-- Invites to the instance.
CREATE TABLE invites (
    code       TEXT    NOT NULL PRIMARY KEY,
    created_by BYTEA,                              -- NULL: the operator, on the command line
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    max_uses   BIGINT,
    uses       BIGINT NOT NULL DEFAULT 0
);

-- What admins chose in the browser; overrides the configuration.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,              -- name, registration
    value TEXT NOT NULL
);
