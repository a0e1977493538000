-- Identities for end-to-end encryption. Nothing here opens anything: keys come boxed, items sealed, and the private halves never.
-- Ids of devices, slots and prekeys are 16 random bytes made by clients. docs/encryption.md tells what the parts are.
CREATE TABLE identities (
    user_id        BYTEA    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    head_seq       BIGINT NOT NULL,              -- the last link of the account's log
    head_hash      BYTEA    NOT NULL,
    vault_version  BIGINT NOT NULL DEFAULT 0,    -- of the item that was stored last
    vault_count    BIGINT NOT NULL DEFAULT 0,    -- items in the vault
    reset_asked_at BIGINT,                       -- NULL: nobody asked for a reset
    reset_ready_at BIGINT
);

-- The account's log: signed links, never changed and never deleted.
CREATE TABLE account_links (
    user_id     BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seq         BIGINT NOT NULL,
    body        BYTEA    NOT NULL,
    sig         BYTEA    NOT NULL,
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, seq)
);

-- Which device of the log a session is.
CREATE TABLE session_devices (
    session_id BYTEA NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    BYTEA NOT NULL,
    device_id  BYTEA NOT NULL
);
CREATE INDEX session_devices_by_user ON session_devices (user_id, device_id);

-- What is kept of the slots that are active in the log.
CREATE TABLE identity_slots (
    user_id BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id      BYTEA    NOT NULL,
    kind    TEXT    NOT NULL,                     -- pw, rk, prk
    public  BYTEA    NOT NULL,
    min_seq BIGINT NOT NULL,
    tag     BYTEA    NOT NULL,
    aik_enc BYTEA    NOT NULL,                     -- the identity's seed, sealed to the slot
    aik_ct  BYTEA    NOT NULL,
    salt    BYTEA,                                 -- how the slot's secret is made of the password; NULL for other kinds
    kdf_m   BIGINT,
    kdf_t   BIGINT,
    kdf_p   BIGINT,
    PRIMARY KEY (user_id, id)
);

-- The account's keys, boxed to devices and slots.
CREATE TABLE key_boxes (
    user_id    BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    holder     BYTEA    NOT NULL,                  -- a device or slot
    class      TEXT    NOT NULL,                  -- h, s
    generation BIGINT NOT NULL,
    enc        BYTEA    NOT NULL,
    ct         BYTEA    NOT NULL,
    PRIMARY KEY (user_id, holder, class, generation)
);

-- The vault: what clients keep here and only they can open.
CREATE TABLE vault_items (
    user_id    BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    item       BYTEA    NOT NULL,
    class      TEXT    NOT NULL,
    generation BIGINT NOT NULL,
    rev        BIGINT NOT NULL,
    version    BIGINT NOT NULL,                  -- rises with every item that is stored, account-wide
    salt       BYTEA    NOT NULL,
    nonce      BYTEA    NOT NULL,
    ct         BYTEA    NOT NULL,
    PRIMARY KEY (user_id, kind, item)
);
CREATE UNIQUE INDEX vault_items_by_version ON vault_items (user_id, version);

-- The newest signed prekey, with the identity's DH key that its signature names. Gone when either is not the account's any more.
CREATE TABLE signed_prekeys (
    user_id       BYTEA    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    id            BYTEA    NOT NULL,
    public        BYTEA    NOT NULL,
    at            BIGINT NOT NULL,               -- Unix seconds, by the device's clock
    device_id     BYTEA    NOT NULL,
    sig           BYTEA    NOT NULL,
    ik_generation BIGINT NOT NULL,
    ik_public     BYTEA    NOT NULL
);

-- One-time prekeys that were not handed out yet, and who was given some of whom on a day.
CREATE TABLE one_time_prekeys (
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id      BYTEA NOT NULL,
    public  BYTEA NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE TABLE one_time_prekeys_taken (
    day       BIGINT NOT NULL,                   -- days since 1970
    user_id   BYTEA    NOT NULL,                   -- whose they were
    taker_id  BYTEA    NOT NULL,
    count     BIGINT NOT NULL,
    PRIMARY KEY (day, user_id, taker_id)
);

-- New devices that ask an existing one to let them in.
CREATE TABLE pairings (
    id          BYTEA    NOT NULL PRIMARY KEY,
    user_id     BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id  BYTEA    NOT NULL,                 -- of the new device
    state       TEXT    NOT NULL,                 -- open, answered, expired
    device_id   BYTEA    NOT NULL,
    dsk         BYTEA    NOT NULL,
    dxk         BYTEA    NOT NULL,
    kind        TEXT    NOT NULL,                 -- web, cli, bot
    pop         BYTEA    NOT NULL,
    mac         BYTEA    NOT NULL,
    wrong_codes BIGINT NOT NULL DEFAULT 0,
    welcome_enc BYTEA,
    welcome_ct  BYTEA,
    head_seq    BIGINT,                          -- of the log when it was answered
    head_hash   BYTEA,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX pairings_by_user ON pairings (user_id, state);
CREATE INDEX pairings_by_expiry ON pairings (expires_at);

-- Every change of a key, by fingerprints.
CREATE TABLE key_rotation_history (
    user_id BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    n       BIGINT NOT NULL,
    kind    TEXT    NOT NULL,
    old_fp  BYTEA,
    new_fp  BYTEA,
    reason  TEXT    NOT NULL,                     -- the type of the link, or what else did it
    at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, n)
);

-- Codes by which people find an account without a name.
CREATE TABLE contact_codes (
    code    TEXT    NOT NULL PRIMARY KEY,         -- 16 characters of Crockford's base32
    user_id BYTEA    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ends_at BIGINT                               -- NULL: the present one
);
CREATE INDEX contact_codes_by_user ON contact_codes (user_id);
