-- Servers: the homes of communities.
CREATE TABLE servers (
    id           BYTEA    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    description  TEXT    NOT NULL DEFAULT '',
    icon         TEXT,                            -- name of a blob
    owner_id     BYTEA    NOT NULL REFERENCES users (id),
    access_code  TEXT             UNIQUE,         -- five characters; NULL: switched off
    member_count BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL
);
CREATE INDEX servers_by_owner ON servers (owner_id);

-- Named sets of permissions. Everybody in a server has its role of the kind member, without a row in member_roles.
CREATE TABLE roles (
    id          BYTEA    NOT NULL PRIMARY KEY,
    server_id   BYTEA    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    kind        TEXT    NOT NULL,                 -- owner, admin, member, custom
    name        TEXT    NOT NULL,
    color       TEXT,
    position    BIGINT NOT NULL,                 -- 0 ranks highest
    permissions BIGINT NOT NULL                  -- bits, see src/servers/permission.rs
);
CREATE INDEX roles_by_server ON roles (server_id, position);

CREATE TABLE members (
    server_id       BYTEA    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    user_id         BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    nickname        TEXT,
    nickname_search TEXT    NOT NULL DEFAULT '',  -- lower case, a space before each word
    joined_at       BIGINT NOT NULL,
    PRIMARY KEY (server_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE member_roles (
    server_id BYTEA NOT NULL,
    user_id   BYTEA NOT NULL,
    role_id   BYTEA NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (server_id, user_id, role_id),
    FOREIGN KEY (server_id, user_id) REFERENCES members (server_id, user_id) ON DELETE CASCADE
);
CREATE INDEX member_roles_by_user ON member_roles (user_id);

-- Headings in a server's list of rooms.
CREATE TABLE categories (
    id        BYTEA    NOT NULL PRIMARY KEY,
    server_id BYTEA    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    name      TEXT    NOT NULL,
    position  BIGINT NOT NULL
);
CREATE INDEX categories_by_server ON categories (server_id, position);

-- Rooms: conversations of a server. A room's id is its conversation's id.
CREATE TABLE rooms (
    id          BYTEA    NOT NULL PRIMARY KEY,
    server_id   BYTEA    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    category_id BYTEA             REFERENCES categories (id) ON DELETE SET NULL,
    kind        TEXT    NOT NULL,                 -- text
    name        TEXT    NOT NULL,
    topic       TEXT    NOT NULL DEFAULT '',
    is_private  BIGINT NOT NULL,                 -- 1: only for the people in room_members
    position    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE INDEX rooms_by_server ON rooms (server_id, position);

-- Who sees a private room.
CREATE TABLE room_members (
    room_id   BYTEA    NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id   BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX room_members_by_user ON room_members (user_id);

-- Invites to a server.
CREATE TABLE server_invites (
    code       TEXT    NOT NULL PRIMARY KEY,
    server_id  BYTEA    NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    created_by BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    max_uses   BIGINT,
    uses       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX server_invites_by_server ON server_invites (server_id, created_at);
