-- How the instance looks, as admins chose it in the browser. What is not here is as in the branding's folder, or as Snug comes.
CREATE TABLE branding (
    name      TEXT    NOT NULL PRIMARY KEY, -- accent, accent_dark, welcome, rules, css; icon: the name of its blob, in hexadecimal
    value     TEXT    NOT NULL,             -- empty: chosen to be nothing
    chosen_at BIGINT NOT NULL
);

-- Emoji of the instance that were stored in the browser. Their pictures are holdings of the kind emoji.
CREATE TABLE custom_emoji (
    name       TEXT    NOT NULL PRIMARY KEY, -- without its colons
    id         BYTEA    NOT NULL UNIQUE,      -- subject of the holding
    blob       TEXT    NOT NULL,             -- name, in hexadecimal
    kind       TEXT    NOT NULL,             -- media type
    size       BIGINT NOT NULL,             -- bytes
    created_at BIGINT NOT NULL,
    created_by BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
