// What comes in the clear where this browser has seen encryption.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sealedOf } from '../encryption/model';
import { aMessage, ME, ROOM } from '../testing/entities';
import { edge } from './edge';
import { SeenEncrypted, seenEncrypted } from './seen-encrypted';

beforeEach(() => seenEncrypted.use(ME));
afterEach(() => {
  seenEncrypted.clear();
  seenEncrypted.use(null);
  edge.use(null);
  vi.useRealTimers();
});

it('is not shown, also while nobody is there to open anything', async () => {
  vi.useFakeTimers();
  seenEncrypted.note(ROOM, 3);
  const opening = edge.open([2, 3, 4].map((seq) => aMessage(seq)));
  await vi.advanceTimersByTimeAsync(10_000);
  const opened = await opening;
  expect(opened.map((one) => sealedOf(one)?.unreadable?.code)).toEqual([
    undefined,
    'downgraded',
    'downgraded',
  ]);
  expect(opened.map(({ content }) => content === null)).toEqual([false, true, true]);
});

it('waits like what is sealed, and is not shown either', async () => {
  vi.useFakeTimers();
  seenEncrypted.note(ROOM, 1);
  const take = vi.fn();
  expect(edge.hold({ s: ROOM, n: 1, ev: 'message.created', d: aMessage(5) }, take)).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(take.mock.calls[0]?.[0].d.content).toBeNull();
});

it('is known on the next page, and to another tab; not to another account', () => {
  seenEncrypted.note(ROOM);
  expect(seenEncrypted.since(ROOM)).toBe(Number.POSITIVE_INFINITY);
  const other = new SeenEncrypted();
  other.use(ME);
  expect(other.has(ROOM)).toBe(true);
  other.note(ROOM, 9);
  seenEncrypted.note('elsewhere', 4);
  seenEncrypted.note(ROOM, 12);
  const next = new SeenEncrypted();
  next.use(ME);
  expect([next.since(ROOM), next.since('elsewhere')]).toEqual([9, 4]);
  next.use('somebody');
  expect(next.has(ROOM)).toBe(false);
});
