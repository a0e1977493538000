// Messages that come from the node: opened before anything else sees them; what could not be opened is tried again
// when keys come.
import type { Id, Message } from '../api/types';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import type { CryptoCode } from '../crypto/errors';
import type { Opened } from '../crypto/requests';
import { forged } from '../state/seen-encrypted';
import type { Conversations } from './conversations';
import { type Core, isCode } from './core';
import { Expiry } from './expiry';
import { Gaps } from './gaps';
import { Kept } from './kept';
import type { Logs } from './logs';
import type { OpenedMessage } from './model';
import type { EnvelopeJson } from './node-api';
import { type Content, envelopeOf, keyOf, type Place, type RawMessage, type Results, shown } from './showing';

/** More than all timelines hold together. */
const RAW_KEPT = 10_000;
const OPENED_KEPT = 20_000;
const ROUNDS = 4;
/** A message that says that it is older than this is history, however it comes. */
const LIVE_MS = 120_000;

export class Opening {
  readonly #core: Core;
  readonly #logs: Logs;
  readonly #conversations: Conversations;
  /** By message: as the node has it. */
  readonly #raw = new Map<Id, RawMessage>();
  /** By envelope: what stands in it. */
  readonly #opened = new Map<string, Content>();
  /** By conversation: the earliest sealed message that was shown here, whether it opens or not. */
  readonly #firstSealed = new Map<Id, number>();
  /** By conversation: messages of which something could not be opened, yet. */
  readonly #waiting = new Map<Id, Set<Id>>();
  readonly #expiry: Expiry;
  readonly #place: Place;
  readonly kept: Kept;
  readonly gaps = new Gaps();

  constructor(core: Core, logs: Logs, conversations: Conversations) {
    this.#core = core;
    this.#logs = logs;
    this.#conversations = conversations;
    this.#expiry = new Expiry(core, (ids) => this.#expired(ids));
    this.kept = new Kept(core);
    const [raw, opened, { gaps }] = [this.#raw, this.#opened, this];
    this.#place = {
      get now() {
        return core.parts.now();
      },
      hasGap: (id) => gaps.has(id),
      rawOf: (id) => raw.get(id),
      contentOf: (envelope) => opened.get(keyOf(envelope)),
    };
  }

  /** Deleted: nothing of it stays here. */
  removed({ id, conversation_id }: Pick<Message, 'id' | 'conversation_id'>): void {
    const raw = this.#raw.get(id);
    for (const envelope of raw ? envelopesOf(raw) : []) this.#opened.delete(keyOf(envelope));
    this.#raw.delete(id);
    this.#waiting.get(conversation_id)?.delete(id);
    void this.kept.remove(conversation_id, id).catch(() => undefined);
    this.#core.index?.remove(conversation_id, [id]);
  }

