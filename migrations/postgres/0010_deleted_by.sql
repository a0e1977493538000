-- Whether its author or a moderator took a message away.
ALTER TABLE messages ADD COLUMN deleted_by BYTEA;              -- NULL: it is there, its time was over, or it went before this was noted
