// Messages between the node and the app: what comes is opened before anything else sees it, what could not be
// opened is tried again when keys come, what is sent is sealed at the last moment.
import { ApiError } from '../api/errors';
import type { Id, Mentions, Message, Reaction, Reply } from '../api/types';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import type { MessageKind } from '../crypto/envelope';
import type { CryptoCode } from '../crypto/errors';
import type { Opened } from '../crypto/requests';
import { pieces } from '../lib/mentions';
import { uuidv7 } from '../lib/uuid';
import type { Conversations } from './conversations';
import { type Core, isCode } from './core';
import type { Logs } from './logs';
import type { OpenedMessage, Sealed, Unreadable } from './model';
import type { EnvelopeJson } from './node-api';

/** More than all timelines hold together. */
const RAW_KEPT = 10_000;
const OPENED_KEPT = 20_000;
const QUOTE = 140;
const EMOJI_UNITS = 64;
const ROUNDS = 4;
/** A message that says that it is older than this is history, however it comes. */
const LIVE_MS = 120_000;

/** A message as the node has it. */
export type RawMessage = Omit<Message, 'content'> & {
  content: { type: string; text?: string; envelope?: EnvelopeJson } | null;
  about?: EnvelopeJson[];
};

type Content = Extract<Opened, { id: Bin }>;

export function envelopeOf(message: Message | RawMessage): EnvelopeJson | null {
  const { content } = message as RawMessage;
  return content?.type === 'encrypted' && content.envelope ? content.envelope : null;
}

export class Opening {
  readonly #core: Core;
  readonly #logs: Logs;
  readonly #conversations: Conversations;
  /** By message: as the node has it. */
  readonly #raw = new Map<Id, RawMessage>();
  /** By envelope: what stands in it. */
  readonly #opened = new Map<string, Content>();
  /** By conversation: the earliest sealed message that was seen; what follows has to be sealed as well. */
  readonly #firstSealed = new Map<Id, number>();
  /** By conversation: messages of which something could not be opened, yet. */
  readonly #waiting = new Map<Id, Set<Id>>();

  constructor(core: Core, logs: Logs, conversations: Conversations) {
    this.#core = core;
    this.#logs = logs;
    this.#conversations = conversations;
  }

  /** Deleted: nothing of it stays here. */
  removed({ id, conversation_id }: Pick<Message, 'id' | 'conversation_id'>): void {
    this.#raw.delete(id);
    this.#waiting.get(conversation_id)?.delete(id);
    this.#core.index?.remove(conversation_id, [id]);
  }

  isSealed(messageId: Id): boolean {
    return this.#raw.has(messageId);
  }

  rawOf(messageId: Id): RawMessage | undefined {
    return this.#raw.get(messageId);
  }

  forget(): void {
    this.#raw.clear();
    this.#opened.clear();
    this.#waiting.clear();
  }

  /** Opens messages as they came; plain ones stay as they are. `isLive`: they have just been sent. */
  async open(messages: readonly Message[], isLive = false): Promise<Message[]> {
    const sealed = messages.filter((message) => envelopeOf(message) !== null) as unknown as RawMessage[];
    for (const message of messages) if (message.content === null) this.#raw.delete(message.id);
    for (const { conversation_id, seq } of sealed) {
      const first = this.#firstSealed.get(conversation_id) ?? seq;
      this.#firstSealed.set(conversation_id, Math.min(first, seq));
    }
    for (const message of sealed) this.#keepRaw(message);
    const opened = await this.#openAll(sealed, isLive);
    const shown = messages.map((message) => opened.get(message.id) ?? this.#plain(message, isLive));
    this.#core.index?.put([...opened.values()]);
    return shown;
  }

  /** In the clear, where everything has to be sealed since some message: nobody of the conversation sent that. */
  #plain(message: Message, isLive: boolean): Message {
    const id = message.conversation_id;
    if (message.content === null || !this.#conversations.isKnown(id)) return message;
    const first = this.#firstSealed.get(id) ?? Number.POSITIVE_INFINITY;
    if (!isLive && message.seq < first) {
      if (Number.isFinite(first)) this.#conversations.setEncryptedAfter(id, first - 1);
      return message;
    }
    const sealed: Sealed = { expiresAt: null, gapBefore: false, unreadable: invalid('downgraded') };
    const hidden: OpenedMessage = { ...message, content: null, reply: null, reactions: [], sealed };
    return hidden;
  }

  #keepRaw(message: RawMessage): void {
    this.#raw.delete(message.id);
    this.#raw.set(message.id, message);
    const oldest = this.#raw.keys().next().value;
    if (this.#raw.size > RAW_KEPT && oldest !== undefined) this.#raw.delete(oldest);
  }

  async #openAll(messages: RawMessage[], isLive: boolean): Promise<Map<Id, OpenedMessage>> {
    const shown = new Map<Id, OpenedMessage>();
    const byConversation = new Map<Id, RawMessage[]>();
    for (const message of messages) {
      const group = byConversation.get(message.conversation_id);
      if (group) group.push(message);
      else byConversation.set(message.conversation_id, [message]);
    }
    for (const [id, group] of byConversation) {
      const results = await this.#openIn(id, group, isLive);
      for (const message of group) {
        const one = this.#show(message, results);
        shown.set(message.id, one);
        this.#noteWaiting(message, results);
        const expiresAt = one.sealed?.expiresAt ?? null;
        if (expiresAt !== null && one.deleted_at === null) this.#expireLater(message, expiresAt);
      }
    }
    return shown;
  }

