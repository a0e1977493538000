import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, Unreachable } from '../api/errors';
import type { SearchPage } from '../api/types';
import { ANN, aMessage, aUser, DIRECT, ROOM, SERVER } from '../testing/entities';
import type { SearchQuery } from './api';
import { MessageSearch } from './search';

interface Asked {
  query: SearchQuery;
  signal: AbortSignal;
  answer(page: SearchPage): void;
  refuse(error: Error): void;
}

let asked: Asked[];
let remembered: string[];
let search: MessageSearch;

const last = () => asked.at(-1) as Asked;
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const found = () => search.getSnapshot().hits.map(({ message }) => message.seq);

function aResult(seqs: number[], next: string | null = null): SearchPage {
  const hits = seqs.map((seq) => ({
    message: aMessage(seq),
    fragments: [
      { text: 'text ', is_hit: false },
      { text: `${seq}`, is_hit: true },
    ],
  }));
  return { hits, users: [aUser(ANN)], next };
}

async function answered(seqs: number[], next: string | null = null): Promise<void> {
  last().answer(aResult(seqs, next));
  await wait(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  remembered = [];
  search = new MessageSearch({
    search: (query, signal) =>
      new Promise((answer, refuse) => {
        asked.push({ query, signal, answer, refuse });
      }),
    isName: (name) => name === 'bob',
    remember: (users) => remembered.push(...users.map(({ id }) => id)),
  });
  search.enter({ conversationId: ROOM, serverId: SERVER });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('typing', () => {
  it('searches a moment after the last key, in this conversation, the newest first', async () => {
    search.type('r');
    await wait(150);
    search.type('rope');
    await wait(199);
    expect(asked).toHaveLength(0);
    await wait(1);
    expect(asked.map(({ query }) => query)).toEqual([{ q: 'rope', conversation_id: ROOM, sort: 'newest' }]);
    expect(search.getSnapshot().status).toBe('searching');
    await answered([9, 4]);
    expect(found()).toEqual([9, 4]);
    expect(search.getSnapshot().status).toBe('ready');
    expect(remembered).toEqual([ANN]);
  });

  it('drops answers that come too late, and keeps the earlier hits until there are others', async () => {
    search.type('ro');
    await wait(200);
    await answered([1]);
    search.type('rop');
    await wait(200);
    const stale = last();
    search.type('rope');
    expect(stale.signal.aborted).toBe(true);
    stale.answer(aResult([2]));
    await wait(200);
    expect(found()).toEqual([1]);
    await answered([3]);
    expect(found()).toEqual([3]);
  });

  it('forgets all when nothing is left to search for', async () => {
    search.type('rope');
    await wait(200);
    const stale = last();
    search.type('from:');
    stale.answer(aResult([2]));
    await wait(500);
    expect(search.getSnapshot()).toMatchObject({ status: 'idle', hits: [], query: 'from:' });
    expect(asked).toHaveLength(1);
  });

  it('does not search for half a name', async () => {
    search.type('rope');
    await wait(200);
    search.type('rope from:');
    await wait(200);
    search.type('rope from:bo');
    await wait(200);
    search.type('rope from:bob');
    await wait(200);
    search.type('rope from:bobo ');
    await wait(200);
    expect(asked.map(({ query }) => query.q)).toEqual(['rope', 'rope from:bob', 'rope from:bobo']);
  });

  it('Enter does not wait, and takes the text as it is', () => {
    search.type('from:');
    search.submit();
    expect(last().query.q).toBe('from:');
  });
});

describe('scope and order', () => {
  it('are searched anew', async () => {
    search.type('rope');
    search.submit();
    search.narrow('server');
    expect(last().query).toEqual({ q: 'rope', server_id: SERVER, sort: 'newest' });
    search.narrow('everywhere');
    search.order('best');
    expect(last().query).toEqual({ q: 'rope', sort: 'best' });
    expect(asked.slice(0, -1).every(({ signal }) => signal.aborted)).toBe(true);
  });

  it('another conversation is searched when it is opened; everywhere stays everywhere', async () => {
    search.type('rope');
    search.submit();
    search.enter({ conversationId: 'room-2', serverId: SERVER });
    expect(last().query.conversation_id).toBe('room-2');
    search.narrow('server');
    const count = asked.length;
    search.enter({ conversationId: ROOM, serverId: SERVER });
    expect(asked).toHaveLength(count);
    search.enter({ conversationId: DIRECT, serverId: null });
    expect(search.getSnapshot().scope).toBe('everywhere');
    expect(last().query).toEqual({ q: 'rope', sort: 'newest' });
    search.enter({ conversationId: ROOM, serverId: SERVER });
    expect(asked).toHaveLength(count + 1);
  });
});

describe('pages', () => {
  it('follow each other without anything twice', async () => {
    search.type('rope');
    search.submit();
    await answered([9, 8], 'more');
    expect(search.getSnapshot().hasMore).toBe(true);
    void search.loadMore();
    void search.loadMore();
    expect(asked).toHaveLength(2);
    expect(last().query).toMatchObject({ q: 'rope', cursor: 'more' });
    await answered([8, 7]);
    expect(found()).toEqual([9, 8, 7]);
    expect(search.getSnapshot().hasMore).toBe(false);
    await search.loadMore();
    expect(asked).toHaveLength(2);
  });

  it('that fail leave what is there, and can be asked for again', async () => {
    search.type('rope');
    search.submit();
    await answered([9], 'more');
    void search.loadMore();
    last().refuse(new Unreachable());
    await wait(0);
    expect(search.getSnapshot()).toMatchObject({
      status: 'ready',
      loadingMore: false,
      error: { kind: 'away' },
    });
    search.retry();
    await answered([8]);
    expect(found()).toEqual([9, 8]);
    expect(search.getSnapshot().error).toBeNull();
  });

  it('lose a message that is deleted meanwhile', async () => {
    search.type('rope');
    search.submit();
    await answered([9, 8]);
    search.drop('message-9');
    expect(found()).toEqual([8]);
  });
});

describe('failures', () => {
  it('tell mistakes in the text from a node that is away', async () => {
    search.type('before:soon rope');
    search.submit();
    last().refuse(new ApiError({ code: 'invalid', field: 'q', detail: 'Write a day.', status: 422 }));
    await wait(0);
    expect(search.getSnapshot()).toMatchObject({
      status: 'failed',
      hits: [],
      error: { kind: 'query', text: 'Write a day.' },
    });
    search.retry();
    last().refuse(new Unreachable());
    await wait(0);
    expect(search.getSnapshot().error?.kind).toBe('away');
    search.retry();
    await answered([5]);
    expect(search.getSnapshot()).toMatchObject({ status: 'ready', error: null });
  });

  it('of the network are tried again, each time later, until the node is back', async () => {
    search.type('rope');
    search.submit();
    for (const [ms, times] of [
      [2_000, 1],
      [4_000, 2],
      [8_000, 3],
    ] as const) {
      last().refuse(new Unreachable());
      await wait(ms - 1);
      expect(asked).toHaveLength(times);
      await wait(1);
      expect(last().query.q).toBe('rope');
      expect(asked).toHaveLength(times + 1);
    }
    await answered([5]);
    expect(search.getSnapshot()).toMatchObject({ status: 'ready', error: null });
    await wait(100_000);
    expect(asked).toHaveLength(4);
  });

  it('are not tried again once something else is typed', async () => {
    search.type('rope');
    search.submit();
    last().refuse(new Unreachable());
    await wait(0);
    search.type('');
    await wait(100_000);
    expect(asked).toHaveLength(1);
  });
});
