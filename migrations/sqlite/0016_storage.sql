-- What people keep in the blob store: it counts towards their quota, and a blob that nobody keeps is deleted.
CREATE TABLE holdings (
    kind       TEXT    NOT NULL,      -- picture, icon
    subject    BLOB    NOT NULL,      -- what it is of: the user, the server
    holder     BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- who stored it
    blob       BLOB    NOT NULL,      -- name
    size       INTEGER NOT NULL,      -- bytes of content
    created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX holdings_by_holder ON holdings (holder, size);
CREATE INDEX holdings_by_blob ON holdings (blob);

-- Quotas of single people, chosen by an admin.
CREATE TABLE quotas (
    user_id BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    bytes   INTEGER                   -- NULL: unlimited
) STRICT, WITHOUT ROWID;

-- Adding up what all blobs take reads this alone.
CREATE INDEX blobs_size ON blobs (size);

-- SQLite only:
INSERT INTO holdings SELECT 'picture', u.id, u.id, b.name, b.size, b.created_at FROM users u JOIN blobs b ON lower(hex(b.name)) = u.picture;
INSERT INTO holdings SELECT 'icon', s.id, s.owner_id, b.name, b.size, b.created_at FROM servers s JOIN blobs b ON lower(hex(b.name)) = s.icon;
-- PostgreSQL only:
-- INSERT INTO holdings SELECT 'picture', u.id, u.id, b.name, b.size, b.created_at FROM users u JOIN blobs b ON encode(b.name, 'hex') = u.picture;
-- INSERT INTO holdings SELECT 'icon', s.id, s.owner_id, b.name, b.size, b.created_at FROM servers s JOIN blobs b ON encode(b.name, 'hex') = s.icon;
-- Both:
