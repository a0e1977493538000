// Messages as they are shown: what was opened of them and of what was sent about them, put together.
import type { Id, Mentions, Message, Reaction, Reply } from '../api/types';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import type { MessageKind } from '../crypto/envelope';
import type { CryptoCode } from '../crypto/errors';
import type { Opened } from '../crypto/requests';
import { pieces } from '../lib/mentions';
import type { OpenedMessage, Sealed, Unreadable } from './model';
import type { EnvelopeJson } from './node-api';

export const QUOTE = 140;
const EMOJI_UNITS = 64;

/** A message as the node has it. */
export type RawMessage = Omit<Message, 'content'> & {
  content: { type: string; text?: string; envelope?: EnvelopeJson } | null;
  about?: EnvelopeJson[];
};

export type Content = Extract<Opened, { id: Bin }>;
/** What became of envelopes, by their ids. */
export type Results = ReadonlyMap<string, Opened>;

/** What else has to be known to show a message. */
export interface Place {
  /** Unix milliseconds. */
  now: number;
  hasGap(messageId: Id): boolean;
  rawOf(messageId: Id): RawMessage | undefined;
  contentOf(envelope: EnvelopeJson): Content | undefined;
}

export function envelopeOf(message: Message | RawMessage): EnvelopeJson | null {
  const { content } = message as RawMessage;
  return content?.type === 'encrypted' && content.envelope ? content.envelope : null;
}

/** What was opened counts for this header and no other: whatever the node alters makes it another message. */
export function keyOf(envelope: EnvelopeJson): string {
  const { suite, conversation_id, epoch, id, account, device, sender_key, kind, target, thread, expires } =
    envelope;
  const header = [
    suite,
    conversation_id,
    epoch,
    id,
    account,
    device,
    sender_key,
    kind,
    target,
    thread,
    expires,
  ];
  return `${header.join(' ')} ${envelope.ciphertext.slice(-43)}`;
}

export function shown(message: RawMessage, results: Results, place: Place): OpenedMessage {
  const envelope = envelopeOf(message);
  const { about: _, ...plain } = message;
  const base = { ...plain, content: null, reactions: [], reply: null } as unknown as OpenedMessage;
  if (!envelope) return base;
  const expiresAt = envelope.expires > 0 ? envelope.expires * 1_000 : null;
  if (expiresAt !== null && expiresAt <= place.now) {
    return { ...base, deleted_at: expiresAt, sealed: { expiresAt, gapBefore: false, unreadable: null } };
  }
  const opened = results.get(envelope.id);
  const wrong = misplaced(message, envelope) ? invalid('bad_format') : unreadableOf(opened);
  const sealed: Sealed = { expiresAt, gapBefore: place.hasGap(message.id), unreadable: wrong };
  if (wrong || !opened || 'error' in opened) return { ...base, edited_at: null, sealed };
  const edit = editOf(message, opened, results);
  const text = bodyOf(edit ?? opened);
  if (text === null || opened.type !== 'text') {
    return { ...base, edited_at: null, sealed: { ...sealed, unreadable: { state: 'newer', code: null } } };
  }
  return {
    ...base,
    content: { type: 'text', text },
    edited_at: edit ? (message.edited_at ?? message.created_at) : null,
    mentions: mentionsOf(text),
    reactions: reactionsOf(message, results),
    reply: replyOf(opened, place),
    sealed,
  };
}

/** The edit that counts: only the author's; of one device's the newest by its own counter. */
function editOf(message: RawMessage, opened: Content, results: Results): Content | null {
  let edit: Content | null = null;
  for (const envelope of aboutOf(message, 'edit')) {
    const one = results.get(envelope.id);
    if (!one || 'error' in one || one.account !== opened.account || bodyOf(one) === null) continue;
    if (edit === null || one.device !== edit.device || one.n > edit.n) edit = one;
  }
  return edit;
}

function reactionsOf(message: RawMessage, results: Results): Reaction[] {
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
function replyOf({ fields }: Content, place: Place): Reply | null {
  const { reply } = fields;
  if (typeof reply !== 'object' || reply === null) return null;
  const { id, account, seq, quote } = reply as Record<string, unknown>;
  const target = binOf(id);
  if (target === null) return null;
  const uuid = uuidFromId(target);
  const raw = place.rawOf(uuid);
  const envelope = raw ? envelopeOf(raw) : null;
  const known = envelope ? (place.contentOf(envelope) ?? null) : null;
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

export function mentionsOf(text: string): Mentions {
  const mentions: Mentions = { everyone: false, roles: [], rooms: [], users: [] };
  for (const piece of pieces(text)) {
    if (piece.kind === 'everyone') mentions.everyone = true;
    else if (piece.kind === 'user') mentions.users.push(piece.id);
    else if (piece.kind === 'role') mentions.roles.push(piece.id);
    else if (piece.kind === 'room') mentions.rooms.push(piece.id);
  }
  return mentions;
}
