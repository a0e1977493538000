// What stands in the message list, in order: days, the new-messages line, messages, those under way.
import type { Message } from '../api/types';
import type { OutboxEntry } from '../state/outbox';

export type Row =
  | { kind: 'day'; key: string; ms: number }
  | { kind: 'line'; key: string }
  | { kind: 'message'; key: string; message: Message; isFirst: boolean }
  | { kind: 'outgoing'; key: string; entry: OutboxEntry; isFirst: boolean };

/** Messages of one author within this time stand together under one name. */
const TOGETHER_MS = 5 * 60_000;

export interface RowsOf {
  messages: Message[];
  outgoing: OutboxEntry[];
  lineAfter: number | null;
  /** Nothing newer exists than what is in `messages`: messages under way come next. */
  isComplete: boolean;
}

export function rowsOf({ messages, outgoing, lineAfter, isComplete }: RowsOf): Row[] {
  const rows: Row[] = [];
  const known = new Set(messages.map((message) => message.id));
  let before: { author_id: string; created_at: number } | null = null;
  let hasLine = lineAfter === null;
  for (const message of messages) {
    const isNewDay = !before || !isSameDay(before.created_at, message.created_at);
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
