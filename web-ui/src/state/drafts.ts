// What was being written in each conversation, kept on this device.
import type { Id } from '../api/types';

const PREFIX = 'snug.draft.';

export interface Draft {
  text: string;
  replyTo: Id | null;
}

const key = (userId: Id, conversationId: Id) => `${PREFIX}${userId}.${conversationId}`;

export const drafts = {
  load(userId: Id, conversationId: Id): Draft | null {
    try {
      const stored = localStorage.getItem(key(userId, conversationId));
      return stored === null ? null : (JSON.parse(stored) as Draft);
    } catch {
      return null;
    }
  },
  save(userId: Id, conversationId: Id, draft: Draft): void {
    try {
      if (draft.text === '' && draft.replyTo === null) localStorage.removeItem(key(userId, conversationId));
      else localStorage.setItem(key(userId, conversationId), JSON.stringify(draft));
    } catch {
      // Storage is full or forbidden: the draft lives as long as the page.
    }
  },
  /** Signing out leaves nothing readable behind. */
  clear(): void {
    try {
      for (const name of Object.keys(localStorage)) {
        if (name.startsWith(PREFIX)) localStorage.removeItem(name);
      }
    } catch {
      // Nothing was stored.
    }
  },
};