  /** The node says that a message is deleted. */
  deleted({ id, conversation_id, author_id }: Pick<Message, 'id' | 'conversation_id' | 'author_id'>): void {
    if (this.#raw.has(id)) this.gaps.deleted(conversation_id, idFromUuid(author_id));
    this.removed({ id, conversation_id });
  }

  /** Events were missed. */
  outdate(): void {
    this.gaps.outdate();
  }

  /** A conversation that one left. */
  forgetConversation(id: Id): void {
    for (const raw of [...this.#raw.values()]) {
      if (raw.conversation_id === id) this.removed(raw);
    }
    void this.kept.forget(id).catch(() => undefined);
    this.#core.index?.forget(id);
  }

  rawOf(messageId: Id): RawMessage | undefined {
    return this.#raw.get(messageId);
  }

  forget(): void {
    this.#raw.clear();
    this.#opened.clear();
    this.#waiting.clear();
    this.gaps.forget();
  }

  /** Opens messages that were opened here before, without waiting for anything; null: others have to be asked. */
  async openKept(messages: readonly Message[]): Promise<Message[] | null> {
    for (const message of messages) {
      const raw = message as unknown as RawMessage;
      if (!envelopeOf(message)) continue;
      const page = await this.kept.page(message.conversation_id);
      const isHere = (envelope: EnvelopeJson) => {
        const key = keyOf(envelope);
        return this.#opened.has(key) || page.has(key);
      };
      if (!envelopesOf(raw).every(isHere)) return null;
    }
    return this.open(messages);
  }

  /** Opens messages as they came; plain ones stay as they are. `isLive`: they have just been sent. */
  async open(messages: readonly Message[], isLive = false): Promise<Message[]> {
    const sealed = messages.filter((message) => envelopeOf(message) !== null) as unknown as RawMessage[];
    for (const message of messages) if (message.content === null) this.removed(message);
    for (const { conversation_id, seq } of sealed) {
      this.#firstSealed.set(conversation_id, Math.min(this.#firstSealed.get(conversation_id) ?? seq, seq));
    }
    for (const message of sealed) this.#keepRaw(message);
    const opened = await this.#openAll(sealed, isLive);
    this.#core.index?.put([...opened.values()]);
    return messages.map((message) => opened.get(message.id) ?? this.#plain(message, isLive));
  }

  /** In the clear, where everything has to be sealed since some message: nobody of the conversation sent that. */
  #plain(message: Message, isLive: boolean): Message {
    const id = message.conversation_id;
    const { seen } = this.#core.parts;
    if (message.content === null || !seen.has(id)) return message;
    const since = Math.min(seen.since(id), this.#firstSealed.get(id) ?? Number.POSITIVE_INFINITY);
    if (isLive || message.seq >= since) return forged(message);
    this.#conversations.plainUntil(id, Number.isFinite(since) ? since - 1 : message.seq);
    return message;
  }

  #keepRaw(message: RawMessage): void {
    this.#raw.delete(message.id);
    this.#raw.set(message.id, message);
    const oldest = this.#raw.keys().next().value;
    if (this.#raw.size > RAW_KEPT && oldest !== undefined) this.#raw.delete(oldest);
  }

  async #openAll(messages: RawMessage[], isLive: boolean): Promise<Map<Id, OpenedMessage>> {
    const all = new Map<Id, OpenedMessage>();
    const byConversation = new Map<Id, RawMessage[]>();
    for (const message of messages) {
      const group = byConversation.get(message.conversation_id);
      if (group) group.push(message);
      else byConversation.set(message.conversation_id, [message]);
    }
    for (const [id, group] of byConversation) {
      const results = await this.#openIn(id, group, isLive);
      for (const message of group) {
        const one = shown(message, results, this.#place);
        all.set(message.id, one);
        this.#noteWaiting(message, results);
        const expiresAt = one.sealed?.expiresAt ?? null;
        if (expiresAt !== null && one.deleted_at === null) this.#expiry.at(message.id, expiresAt);
        else if (expiresAt !== null) this.removed(message);
      }
    }
    return all;
  }

  /** What became of every envelope, by its id. */
  async #openIn(id: Id, messages: RawMessage[], isLive: boolean): Promise<Map<string, Opened>> {
    const results = new Map<string, Opened>();
    let left: EnvelopeJson[] = [];
    const owners = new Map<EnvelopeJson, RawMessage>();
    const page = await this.kept.page(id);
    for (const message of messages) {
      for (const envelope of envelopesOf(message)) {
        const entry = page.get(keyOf(envelope));
        const opened = this.#opened.get(keyOf(envelope));
        if (entry?.gap && !opened) this.gaps.remember(message.id);
        const known = opened ?? entry?.content;
        if (known) {
          results.set(envelope.id, known);
          this.#keepOpened(envelope, known);
          continue;
        }
        left.push(envelope);
        owners.set(envelope, message);
      }
    }
    if (left.length === 0) return results;
    try {
      await this.#conversations.prepare(id);
    } catch (error) {
      const code: CryptoCode = isCode(error, 'newer') ? 'newer' : 'locked';
      for (const envelope of left) results.set(envelope.id, { error: code, because: 'waiting' });
      return results;
    }
    const now = this.#core.seconds;
    const isFresh = messages.every(({ created_at }) => this.#core.parts.now() - created_at < LIVE_MS);
    for (let round = 0; round < ROUNDS && left.length > 0; round++) {
      const live = isLive && isFresh ? now : null;
      const { messages: opened } = await this.#core.ask('open_messages', { envelopes: left, live });
      const again: EnvelopeJson[] = [];
      const needs = new Set<string>();
      for (const [index, envelope] of left.entries()) {
        const one = opened[index];
        if (!one) continue;
        results.set(envelope.id, one);
        if (!('error' in one)) this.#take(owners.get(envelope), envelope, one, isLive);
        else if (one.error === 'need_log') {
          needs.add(one.needs ?? '');
          again.push(envelope);
        } else this.#alarm(id, envelope, one.error);
      }
      left = again;
      if (left.length > 0 && round + 1 < ROUNDS) await this.#fetch(id, needs);
    }
    return results;
  }

  async #fetch(id: Id, needs: Set<string>): Promise<void> {
    try {
      for (const whose of needs) {
        if (whose === '') await this.#conversations.refresh(id);
        else await this.#logs.fetch(uuidFromId(whose as Bin));
      }
    } catch {
      // What is missing stays so; it is tried again with the next message.
    }
  }

  /** A sender who saw another log than the one here: the node shows different people different ones. */
  #alarm(id: Id, envelope: EnvelopeJson, code: CryptoCode): void {
    if (code !== 'log_fork' && code !== 'downgraded') return;
    this.#core.alarm(code, { conversation_id: id }, { envelope });
    void this.#conversations.showAll();
  }

  /** Something was opened for the first time here. */
  #take(message: RawMessage | undefined, envelope: EnvelopeJson, content: Content, isLive: boolean): void {
    this.#keepOpened(envelope, content);
    if (!message) return;
    this.#core.parts.seen.note(message.conversation_id, message.seq);
    this.count(message.conversation_id, content, envelope.kind === 'msg' ? message.id : null, isLive);
    void this.kept.keep(message, envelope, content, this.gaps.has(message.id)).catch(() => undefined);
  }

