-- What administrators did, and what happened to people's sign-ins, devices and passwords. Deleted when it is old ([audit] days).
CREATE TABLE audit (
    id       BYTEA    NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL,
    log      TEXT    NOT NULL,      -- admin, security, both
    kind     TEXT    NOT NULL,      -- user.role, signin.failed …
    actor_id BYTEA,                  -- whose deed; NULL: the operator at the terminal, or somebody who is not signed in
    user_id  BYTEA,                  -- the account it is about
    target   TEXT,                  -- what it is about, where that is no account
    address  TEXT,                  -- of the client; NULL: the terminal, or not known
    changes  TEXT    NOT NULL       -- JSON: [{name, before, after}]
);
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_user ON audit (user_id, at);
