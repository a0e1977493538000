-- Servers: the homes of communities.
CREATE TABLE servers (
    id           BLOB    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    description  TEXT    NOT NULL DEFAULT '',
    icon         TEXT,                            -- name of a blob
    owner_id     BLOB    NOT NULL REFERENCES users (id),
    access_code  TEXT             UNIQUE,         -- five characters; NULL: switched off
    member_count INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX servers_by_owner ON servers (owner_id);

-- Named sets of permissions. Everybody in a server has its role of the kind member, without a row in member_roles.
CREATE TABLE roles (
    id          BLOB    NOT NULL PRIMARY KEY,
    server_id   BLOB    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    kind        TEXT    NOT NULL,                 -- owner, admin, member, custom
    name        TEXT    NOT NULL,
    color       TEXT,
    position    INTEGER NOT NULL,                 -- 0 ranks highest
    permissions INTEGER NOT NULL                  -- bits, see src/servers/permission.rs
) STRICT, WITHOUT ROWID;
CREATE INDEX roles_by_server ON roles (server_id, position);

CREATE TABLE members (
    server_id       BLOB    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    user_id         BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    nickname        TEXT,
    nickname_search TEXT    NOT NULL DEFAULT '',  -- lower case, a space before each word
    joined_at       INTEGER NOT NULL,
    PRIMARY KEY (server_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE member_roles (
    server_id BLOB NOT NULL,
    user_id   BLOB NOT NULL,
    role_id   BLOB NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (server_id, user_id, role_id),
    FOREIGN KEY (server_id, user_id) REFERENCES members (server_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX member_roles_by_user ON member_roles (user_id);

-- Headings in a server's list of rooms.
CREATE TABLE categories (
    id        BLOB    NOT NULL PRIMARY KEY,
    server_id BLOB    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    name      TEXT    NOT NULL,
    position  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX categories_by_server ON categories (server_id, position);

-- Rooms: conversations of a server. A room's id is its conversation's id.
CREATE TABLE rooms (
    id          BLOB    NOT NULL PRIMARY KEY,
    server_id   BLOB    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    category_id BLOB             REFERENCES categories (id) ON DELETE SET NULL,
    kind        TEXT    NOT NULL,                 -- text
    name        TEXT    NOT NULL,
    topic       TEXT    NOT NULL DEFAULT '',
    is_private  INTEGER NOT NULL,                 -- 1: only for the people in room_members
    position    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rooms_by_server ON rooms (server_id, position);

-- Who sees a private room.
CREATE TABLE room_members (
    room_id   BLOB    NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id   BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_members_by_user ON room_members (user_id);

-- Invites to a server.
CREATE TABLE server_invites (
    code       TEXT    NOT NULL PRIMARY KEY,
    server_id  BLOB    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    created_by BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    max_uses   INTEGER,
    uses       INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX server_invites_by_server ON server_invites (server_id, created_at);
