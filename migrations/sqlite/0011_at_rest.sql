-- The instance's keys, sealed under the master key, which is not here. Generation 0 is the root, from which keys that can't change are
-- derived; the others seal secrets and blobs, the newest what is sealed from now on. An older one goes when nothing is under it any more.
CREATE TABLE keyring (
    generation INTEGER NOT NULL PRIMARY KEY,
    sealed     BLOB    NOT NULL,
    kdf        TEXT,                      -- of the root, if the master key comes from a passphrase: JSON {salt, memory_kib, passes}
    created_at INTEGER NOT NULL
) STRICT;

-- What the node keeps to itself: keys of certificates, of push … Sealed.
CREATE TABLE secrets (
    name       TEXT    NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    sealed     BLOB    NOT NULL
) STRICT;

-- Files. The content lies sealed in the blob store, each under a key of its own.
CREATE TABLE blobs (
    name       BLOB    NOT NULL PRIMARY KEY,  -- HMAC-SHA-256 of the content, under a key of the instance
    file       BLOB    NOT NULL,              -- what it is called in the blob store
    size       INTEGER NOT NULL,              -- bytes of content
    generation INTEGER NOT NULL,
    key        BLOB    NOT NULL,              -- sealed
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX blobs_generation ON blobs (generation);