  /** What became of every envelope, by its id. */
  async #openIn(id: Id, messages: RawMessage[], isLive: boolean): Promise<Map<string, Opened>> {
    const results = new Map<string, Opened>();
    let left: EnvelopeJson[] = [];
    for (const message of messages) {
      for (const envelope of [envelopeOf(message), ...(message.about ?? [])]) {
        if (!envelope) continue;
        const known = this.#opened.get(keyOf(envelope));
        if (known) results.set(envelope.id, known);
        else left.push(envelope);
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
        if (!('error' in one)) this.#keepOpened(envelope, one);
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

  #keepOpened(envelope: EnvelopeJson, content: Content): void {
    this.#opened.set(keyOf(envelope), content);
    const oldest = this.#opened.keys().next().value;
    if (this.#opened.size > OPENED_KEPT && oldest !== undefined) this.#opened.delete(oldest);
  }

  #noteWaiting(message: RawMessage, results: ReadonlyMap<string, Opened>): void {
    const waits = [envelopeOf(message), ...(message.about ?? [])].some((envelope) => {
      const one = envelope && results.get(envelope.id);
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
    if (messages.length === 0) return;
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
    if (!raw) return null;
    const others = (raw.about ?? []).filter(({ id }) => id !== envelope.id);
    const next: RawMessage = { ...raw, about: [...others, envelope], edited_at: editedAt ?? raw.edited_at };
    const [message] = await this.open([next as unknown as Message], true);
    return message ?? null;
  }

  #show(message: RawMessage, results: ReadonlyMap<string, Opened>): OpenedMessage {
    const envelope = envelopeOf(message);
    const { about: _, ...plain } = message;
    const base = { ...plain, content: null, reactions: [], reply: null } as unknown as OpenedMessage;
    if (!envelope) return base;
    const expiresAt = envelope.expires > 0 ? envelope.expires * 1_000 : null;
    if (expiresAt !== null && expiresAt <= this.#core.parts.now()) {
      return { ...base, deleted_at: expiresAt, sealed: { expiresAt, gapBefore: false, unreadable: null } };
    }
    const opened = results.get(envelope.id);
    const wrong = misplaced(message, envelope) ? invalid('bad_format') : unreadableOf(opened);
    const sealed: Sealed = { expiresAt, gapBefore: false, unreadable: wrong };
    if (wrong || !opened || 'error' in opened) return { ...base, edited_at: null, sealed };
    const edit = this.#edit(message, opened, results);
    const text = bodyOf(edit ?? opened);
    if (text === null || opened.type !== 'text') {
      return { ...base, edited_at: null, sealed: { ...sealed, unreadable: { state: 'newer', code: null } } };
    }
    return {
      ...base,
      content: { type: 'text', text },
      edited_at: edit ? (message.edited_at ?? message.created_at) : null,
      mentions: mentionsOf(text),
      reactions: this.#reactions(message, results),
      reply: this.#reply(opened),
      sealed,
    };
  }

  /** The edit that counts: only the author's; of one device's the newest by its own counter. */
  #edit(message: RawMessage, opened: Content, results: ReadonlyMap<string, Opened>): Content | null {
    let edit: Content | null = null;
    for (const envelope of aboutOf(message, 'edit')) {
      const one = results.get(envelope.id);
      if (!one || 'error' in one || one.account !== opened.account || bodyOf(one) === null) continue;
      if (edit === null || one.device !== edit.device || one.n > edit.n) edit = one;
    }
    return edit;
  }

  #reactions(message: RawMessage, results: ReadonlyMap<string, Opened>): Reaction[] {
    const all = new Map<string, Set<Id>>();
    for (const envelope of aboutOf(message, 'react')) {
      const one = results.get(envelope.id);
      if (!one || 'error' in one) continue;
      const { emoji, op } = one.fields;
      if (typeof emoji !== 'string' || emoji === '' || emoji.length > EMOJI_UNITS) continue;
      const who = all.get(emoji) ?? new Set<Id>();
      if (op === 'add') who.add(uuidFromId(one.account));
      else if (op === 'remove') who.delete(uuidFromId(one.account));
      all.set(emoji, who);
    }
    return [...all]
      .filter(([, who]) => who.size > 0)
      .map(([emoji, who]) => ({ emoji, count: who.size, user_ids: [...who].slice(0, 50) }));
  }

