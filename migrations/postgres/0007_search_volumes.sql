-- A message knows its number in the search, so that nothing has to look it up by conversation and seq.
ALTER TABLE messages ADD COLUMN number BIGINT;    -- of search_rows
UPDATE messages SET number = (SELECT r.number FROM search_rows r WHERE r.conversation_id = messages.conversation_id AND r.seq = messages.seq);
CREATE TABLE numbered (
    number          BIGINT NOT NULL PRIMARY KEY,  -- rises in the order in which messages were stored
    conversation_id BYTEA    NOT NULL,
    seq             BIGINT NOT NULL
);
INSERT INTO numbered (number, conversation_id, seq) SELECT number, conversation_id, seq FROM search_rows;
DROP TABLE search_rows;
ALTER TABLE numbered RENAME TO search_rows;

-- Words are added later than messages, in rising order, so one number says how far that has come. The node makes the indexes anew.
DROP TABLE search_indexes;
CREATE TABLE search_indexes (
    name TEXT    NOT NULL PRIMARY KEY,             -- words, parts
    upto BIGINT NOT NULL                          -- rows with a greater number are still to be indexed
);
INSERT INTO search_indexes (name, upto) VALUES ('words', 0);

-- PostgreSQL only:
ALTER TABLE search_rows ADD COLUMN words TSVECTOR;
ALTER TABLE search_rows ADD COLUMN parts TEXT;
CREATE INDEX search_rows_words ON search_rows USING gin (words);
-- Both:
