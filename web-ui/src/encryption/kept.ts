// What was opened stays in this browser, sealed, so that the next page shows it at once and without asking anybody:
// the newest of every conversation, until it is deleted, expires, or one signs out.
import type { Id } from '../api/types';
import { idFromUuid } from '../crypto/encoding';
import type { Core } from './core';
import type { EnvelopeJson } from './node-api';
import { type Content, keyOf, type RawMessage } from './showing';

/** Envelopes per conversation. */
const KEPT = 300;
const GATHER_MS = 400;

interface Entry {
  /** The message to which it belongs. */
  m: Id;
  seq: number;
  /** Unix milliseconds; 0: never. */
  until: number;
  /** Something before it is missing. */
  gap?: true;
  content: Content;
}

export class Kept {
  readonly #core: Core;
  readonly #pages = new Map<Id, Promise<Map<string, Entry>>>();
  readonly #changed = new Set<Id>();
  #isWriting = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** By envelope: what was kept of a conversation. */
  page(conversation: Id): Promise<Map<string, Entry>> {
    let page = this.#pages.get(conversation);
    if (!page) {
      page = this.#load(conversation).catch(() => new Map());
      this.#pages.set(conversation, page);
    }
    return page;
  }

  async #load(conversation: Id): Promise<Map<string, Entry>> {
    const { page } = await this.#core.ask('page', { conversation: idFromUuid(conversation) });
    const now = this.#core.parts.now();
    const all = (Array.isArray(page) ? page : []) as [string, Entry][];
    return new Map(all.filter(([, { until }]) => until === 0 || until > now));
  }

  async keep(message: RawMessage, envelope: EnvelopeJson, content: Content, hasGap: boolean): Promise<void> {
    const { conversation_id, id, seq } = message;
    const page = await this.page(conversation_id);
    const until = (message.content?.envelope?.expires ?? 0) * 1_000;
    page.set(keyOf(envelope), { m: id, seq, until, content, ...(hasGap && { gap: true }) });
    this.#write(conversation_id);
  }

  /** What was missing before it has come. */
  async closeGap(conversation: Id, message: Id): Promise<void> {
    for (const entry of (await this.page(conversation)).values()) {
      if (entry.m === message) delete entry.gap;
    }
    this.#write(conversation);
  }

  async remove(conversation: Id, message: Id): Promise<void> {
    const page = await this.page(conversation);
    const gone = [...page].filter(([, { m }]) => m === message);
    for (const [key] of gone) page.delete(key);
    if (gone.length > 0) this.#write(conversation);
  }

  async forget(conversation: Id): Promise<void> {
    (await this.page(conversation)).clear();
    this.#write(conversation);
  }

  /** Nothing stays. */
  async clear(): Promise<void> {
    this.#changed.clear();
    this.#pages.clear();
    await this.#core.ask('drop_pages', {});
  }

  #write(conversation: Id): void {
    this.#changed.add(conversation);
    if (this.#isWriting) return;
    this.#isWriting = true;
    void this.#core.parts.wait(GATHER_MS).then(async () => {
      this.#isWriting = false;
      const changed = [...this.#changed];
      this.#changed.clear();
      for (const one of changed) await this.#store(one).catch(() => undefined);
    });
  }

  async #store(conversation: Id): Promise<void> {
    if (this.#core.isEnded) return;
    const page = await this.page(conversation);
    const newest = [...page].sort(([, a], [, b]) => b.seq - a.seq);
    for (const [key] of newest.splice(KEPT)) page.delete(key);
    await this.#core.ask('keep_page', {
      conversation: idFromUuid(conversation),
      page: newest.length > 0 ? newest : null,
      now: this.#core.parts.now(),
    });
  }
}
