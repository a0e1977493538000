// Conversations that this browser has itself seen encrypted, and since which message: read before anything is asked
// of the node, and not changed by anything that the node says.
import type { Id, Message } from '../api/types';

const PREFIX = 'snug.encrypted.';
/** By conversation: the number of the first message that was sealed; 0: none was seen, yet. */
type Kept = Record<Id, number>;

const key = (userId: Id) => `${PREFIX}${userId}`;

/** What is known of one account's conversations. */
export class SeenEncrypted {
  #user: Id | null = null;
  #seen = new Map<Id, number>();

  /** From now on it is about this account; null: nobody's. */
  use(userId: Id | null): void {
    if (this.#user === userId) return;
    this.#user = userId;
    this.#seen = new Map(userId === null ? [] : Object.entries(load(userId)));
  }

  has(conversationId: Id): boolean {
    return this.#seen.has(conversationId);
  }

  /** The number of the message from which on all have to be sealed; infinite while none was seen. */
  since(conversationId: Id): number {
    return this.#seen.get(conversationId) || Number.POSITIVE_INFINITY;
  }

  /** The conversation's log was seen, or a message of it opened. Answers whether that is news. */
  note(conversationId: Id, seq = 0): boolean {
    const isNew = !this.#seen.has(conversationId);
    const since = seq > 0 && seq < this.since(conversationId) ? seq : (this.#seen.get(conversationId) ?? 0);
    if (!isNew && since === this.#seen.get(conversationId)) return false;
    this.#seen.set(conversationId, since);
    if (this.#user !== null) this.#save(this.#user);
    return isNew;
  }

  /** Signed out for good. */
  clear(): void {
    this.#seen.clear();
    if (this.#user === null) return;
    try {
      localStorage.removeItem(key(this.#user));
    } catch {
      // Nothing was stored.
    }
  }

  /** Other tabs may know more. */
  #save(userId: Id): void {
    for (const [id, since] of Object.entries(load(userId))) {
      const own = this.#seen.get(id) || Number.POSITIVE_INFINITY;
      if (!this.#seen.has(id) || (since > 0 && since < own)) this.#seen.set(id, since);
    }
    try {
      localStorage.setItem(key(userId), JSON.stringify(Object.fromEntries(this.#seen)));
    } catch {
      // Storage is full or forbidden: known as long as the page lives, and again once the logs are read.
    }
  }
}

function load(userId: Id): Kept {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key(userId)) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, since]) => Number.isSafeInteger(since)));
  } catch {
    return {};
  }
}

/** Comes in the clear although nobody of the conversation can have sent that: shown without anything that it says. */
export function forged(message: Message): Message {
  const unreadable = { state: 'invalid', code: 'downgraded' };
  const sealed = { expiresAt: null, gapBefore: false, unreadable };
  return { ...message, content: null, reply: null, reactions: [], sealed } as Message;
}

/** That of whoever is signed in. */
export const seenEncrypted = new SeenEncrypted();
