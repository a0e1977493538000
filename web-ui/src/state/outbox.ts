// Messages on their way out. Each is kept in IndexedDB until the node has acknowledged it, so it survives a
// reload; its id is made here, so sending it again is harmless. In order within a conversation.
import { ApiError } from '../api/errors';
import type { StreamEvent } from '../api/events';
import type { Content, Id, Message, Reply } from '../api/types';
import { uuidv7 } from '../lib/uuid';

export interface OutboxEntry {
  id: Id;
  user_id: Id;
  conversation_id: Id;
  content: Content;
  reply: Reply | null;
  created_at: number;
  /** `sent`: acknowledged, and shown from here until the timeline has it. */
  state: 'pending' | 'sending' | 'sent' | 'failed';
  /** Why it failed. */
  error: string | null;
}

export interface OutboxParts {
  send(entry: OutboxEntry): Promise<Message>;
  save(entry: OutboxEntry): Promise<unknown>;
  remove(id: Id): Promise<unknown>;
  load(): Promise<OutboxEntry[]>;
}

const NONE: OutboxEntry[] = [];
const RATE_PAUSE_MS = 2_000;
const RETRY_MS = 3_000;
const SENT_KEPT_MS = 10_000;

export class Outbox {
  #parts: OutboxParts;
  #userId: Id = '';
  #entries: OutboxEntry[] = [];
  #byConversation = new Map<Id, OutboxEntry[]>();
  #listeners = new Set<() => void>();
  #busy = new Set<Id>();
  #isOnline = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier page left unsent. */
  async start(userId: Id): Promise<void> {
    this.#userId = userId;
    const stored = (await this.#parts.load()).filter((entry) => entry.user_id === userId);
    const known = new Set(this.#entries.map((entry) => entry.id));
    const restored = stored
      .filter((entry) => !known.has(entry.id))
      .map((entry) => (entry.state === 'failed' ? entry : { ...entry, state: 'pending' as const }));
    this.#entries = [...restored, ...this.#entries].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#changed();
    this.#sendAll();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The entries of a conversation in order; the same array until one of them changes. */
  entries(conversationId: Id): OutboxEntry[] {
    return this.#byConversation.get(conversationId) ?? NONE;
  }

  send(conversationId: Id, content: Content, reply: Reply | null): OutboxEntry {
    const entry: OutboxEntry = {
      id: uuidv7(),
      user_id: this.#userId,
      conversation_id: conversationId,
      content,
      reply,
      created_at: Date.now(),
      state: 'pending',
      error: null,
    };
    this.#entries.push(entry);
    this.#changed();
    this.#keep(entry);
    void this.#sendNext(conversationId);
    return entry;
  }

  retry(id: Id): void {
    this.#update(id, { state: 'pending', error: null });
    const entry = this.#find(id);
    if (!entry) return;
    this.#keep(entry);
    void this.#sendNext(entry.conversation_id);
  }

  discard(id: Id): void {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#changed();
    this.#parts.remove(id).catch(() => undefined);
  }

  /** Whether the connection can be used; coming online sends what is waiting. */
  setOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    if (isOnline) this.#sendAll();
  }

  /** The timeline gets the message through its stream: the copy here has served. */
  event(event: StreamEvent): void {
    if (event.ev === 'message.created' && this.#find(event.d.id)) this.discard(event.d.id);
  }

  #sendAll(): void {
    for (const id of new Set(this.#entries.map((entry) => entry.conversation_id))) void this.#sendNext(id);
  }

  async #sendNext(conversationId: Id): Promise<void> {
    if (!this.#isOnline || this.#busy.has(conversationId)) return;
    const entry = this.entries(conversationId).find(({ state }) => state === 'pending');
    if (!entry) return;
    this.#busy.add(conversationId);
    this.#update(entry.id, { state: 'sending' });
    let pauseMs = 0;
    try {
      await this.#parts.send(entry);
      this.#acknowledged(entry.id);
    } catch (error) {
      pauseMs = this.#refused(entry.id, error);
    }
    const next = () => {
      this.#busy.delete(conversationId);
      void this.#sendNext(conversationId);
    };
    if (pauseMs === 0) next();
    else setTimeout(next, pauseMs);
  }

  #acknowledged(id: Id): void {
    this.#update(id, { state: 'sent' });
    this.#parts.remove(id).catch(() => undefined);
    setTimeout(() => this.#find(id) && this.discard(id), SENT_KEPT_MS);
  }

  /** What to do after an error: how long to pause before the next attempt. */
  #refused(id: Id, error: unknown): number {
    if (!(error instanceof ApiError)) {
      this.#update(id, { state: 'pending' });
      return RETRY_MS;
    }
    if (error.code.startsWith('rate.')) {
      this.#update(id, { state: 'pending' });
      return RATE_PAUSE_MS;
    }
    this.#update(id, { state: 'failed', error: error.detail });
    const entry = this.#find(id);
    if (entry) this.#keep(entry);
    return 0;
  }

  #keep(entry: OutboxEntry): void {
    this.#parts.save(entry).catch(() => undefined);
  }

  #find(id: Id): OutboxEntry | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }

  #update(id: Id, change: Partial<OutboxEntry>): void {
    this.#entries = this.#entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
    this.#changed();
  }

  #changed(): void {
    const grouped = new Map<Id, OutboxEntry[]>();
    for (const entry of this.#entries) {
      const group = grouped.get(entry.conversation_id);
      if (group) group.push(entry);
      else grouped.set(entry.conversation_id, [entry]);
    }
    for (const [id, group] of grouped) {
      const before = this.#byConversation.get(id);
      const isSame =
        before?.length === group.length && before.every((entry, index) => entry === group[index]);
      if (before && isSame) grouped.set(id, before);
    }
    this.#byConversation = grouped;
    for (const listener of this.#listeners) listener();
  }
}
