import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, Unreachable } from '../api/errors';
import type { Message } from '../api/types';
import { aMessage, ME, ROOM } from '../testing/entities';
import { database } from './database';
import { Outbox, type OutboxEntry } from './outbox';

const stored = {
  save: (entry: OutboxEntry) => database.put('outbox', entry),
  remove: (id: string) => database.remove('outbox', id),
  load: () => database.all<OutboxEntry>('outbox'),
};

const text = (words: string) => ({ type: 'text', text: words }) as const;
const answer = (entry: OutboxEntry): Promise<Message> => Promise.resolve(aMessage(1, { id: entry.id }));
const states = (outbox: Outbox) =>
  outbox.entries(ROOM).map(({ content, state }) => `${content.text}: ${state}`);

async function anOutbox(send: (entry: OutboxEntry) => Promise<Message>): Promise<Outbox> {
  const outbox = new Outbox({ ...stored, send });
  await outbox.start(ME);
  return outbox;
}

beforeEach(async () => {
  vi.useRealTimers();
  await database.clear('outbox');
});

describe('outbox', () => {
  it('keeps messages while offline and sends them in order when connected', async () => {
    const sent: string[] = [];
    const outbox = await anOutbox(async (entry) => {
      sent.push(entry.content.text);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return answer(entry);
    });
    for (const words of ['one', 'two', 'three']) outbox.send(ROOM, text(words), null);
    expect(states(outbox)).toEqual(['one: pending', 'two: pending', 'three: pending']);
    outbox.setOnline(true);
    await vi.waitFor(() => expect(states(outbox)).toEqual(['one: sent', 'two: sent', 'three: sent']));
    expect(sent).toEqual(['one', 'two', 'three']);
    await vi.waitFor(async () => expect(await stored.load()).toEqual([]));
  });

  it('survives a reload and sends the same ids', async () => {
    const before = await anOutbox(() => Promise.reject(new Unreachable()));
    const first = before.send(ROOM, text('one'), null);
    const second = before.send(ROOM, text('two'), null);
    await vi.waitFor(async () => expect(await stored.load()).toHaveLength(2));

    const ids: string[] = [];
    const after = await anOutbox((entry) => {
      ids.push(entry.id);
      return answer(entry);
    });
    after.setOnline(true);
    await vi.waitFor(() => expect(ids).toEqual([first.id, second.id]));
  });

  it('leaves the messages of another user alone', async () => {
    const mine = await anOutbox(answer);
    mine.send(ROOM, text('mine'), null);
    await vi.waitFor(async () => expect(await stored.load()).toHaveLength(1));
    const theirs = new Outbox({ ...stored, send: answer });
    await theirs.start('somebody-else');
    expect(theirs.entries(ROOM)).toEqual([]);
  });

  it('a lost connection in the middle sends again with the same id', async () => {
    const ids: string[] = [];
    const outbox = await anOutbox((entry) => {
      ids.push(entry.id);
      return ids.length === 1 ? Promise.reject(new Unreachable()) : answer(entry);
    });
    vi.useFakeTimers();
    outbox.setOnline(true);
    const entry = outbox.send(ROOM, text('one'), null);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ids).toEqual([entry.id, entry.id]);
  });

  it('a refused message fails with the reason, does not hold up the next, and can be sent again', async () => {
    let isRefused = true;
    const outbox = await anOutbox((entry) =>
      isRefused && entry.content.text === 'bad'
        ? Promise.reject(new ApiError({ code: 'message.forbidden', detail: 'No.' }))
        : answer(entry),
    );
    outbox.setOnline(true);
    const bad = outbox.send(ROOM, text('bad'), null);
    outbox.send(ROOM, text('good'), null);
    await vi.waitFor(() => expect(states(outbox)).toEqual(['bad: failed', 'good: sent']));
    expect(outbox.entries(ROOM)[0]?.error).toBe('No.');
    isRefused = false;
    outbox.retry(bad.id);
    await vi.waitFor(() => expect(states(outbox)[0]).toBe('bad: sent'));
  });

  it('waits when the node asks for patience', async () => {
    let attempts = 0;
    const outbox = await anOutbox((entry) => {
      attempts += 1;
      return attempts === 1
        ? Promise.reject(new ApiError({ code: 'rate.limited', detail: 'Slow.' }))
        : answer(entry);
    });
    vi.useFakeTimers();
    outbox.setOnline(true);
    outbox.send(ROOM, text('one'), null);
    await vi.advanceTimersByTimeAsync(500);
    expect(states(outbox)).toEqual(['one: pending']);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(states(outbox)).toEqual(['one: sent']);
  });

  it('lets go of a message once its event is here, and of one that is discarded', async () => {
    const outbox = await anOutbox(answer);
    const one = outbox.send(ROOM, text('one'), null);
    const two = outbox.send(ROOM, text('two'), null);
    outbox.event({ s: ROOM, n: 1, ev: 'message.created', d: aMessage(1, { id: one.id }) });
    outbox.discard(two.id);
    expect(outbox.entries(ROOM)).toEqual([]);
    await vi.waitFor(async () => expect(await stored.load()).toEqual([]));
  });
});
