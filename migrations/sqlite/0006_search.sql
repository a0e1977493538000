-- What the search's index holds: a row per message whose text the node may read; those of deleted messages stay, without text.
CREATE TABLE search_rows (
    number          INTEGER NOT NULL PRIMARY KEY,  -- rises in the order in which messages were stored
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL
) STRICT;
ALTER TABLE messages ADD COLUMN number INTEGER;    -- of search_rows

-- Which indexes are kept.
CREATE TABLE search_indexes (
    name TEXT    NOT NULL PRIMARY KEY,             -- words, parts
    upto INTEGER NOT NULL                          -- rows with a greater number are still to be indexed
) STRICT, WITHOUT ROWID;
INSERT INTO search_indexes (name, upto) VALUES ('words', 0);

-- SQLite keeps the words in tables that the node makes as it needs them (src/messages/store/search/index.rs).
-- PostgreSQL only:
-- ALTER TABLE search_rows ADD COLUMN words TSVECTOR;
-- ALTER TABLE search_rows ADD COLUMN parts TEXT;
-- CREATE INDEX search_rows_words ON search_rows USING gin (words);
-- Both:
-- Messages that are there already.
INSERT INTO search_rows (number, conversation_id, seq)
SELECT row_number() OVER (ORDER BY created_at, conversation_id, seq), conversation_id, seq FROM messages;
CREATE UNIQUE INDEX search_rows_by_message ON search_rows (conversation_id, seq);
UPDATE messages SET number = (SELECT r.number FROM search_rows r WHERE r.conversation_id = messages.conversation_id AND r.seq = messages.seq);
DROP INDEX search_rows_by_message;