  /** What a reply quotes: the message itself where it is here, else what the sender says of it. */
  #reply({ fields }: Content): Reply | null {
    const { reply } = fields;
    if (typeof reply !== 'object' || reply === null) return null;
    const { id, account, seq, quote } = reply as Record<string, unknown>;
    const target = binOf(id);
    if (target === null) return null;
    const uuid = uuidFromId(target);
    const raw = this.#raw.get(uuid);
    const envelope = raw ? envelopeOf(raw) : null;
    const known = envelope ? (this.#opened.get(keyOf(envelope)) ?? null) : null;
    const said = typeof quote === 'string' ? quote : null;
    const excerpt = known ? bodyOf(known) : said;
    const author = known ? known.account : binOf(account);
    return {
      id: uuid,
      seq: raw?.seq ?? (Number.isSafeInteger(seq) ? (seq as number) : 0),
      author_id: author === null ? '' : uuidFromId(author),
      excerpt: excerpt?.slice(0, QUOTE) ?? null,
    };
  }

  #expireLater(message: RawMessage, expiresAt: number): void {
    const left = expiresAt - this.#core.parts.now();
    if (left > 86_400_000) return;
    void this.#core.parts.wait(left + 50).then(async () => {
      const raw = this.#raw.get(message.id);
      if (!raw || this.#core.isEnded) return;
      const [gone] = await this.open([raw as unknown as Message]);
      this.#core.index?.remove(message.conversation_id, [message.id]);
      if (gone) this.#core.parts.reopened([gone]);
    });
  }

  /** Sends a message of the outbox: sealed now, with the epoch of now. */
  async send(
    conversationId: Id,
    id: Id,
    text: string,
    reply: (Reply & { quote?: string }) | null,
  ): Promise<Message> {
    const quoted = reply && {
      id: idFromUuid(reply.id),
      account: idFromUuid(reply.author_id),
      seq: reply.seq,
      quote: (reply.excerpt ?? '').slice(0, QUOTE),
    };
    const mentions = mentionsOf(text).users.map(idFromUuid);
    const fields = {
      body: text,
      md: true,
      ...(quoted && { reply: quoted }),
      ...(mentions.length > 0 && { mentions }),
    };
    const envelope = (sealed: EnvelopeJson) => this.#core.node.sendMessage(id, conversationId, sealed);
    const message = await this.#seal(
      conversationId,
      { id, kind: 'msg', target: null, type: 'text', fields },
      envelope,
    );
    return this.#one(message);
  }

  async #one(message: Message): Promise<Message> {
    return (await this.open([message], true))[0] ?? message;
  }

  /** Edits, reacts, deletes: answers the message as it is then. */
  async tell(
    message: RawMessage,
    kind: MessageKind,
    type: string,
    fields: Record<string, unknown>,
  ): Promise<Message> {
    const target = message.id;
    const id = uuidv7();
    let sent: EnvelopeJson | null = null;
    const answer = await this.#seal(
      message.conversation_id,
      { id, kind, target, type, fields },
      (envelope) => {
        sent = envelope;
        return this.#core.node.sendEnvelope(envelope);
      },
    );
    const answered = answer as RawMessage | null;
    if (answered && answered.id === target) return this.#one(answered as unknown as Message);
    const editedAt = kind === 'edit' ? this.#core.parts.now() : null;
    const known = sent && (await this.about(target, sent, editedAt));
    return known ?? (message as unknown as Message);
  }

  async #seal<T>(
    conversationId: Id,
    draft: { id: Id; kind: MessageKind; target: Id | null; type: string; fields: Record<string, unknown> },
    post: (envelope: EnvelopeJson) => Promise<T>,
  ): Promise<T> {
    const core = this.#core;
    const conversation = idFromUuid(conversationId);
    for (let left = 5; ; left--) {
      await this.#conversations.readyToSend(conversationId);
      const retain = core.state.conversations[conversationId]?.retain_s ?? 0;
      try {
        const { envelope } = await core.ask('seal_message', {
          conversation,
          id: idFromUuid(draft.id),
          kind: draft.kind,
          target: draft.target === null ? null : idFromUuid(draft.target),
          thread: null,
          expires: retain > 0 && draft.kind === 'msg' ? core.seconds + retain : 0,
          type: draft.type,
          fields: draft.fields,
        });
        const sent = envelope as EnvelopeJson;
        const answer = await post(sent);
        this.#conversations.count(conversationId, sent.epoch);
        return answer;
      } catch (error) {
        // `locked`: the newest epoch's secret is not here yet.
        if (left === 1 || !isCode(error, 'e2ee.epoch_stale', 'e2ee_epoch_stale', 'locked')) throw error;
        await core.jitter(20, 200);
        await this.#conversations.refresh(conversationId);
        const members = core.state.conversations[conversationId]?.members ?? [];
        await this.#logs.see(
          members.map(({ user_id }) => user_id),
          true,
        );
        const isForced = left < 4 && (error instanceof ApiError || isCode(error, 'locked'));
        if (isForced) await this.#conversations.readyToSend(conversationId, true);
      }
    }
  }
}

