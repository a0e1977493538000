-- Where people get told by e-mail of what they missed. Several accounts may have the same address: families share mailboxes, and an
-- address that is "taken" would tell strangers who is here.
CREATE TABLE mail_addresses (
    user_id       BYTEA    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    address       TEXT,                       -- confirmed; NULL: none yet
    rhythm        TEXT    NOT NULL,           -- off, hourly, daily, weekly
    hour          BIGINT NOT NULL,           -- of the day, for daily and weekly
    zone          TEXT    NOT NULL,           -- IANA name of the time zone in which it is that hour
    show_content  BIGINT NOT NULL,           -- 1: what was written too, where the node can read it
    covered_until BIGINT NOT NULL,           -- what happened until then was told, or needed no telling
    next_at       BIGINT,                    -- when to look again whether there is something; NULL: not
    tries         BIGINT NOT NULL DEFAULT 0, -- letters in a row that were not taken
    failed_at     BIGINT,                    -- since when the address is switched off, since it takes no letters
    failure       TEXT,                       -- what the mail server said then
    asked         TEXT,                       -- an address that waits to be confirmed
    asked_hash    BYTEA    UNIQUE,             -- SHA-256 of the token in its link
    asked_at      BIGINT,
    asked_failure TEXT                        -- what the mail server said to the letter with the link
);
CREATE INDEX mail_addresses_due ON mail_addresses (next_at) WHERE next_at IS NOT NULL;

-- Letters to addresses that were not confirmed, so that nobody gets many of them. Kept for 30 days.
CREATE TABLE mail_asked (
    id           BYTEA    NOT NULL PRIMARY KEY,
    user_id      BYTEA    NOT NULL,
    address_hash BYTEA    NOT NULL,            -- keyed
    at           BIGINT NOT NULL
);
CREATE INDEX mail_asked_by_user ON mail_asked (user_id, at);
CREATE INDEX mail_asked_by_address ON mail_asked (address_hash, at);

-- Addresses whose owners want no more letters of strangers. Kept for a year.
CREATE TABLE mail_refusals (
    address_hash BYTEA    NOT NULL PRIMARY KEY,
    at           BIGINT NOT NULL
);
