// What is kept of a conversation follows its events, and stands in for the node where that can't be reached.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Unreachable } from '../api/errors';
import type { StreamEvent } from '../api/events';
import type { Message, View } from '../api/types';
import { live } from '../state/live';
import { emptyState, store } from '../state/store';
import { aMessage, ROOM } from '../testing/entities';
import { loadHistory } from './api';
import { follow, type KeptPage, keptHistory } from './kept-history';

const disk = vi.hoisted(() => new Map<string, unknown>());

vi.mock('../state/offline', () => ({
  offline: {
    pages: async () => [...disk],
    keepPage: async (id: string, page: object | null) => (page ? disk.set(id, page) : disk.delete(id)),
  },
}));
vi.mock('../state/sync', () => ({
  socket: { subscribe: () => () => undefined, getSnapshot: () => ({ state: 'online' }), isOnline: true },
}));
vi.mock('./api', () => ({ loadHistory: vi.fn(async () => Promise.reject(new Error('not asked'))) }));

const page = (...seqs: number[]): KeptPage => ({
  n: Math.max(0, ...seqs),
  messages: seqs.map((seq) => aMessage(seq)),
  hasBefore: false,
  pins: [],
  at: 0,
});
const event = (ev: string, n: number, d: unknown) => ({ s: ROOM, n, ev, d }) as StreamEvent;
const seqs = ({ messages }: { messages: Message[] }) => messages.map(({ seq }) => seq);
const view = (...numbers: number[]): Pick<View, 'history' | 'pins'> => ({
  history: { ...page(...numbers), has_before: false, has_after: false, users: [] },
  pins: [],
});
const away = async () => {
  throw new Unreachable();
};

beforeEach(() => {
  vi.useFakeTimers();
  disk.clear();
  keptHistory.forget();
  store.setState({ ...emptyState, phase: 'ready', rooms: { [ROOM]: {} as never } }, true);
});

afterEach(() => {
  vi.useRealTimers();
});

test('messages are added, changed and bounded', () => {
  let kept = page(1, 2);
  kept = follow(kept, event('message.created', 3, aMessage(3)));
  expect(seqs(kept)).toEqual([1, 2, 3]);
  kept = follow(kept, event('message.deleted', 4, { ...aMessage(2), content: null, deleted_at: 9 }));
  expect(kept.messages[1]?.content).toBeNull();
  kept = follow(kept, event('message.pinned', 5, { ...aMessage(3), pinned_at: 5 }));
  expect(kept.pins).toHaveLength(1);
  kept = follow(
    kept,
    event('reaction.added', 6, { seq: 3, reactions: [{ emoji: '👍', count: 1, user_ids: [] }] }),
  );
  expect(kept.messages[2]?.reactions).toHaveLength(1);
  for (let seq = 4; seq < 100; seq++) kept = follow(kept, event('message.created', seq + 3, aMessage(seq)));
  expect(kept.messages).toHaveLength(60);
  expect(kept.hasBefore).toBe(true);
  expect(kept.n).toBe(102);
});

test('what came while a page was on its way is part of it', async () => {
  await keptHistory.view(ROOM, null, async () => {
    live.event(event('message.created', 3, aMessage(3)));
    return view(1, 2);
  });
  live.event(event('message.created', 4, aMessage(4)));
  // A page that was asked for before it is no step back.
  await keptHistory.view(ROOM, null, async () => view(1, 2, 3));
  await vi.advanceTimersByTimeAsync(2_000);
  keptHistory.forget();
  expect(seqs((await keptHistory.view(ROOM, null, away)).history)).toEqual([1, 2, 3, 4]);
});

test('a conversation that is opened is on the disk at once, so that the next page goes on with it', async () => {
  await keptHistory.view(ROOM, null, async () => view(1, 2));
  await vi.advanceTimersByTimeAsync(0);
  expect(seqs(disk.get(ROOM) as KeptPage)).toEqual([1, 2]);
});

test('after a gap what is known changes, and what is not is asked for', async () => {
  await keptHistory.view(ROOM, null, async () => view(1, 2));
  live.event(event('message.created', 5, aMessage(5)));
  live.event(event('message.deleted', 6, { ...aMessage(2), content: null, deleted_at: 9 }));
  store.setState({ cursors: { [ROOM]: 6 } });
  vi.mocked(loadHistory).mockResolvedValueOnce({ ...view(1, 2, 3, 4, 5).history, n: 6 });
  await vi.advanceTimersByTimeAsync(2_000);
  expect((disk.get(ROOM) as KeptPage).messages.map(({ content }) => content === null)).toEqual([false, true]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(loadHistory).toHaveBeenCalledWith(ROOM, {});
  expect(seqs(disk.get(ROOM) as KeptPage)).toEqual([1, 2, 3, 4, 5]);
});

test('what was read is there when the node is not, with what came since', async () => {
  await keptHistory.view(ROOM, null, async () => view(1, 2));
  live.event(event('message.created', 3, aMessage(3)));
  live.event(event('message.created', 4, aMessage(4)));
  await vi.advanceTimersByTimeAsync(2_000);
  keptHistory.forget();
  const kept = await keptHistory.view(ROOM, null, away);
  expect(seqs(kept.history)).toEqual([1, 2, 3, 4]);
  expect(keptHistory.shown()).toEqual([ROOM]);
  expect(keptHistory.shown()).toEqual([]);
});

test('after a gap nothing is added: the page would have a hole', async () => {
  await keptHistory.view(ROOM, null, async () => view(1, 2));
  await vi.advanceTimersByTimeAsync(0);
  live.event(event('message.created', 9, aMessage(9)));
  await vi.advanceTimersByTimeAsync(0);
  expect(seqs((await keptHistory.view(ROOM, null, away)).history)).toEqual([1, 2]);
});

test('what expired is not shown and goes from the disk; what was left goes too', async () => {
  const sealed = { expiresAt: Date.now() + 1_000, gapBefore: false, unreadable: null };
  const short = { ...aMessage(2), sealed } as Message;
  disk.set(ROOM, { ...page(1), messages: [aMessage(1), short] });
  await vi.advanceTimersByTimeAsync(1_500);
  expect(seqs((await keptHistory.view(ROOM, null, away)).history)).toEqual([1]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(seqs(disk.get(ROOM) as KeptPage)).toEqual([1]);

  store.setState({ rooms: {} });
  live.event({ s: 'me', n: 1, ev: 'room.left', d: { room_id: ROOM } } as never);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(disk.size).toBe(0);
});

test('a refusal is no reason to show something old', async () => {
  disk.set(ROOM, page(1));
  const refused = new Error('no');
  await expect(keptHistory.view(ROOM, null, () => Promise.reject(refused))).rejects.toBe(refused);
  await expect(keptHistory.view('another', null, away)).rejects.toBeInstanceOf(Unreachable);
});
