import { describe, expect, it } from 'vitest';
import type { OutboxEntry } from '../state/outbox';
import { aMessage, ME, ROOM } from '../testing/entities';
import { rowsOf } from './rows';

const NOON = new Date(2026, 4, 4, 12).getTime();
const MINUTE = 60_000;
const at = (minutes: number) => ({ created_at: NOON + minutes * MINUTE });
const draw = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => ('isFirst' in row ? `${row.key}${row.isFirst ? '*' : ''}` : row.kind));

const entry: OutboxEntry = {
  id: 'new',
  user_id: ME,
  conversation_id: ROOM,
  content: { type: 'text', text: 'hi' },
  reply: null,
  created_at: NOON + 3 * MINUTE,
  state: 'pending',
  error: null,
};

describe('rows', () => {
  it('groups by author within five minutes', () => {
    const messages = [
      aMessage(1, at(0)),
      aMessage(2, at(4)),
      aMessage(3, at(10)),
      aMessage(4, { ...at(11), author_id: ME }),
    ];
    const rows = rowsOf({ messages, outgoing: [], lineAfter: null, isComplete: true });
    expect(draw(rows)).toEqual(['day', 'message-1*', 'message-2', 'message-3*', 'message-4*']);
  });

  it('separates days and marks where the unread ones begin', () => {
    const messages = [aMessage(1, at(0)), aMessage(2, at(1)), aMessage(3, at(24 * 60))];
    const rows = rowsOf({ messages, outgoing: [], lineAfter: 1, isComplete: true });
    expect(draw(rows)).toEqual(['day', 'message-1*', 'line', 'message-2*', 'day', 'message-3*']);
  });

  it('a reply stands by itself', () => {
    const reply = { id: 'message-1', seq: 1, author_id: ME, excerpt: 'x' };
    const messages = [aMessage(1, at(0)), aMessage(2, { ...at(1), reply })];
    const rows = rowsOf({ messages, outgoing: [], lineAfter: null, isComplete: true });
    expect(draw(rows)).toEqual(['day', 'message-1*', 'message-2*']);
  });

  it('puts what is under way last, once, and only after the newest message', () => {
    const messages = [aMessage(1, { ...at(1), author_id: ME })];
    const rows = (change: object) =>
      draw(rowsOf({ messages, outgoing: [entry], lineAfter: null, isComplete: true, ...change }));
    expect(rows({})).toEqual(['day', 'message-1*', 'new']);
    expect(rows({ isComplete: false })).toEqual(['day', 'message-1*']);
    expect(rows({ messages: [aMessage(1, { ...at(1), id: 'new' })] })).toEqual(['day', 'new*']);
  });
});

it('messages that were never meant for this reader are one row, and the upgrade has a line', () => {
  const unseen = (seq: number, state: 'before_join' | 'before_reset') => ({
    ...aMessage(seq),
    content: null,
    sealed: { expiresAt: null, gapBefore: false, unreadable: { state, code: null } },
  });
  const messages = [
    aMessage(1),
    unseen(2, 'before_join'),
    unseen(3, 'before_join'),
    unseen(4, 'before_reset'),
    aMessage(5),
    aMessage(6),
  ];
  const rows = rowsOf({ messages, outgoing: [], lineAfter: null, isComplete: true, encryptedAfter: 1 });
  expect(rows.map((row) => ('count' in row ? `${row.kind} ${row.count} ${row.seq}` : row.kind))).toEqual([
    'day',
    'message',
    'upgrade',
    'unseen 2 3',
    'unseen 1 4',
    'message',
    'message',
  ]);
});
