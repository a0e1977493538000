// What became of a message: its edits, its reactions, its deletion, all of them messages of their own.
import type { Id } from './encoding';
import { CryptoError } from './errors';
import type { Received } from './receiving';

const EMOJI_UNITS = 64;

/** A message as it is shown. */
export interface Shown {
  message: Received;
  /** The newest edit, if there is any. */
  edit: Received | null;
  deleted: boolean;
  /** Who reacted, by emoji. */
  reactions: ReadonlyMap<string, ReadonlySet<Id>>;
}

/**
 * Applies what was sent about a message, in the order in which the node lists it. What may not be applied
 * (somebody else's edit) is left out.
 */
export function applyRevisions(message: Received, about: readonly Received[]): Shown {
  const reactions = new Map<string, Set<Id>>();
  let edit: Received | null = null;
  let deleted = false;
  for (const one of about) {
    if (one.header.target !== message.header.id) continue;
    const isAuthor = one.header.account === message.header.account;
    if (one.header.kind === 'edit' && isAuthor && isNewer(one, edit)) edit = one;
    if (one.header.kind === 'del' && isAuthor) deleted = true;
    if (one.header.kind === 'react') react(reactions, one);
  }
  return { message, edit: deleted ? null : edit, deleted, reactions: deleted ? new Map() : reactions };
}

/** Counters tell the order of one device's messages; between devices that of the node holds. */
function isNewer(one: Received, than: Received | null): boolean {
  return than === null || one.header.device !== than.header.device || one.content.n > than.content.n;
}

function react(reactions: Map<string, Set<Id>>, { header, content }: Received): void {
  let emoji: string;
  let op: 'add' | 'remove';
  try {
    emoji = content.fields.text('emoji', EMOJI_UNITS);
    if (emoji === '') return;
    op = content.fields.oneOf('op', ['add', 'remove']);
  } catch (error) {
    if (error instanceof CryptoError) return;
    throw error;
  }
  const who = reactions.get(emoji) ?? new Set();
  if (op === 'add') who.add(header.account);
  else who.delete(header.account);
  if (who.size > 0) reactions.set(emoji, who);
  else reactions.delete(emoji);
}