  /** Every device counts what it sends; `message`: null for what is none. */
  count(conversation: Id, content: Content, message: Id | null, isLive: boolean): void {
    if (content.account === this.#core.me) return;
    const filled = this.gaps.note(conversation, content, message, isLive);
    const raws = filled.map((id) => this.#raw.get(id)).filter((raw) => raw !== undefined);
    for (const raw of raws) void this.#closed(raw).catch(() => undefined);
  }

  async #closed(raw: RawMessage): Promise<void> {
    await this.kept.closeGap(raw.conversation_id, raw.id);
    await this.#again([raw]);
  }

  #keepOpened(envelope: EnvelopeJson, content: Content): void {
    this.#opened.set(keyOf(envelope), content);
    const oldest = this.#opened.keys().next().value;
    if (this.#opened.size > OPENED_KEPT && oldest !== undefined) this.#opened.delete(oldest);
  }

  #noteWaiting(message: RawMessage, results: Results): void {
    const waits = envelopesOf(message).some((envelope) => {
      const one = results.get(envelope.id);
      return one && 'error' in one && (one.error === 'need_log' || one.error === 'locked');
    });
    const set = this.#waiting.get(message.conversation_id) ?? new Set();
    if (waits) set.add(message.id);
    else set.delete(message.id);
    this.#waiting.set(message.conversation_id, set);
  }

  /** Keys have come: tries again what could not be opened. */
  async again(id: Id): Promise<void> {
    const waiting = [...(this.#waiting.get(id) ?? [])];
    const messages = waiting.map((one) => this.#raw.get(one)).filter((one) => one !== undefined);
    if (messages.length > 0) await this.#again(messages);
  }

  async #again(messages: RawMessage[]): Promise<void> {
    const opened = await this.#openAll(messages, false);
    this.#core.index?.put([...opened.values()]);
    this.#core.parts.reopened([...opened.values()]);
  }

  againEverywhere(): void {
    for (const id of this.#waiting.keys()) void this.again(id).catch(() => undefined);
  }

  /** Something about a message has come; answers the message as it is now, if it is known here. */
  async about(messageId: Id, envelope: EnvelopeJson, editedAt: number | null): Promise<Message | null> {
    const raw = this.#raw.get(messageId);
    if (!raw) {
      await this.#countOnly(uuidFromId(envelope.conversation_id as Bin), envelope);
      return null;
    }
    const others = (raw.about ?? []).filter(({ id }) => id !== envelope.id);
    const next: RawMessage = { ...raw, about: [...others, envelope], edited_at: editedAt ?? raw.edited_at };
    const [message] = await this.open([next as unknown as Message], true);
    return message ?? null;
  }

  /** About a message that is not loaded: only its number matters. */
  async #countOnly(conversation: Id, envelope: EnvelopeJson): Promise<void> {
    if (!this.gaps.follows(conversation, envelope.device)) return;
    const { messages } = await this.#core.ask('open_messages', { envelopes: [envelope], live: null });
    const [one] = messages;
    if (one && !('error' in one)) this.count(conversation, one, null, true);
  }

  /** Their time has come, whether the node deletes them or not. */
  #expired(ids: Id[]): void {
    const gone: OpenedMessage[] = [];
    for (const id of ids) {
      const raw = this.#raw.get(id);
      if (!raw) continue;
      gone.push(shown(raw, new Map(), this.#place));
      this.removed({ id, conversation_id: raw.conversation_id });
    }
    if (gone.length > 0) this.#core.parts.reopened(gone);
  }
}

/** A message and what was sent about it. */
function envelopesOf(message: RawMessage): EnvelopeJson[] {
  const envelope = envelopeOf(message);
  return [...(envelope ? [envelope] : []), ...(message.about ?? [])];
}
