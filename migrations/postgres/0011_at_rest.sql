-- The instance's keys, sealed under the master key, which is not here. Generation 0 is the root, from which keys that can't change are
-- derived; the others seal secrets and blobs, the newest what is sealed from now on. An older one goes when nothing is under it any more.
CREATE TABLE keyring (
    generation BIGINT NOT NULL PRIMARY KEY,
    sealed     BYTEA    NOT NULL,
    kdf        TEXT,                      -- of the root, if the master key comes from a passphrase: JSON {salt, memory_kib, passes}
    created_at BIGINT NOT NULL
);

-- What the node keeps to itself: keys of certificates, of push … Sealed.
CREATE TABLE secrets (
    name       TEXT    NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL,
    sealed     BYTEA    NOT NULL
);

-- Files. The content lies sealed in the blob store, each under a key of its own.
CREATE TABLE blobs (
    name       BYTEA    NOT NULL PRIMARY KEY,  -- HMAC-SHA-256 of the content, under a key of the instance
    file       BYTEA    NOT NULL,              -- what it is called in the blob store
    size       BIGINT NOT NULL,              -- bytes of content
    generation BIGINT NOT NULL,
    key        BYTEA    NOT NULL,              -- sealed
    created_at BIGINT NOT NULL
);
CREATE INDEX blobs_generation ON blobs (generation);
