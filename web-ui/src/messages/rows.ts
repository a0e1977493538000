// What stands in the message list, in order: days, the new-messages line, messages, those under way. Messages that
// were never meant for this reader are one row together.
import type { Message } from '../api/types';
import { sealedOf } from '../encryption/model';
import type { OutboxEntry } from '../state/outbox';

export type Row =
  | { kind: 'day'; key: string; ms: number }
  | { kind: 'line'; key: string }
  /** From here on the conversation is end-to-end encrypted. */
  | { kind: 'upgrade'; key: string }
  | { kind: 'unseen'; key: string; why: Unseen; seq: number; count: number; isFirst: boolean }
  | { kind: 'message'; key: string; message: Message; isFirst: boolean }
  | { kind: 'outgoing'; key: string; entry: OutboxEntry; isFirst: boolean };

export type Unseen = 'before_join' | 'before_reset';

/** Messages of one author within this time stand together under one name. */
const TOGETHER_MS = 5 * 60_000;

export interface RowsOf {
  messages: Message[];
  outgoing: OutboxEntry[];
  lineAfter: number | null;
  /** Nothing newer exists than what is in `messages`: messages under way come next. */
  isComplete: boolean;
  /** The number of the last message that was not encrypted yet. */
  encryptedAfter?: number | null;
}

export function rowsOf({ messages, outgoing, lineAfter, isComplete, encryptedAfter }: RowsOf): Row[] {
  const rows: Row[] = [];
  const known = new Set(messages.map((message) => message.id));
  let before: { author_id: string; created_at: number } | null = null;
  let hasLine = lineAfter === null;
  let last: Message | null = null;
  /** When the newest message that stands below a day was sent. */
  let dayMs: number | null = null;
  for (const message of messages) {
    const isUpgrade = encryptedAfter && last && last.seq <= encryptedAfter && message.seq > encryptedAfter;
    last = message;
    if (isUpgrade) {
      rows.push({ kind: 'upgrade', key: 'upgrade' });
      before = null;
    }
    const why = unseenOf(message);
    if (why) {
      addUnseen(rows, message, why);
      before = null;
      continue;
    }
    const isNewDay = dayMs === null || !isSameDay(dayMs, message.created_at);
    dayMs = message.created_at;
    if (isNewDay) rows.push({ kind: 'day', key: `day-${message.seq}`, ms: message.created_at });
    let isBroken = isNewDay || message.reply !== null;
    if (!hasLine && lineAfter !== null && message.seq > lineAfter) {
      hasLine = true;
      isBroken = true;
      rows.push({ kind: 'line', key: 'line' });
    }
    const isFirst = isBroken || !isTogether(before, message);
    rows.push({ kind: 'message', key: message.id, message, isFirst });
    before = message;
  }
  if (!isComplete) return rows;
  for (const entry of outgoing) {
    if (known.has(entry.id)) continue;
    const sent = { author_id: entry.user_id, created_at: entry.created_at };
    if (before && !isSameDay(before.created_at, sent.created_at)) {
      rows.push({ kind: 'day', key: `day-${entry.id}`, ms: sent.created_at });
      before = null;
    }
    rows.push({
      kind: 'outgoing',
      key: entry.id,
      entry,
      isFirst: entry.reply !== null || !isTogether(before, sent),
    });
    before = sent;
  }
  return rows;
}

/** Why a message was never meant for this reader; null for all others. */
export function unseenOf(message: Message): Unseen | null {
  const state = message.deleted_at === null ? sealedOf(message)?.unreadable?.state : undefined;
  return state === 'before_join' || state === 'before_reset' ? state : null;
}

function addUnseen(rows: Row[], { id, seq }: Message, why: Unseen): void {
  const last = rows.at(-1);
  if (last?.kind === 'unseen' && last.why === why) {
    // The newest one gives the place; the key stays, so that the row does not jump while more are loaded.
    rows[rows.length - 1] = { ...last, seq, count: last.count + 1 };
    return;
  }
  rows.push({ kind: 'unseen', key: `unseen-${id}`, why, seq, count: 1, isFirst: rows.length === 0 });
}

interface Authored {
  author_id: string;
  created_at: number;
}

function isTogether(before: Authored | null, next: Authored): boolean {
  return before?.author_id === next.author_id && next.created_at - before.created_at < TOGETHER_MS;
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
