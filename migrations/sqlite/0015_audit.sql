-- What administrators did, and what happened to people's sign-ins, devices and passwords. Deleted when it is old ([audit] days).
CREATE TABLE audit (
    id       BLOB    NOT NULL PRIMARY KEY,
    at       INTEGER NOT NULL,
    log      TEXT    NOT NULL,      -- admin, security, both
    kind     TEXT    NOT NULL,      -- user.role, signin.failed …
    actor_id BLOB,                  -- whose deed; NULL: the operator at the terminal, or somebody who is not signed in
    user_id  BLOB,                  -- the account it is about
    target   TEXT,                  -- what it is about, where that is no account
    address  TEXT,                  -- of the client; NULL: the terminal, or not known
    changes  TEXT    NOT NULL       -- JSON: [{name, before, after}]
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_user ON audit (user_id, at);