/** The same id with another ciphertext is another message. */
const keyOf = (envelope: EnvelopeJson): string => `${envelope.id} ${envelope.ciphertext.slice(-43)}`;

/** Whether the node attached the envelope to another message than its own. */
function misplaced(message: RawMessage, envelope: EnvelopeJson): boolean {
  return (
    envelope.id !== idFromUuid(message.id) ||
    envelope.conversation_id !== idFromUuid(message.conversation_id) ||
    envelope.account !== idFromUuid(message.author_id) ||
    envelope.kind !== 'msg'
  );
}

function aboutOf(message: RawMessage, kind: MessageKind): EnvelopeJson[] {
  const target = idFromUuid(message.id);
  return (message.about ?? []).filter((one) => one.kind === kind && one.target === target);
}

function invalid(code: CryptoCode): Unreadable {
  return { state: 'invalid', code };
}

function unreadableOf(opened: Opened | undefined): Unreadable | null {
  if (!opened) return { state: 'waiting', code: null };
  if (!('error' in opened)) return null;
  const { error, because } = opened;
  if (error === 'newer') return { state: 'newer', code: error };
  if (error === 'locked') return { state: because ?? 'waiting', code: error };
  if (error === 'need_log') return { state: 'waiting', code: error };
  return invalid(error);
}

function bodyOf({ fields }: Content): string | null {
  return typeof fields.body === 'string' ? fields.body : null;
}

function binOf(value: unknown): Bin | null {
  return typeof value === 'string' && /^[\w-]{22}$/.test(value) ? (value as Bin) : null;
}

function mentionsOf(text: string): Mentions {
  const mentions: Mentions = { everyone: false, roles: [], rooms: [], users: [] };
  for (const piece of pieces(text)) {
    if (piece.kind === 'everyone') mentions.everyone = true;
    else if (piece.kind === 'user') mentions.users.push(piece.id);
    else if (piece.kind === 'role') mentions.roles.push(piece.id);
    else if (piece.kind === 'room') mentions.rooms.push(piece.id);
  }
  return mentions;
}
