-- How the instance looks, as admins chose it in the browser. What is not here is as in the branding's folder, or as Snug comes.
CREATE TABLE branding (
    name      TEXT    NOT NULL PRIMARY KEY, -- accent, accent_dark, welcome, rules, css; icon: the name of its blob, in hexadecimal
    value     TEXT    NOT NULL,             -- empty: chosen to be nothing
    chosen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Emoji of the instance that were stored in the browser. Their pictures are holdings of the kind emoji.
CREATE TABLE custom_emoji (
    name       TEXT    NOT NULL PRIMARY KEY, -- without its colons
    id         BLOB    NOT NULL UNIQUE,      -- subject of the holding
    blob       TEXT    NOT NULL,             -- name, in hexadecimal
    kind       TEXT    NOT NULL,             -- media type
    size       INTEGER NOT NULL,             -- bytes
    created_at INTEGER NOT NULL,
    created_by BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
