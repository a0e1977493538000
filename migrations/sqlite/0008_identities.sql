-- Identities for end-to-end encryption. Nothing here opens anything: keys come boxed, items sealed, and the private halves never.
-- Ids of devices, slots and prekeys are 16 random bytes made by clients. docs/encryption.md tells what the parts are.
CREATE TABLE identities (
    user_id        BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    head_seq       INTEGER NOT NULL,              -- the last link of the account's log
    head_hash      BLOB    NOT NULL,
    vault_version  INTEGER NOT NULL DEFAULT 0,    -- of the item that was stored last
    vault_count    INTEGER NOT NULL DEFAULT 0,    -- items in the vault
    reset_asked_at INTEGER,                       -- NULL: nobody asked for a reset
    reset_ready_at INTEGER
) STRICT, WITHOUT ROWID;

-- The account's log: signed links, never changed and never deleted.
CREATE TABLE account_links (
    user_id     BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    sig         BLOB    NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, seq)
) STRICT, WITHOUT ROWID;

-- Which device of the log a session is.
CREATE TABLE session_devices (
    session_id BLOB NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    BLOB NOT NULL,
    device_id  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_devices_by_user ON session_devices (user_id, device_id);

-- What is kept of the slots that are active in the log.
CREATE TABLE identity_slots (
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id      BLOB    NOT NULL,
    kind    TEXT    NOT NULL,                     -- pw, rk, prk
    public  BLOB    NOT NULL,
    min_seq INTEGER NOT NULL,
    tag     BLOB    NOT NULL,
    aik_enc BLOB    NOT NULL,                     -- the identity's seed, sealed to the slot
    aik_ct  BLOB    NOT NULL,
    salt    BLOB,                                 -- how the slot's secret is made of the password; NULL for other kinds
    kdf_m   INTEGER,
    kdf_t   INTEGER,
    kdf_p   INTEGER,
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

-- The account's keys, boxed to devices and slots.
CREATE TABLE key_boxes (
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    holder     BLOB    NOT NULL,                  -- a device or slot
    class      TEXT    NOT NULL,                  -- h, s
    generation INTEGER NOT NULL,
    enc        BLOB    NOT NULL,
    ct         BLOB    NOT NULL,
    PRIMARY KEY (user_id, holder, class, generation)
) STRICT, WITHOUT ROWID;

-- The vault: what clients keep here and only they can open.
CREATE TABLE vault_items (
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    item       BLOB    NOT NULL,
    class      TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    rev        INTEGER NOT NULL,
    version    INTEGER NOT NULL,                  -- rises with every item that is stored, account-wide
    salt       BLOB    NOT NULL,
    nonce      BLOB    NOT NULL,
    ct         BLOB    NOT NULL,
    PRIMARY KEY (user_id, kind, item)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX vault_items_by_version ON vault_items (user_id, version);

-- The newest signed prekey, with the identity's DH key that its signature names. Gone when either is not the account's any more.
CREATE TABLE signed_prekeys (
    user_id       BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    id            BLOB    NOT NULL,
    public        BLOB    NOT NULL,
    at            INTEGER NOT NULL,               -- Unix seconds, by the device's clock
    device_id     BLOB    NOT NULL,
    sig           BLOB    NOT NULL,
    ik_generation INTEGER NOT NULL,
    ik_public     BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time prekeys that were not handed out yet, and who was given some of whom on a day.
CREATE TABLE one_time_prekeys (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id      BLOB NOT NULL,
    public  BLOB NOT NULL,
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE one_time_prekeys_taken (
    day       INTEGER NOT NULL,                   -- days since 1970
    user_id   BLOB    NOT NULL,                   -- whose they were
    taker_id  BLOB    NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY (day, user_id, taker_id)
) STRICT, WITHOUT ROWID;

-- New devices that ask an existing one to let them in.
CREATE TABLE pairings (
    id          BLOB    NOT NULL PRIMARY KEY,
    user_id     BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id  BLOB    NOT NULL,                 -- of the new device
    state       TEXT    NOT NULL,                 -- open, answered, expired
    device_id   BLOB    NOT NULL,
    dsk         BLOB    NOT NULL,
    dxk         BLOB    NOT NULL,
    kind        TEXT    NOT NULL,                 -- web, cli, bot
    pop         BLOB    NOT NULL,
    mac         BLOB    NOT NULL,
    wrong_codes INTEGER NOT NULL DEFAULT 0,
    welcome_enc BLOB,
    welcome_ct  BLOB,
    head_seq    INTEGER,                          -- of the log when it was answered
    head_hash   BLOB,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pairings_by_user ON pairings (user_id, state);
CREATE INDEX pairings_by_expiry ON pairings (expires_at);

-- Every change of a key, by fingerprints.
CREATE TABLE key_rotation_history (
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    n       INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    old_fp  BLOB,
    new_fp  BLOB,
    reason  TEXT    NOT NULL,                     -- the type of the link, or what else did it
    at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, n)
) STRICT, WITHOUT ROWID;

-- Codes by which people find an account without a name.
CREATE TABLE contact_codes (
    code    TEXT    NOT NULL PRIMARY KEY,         -- 16 characters of Crockford's base32
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ends_at INTEGER                               -- NULL: the present one
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_codes_by_user ON contact_codes (user_id);
