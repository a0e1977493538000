-- Messages that people want to find again.
ALTER TABLE messages ADD COLUMN pinned_at INTEGER;   -- NULL: not pinned
CREATE INDEX messages_pinned ON messages (conversation_id, pinned_at) WHERE pinned_at IS NOT NULL;
