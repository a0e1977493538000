-- What the search's index holds: a row per message whose text the node may read; those of deleted messages stay, without text.
CREATE TABLE search_rows (
    number          INTEGER NOT NULL PRIMARY KEY,  -- rises in the order in which messages were stored
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL,
    UNIQUE (conversation_id, seq)
) STRICT;

-- Which indexes are kept.
CREATE TABLE search_indexes (
    name  TEXT    NOT NULL PRIMARY KEY,            -- words, parts
    below INTEGER NOT NULL                         -- rows with a lesser number are still to be indexed; 0: none
) STRICT, WITHOUT ROWID;

-- SQLite only:
-- The words, without the text: place, author and has hold one token each to filter by, all made in src/messages/search.
CREATE VIRTUAL TABLE search USING fts5(place, author, has, text, content = '', contentless_delete = 1, tokenize = 'ascii');
-- The same in three letters each, for parts of words (messages.substring_search).
CREATE VIRTUAL TABLE search_parts USING fts5(place, author, has, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1');
-- PostgreSQL only:
-- ALTER TABLE search_rows ADD COLUMN words TSVECTOR;
-- ALTER TABLE search_rows ADD COLUMN parts TEXT;
-- CREATE INDEX search_rows_words ON search_rows USING gin (words);
-- Both:
INSERT INTO search_rows (number, conversation_id, seq)
SELECT row_number() OVER (ORDER BY created_at, conversation_id, seq), conversation_id, seq FROM messages;
INSERT INTO search_indexes (name, below) SELECT 'words', coalesce(max(number) + 1, 0) FROM search_rows;
