// The rules for cursors, against a node that is played by the test.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, Unreachable } from '../api/errors';
import type { Sync } from '../api/types';
import { aMessage, aReadState, aSync, DIRECT, ME, ROOM, SERVER } from '../testing/entities';
import { FakeWebSocket } from '../testing/fake-socket';
import { live } from './live';
import { loadSync } from './load';
import { unreadOf } from './selectors';
import { emptyState, store } from './store';
import { outbox, startSync, stopSync } from './sync';

const node = vi.hoisted(() => ({ sync: vi.fn<() => Promise<unknown>>(), forget: vi.fn() }));
const device = vi.hoisted(() => ({ status: 'signed-in', kept: null as unknown }));

vi.mock('../api/http', () => ({ api: { GET: () => node.sync() }, take: (answer: unknown) => answer }));
vi.mock('../api/session', () => ({
  session: {
    userId: 'me',
    getSnapshot: () => ({ status: device.status }),
    freshToken: async () => 'token',
    refresh: async () => 'token',
    forget: node.forget,
  },
}));
vi.mock('./offline', () => ({
  offline: { use: () => undefined, state: async () => device.kept, clear: async () => undefined },
}));
vi.mock('./database', () => ({
  database: { put: async () => undefined, remove: async () => undefined, all: async () => [] },
}));

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const created = (n: number) => ({ s: ROOM, n, ev: 'message.created', d: aMessage(n) });
const upTo = (n: number): Sync => ({
  ...aSync(),
  read_states: [aReadState(ROOM, { last_seq: n }), aReadState(DIRECT)],
  streams: { ...aSync().streams, [ROOM]: n },
});
const cursor = () => store.getState().cursors[ROOM];
const unread = () => unreadOf(store.getState().readStates[ROOM]);

const reloaded: string[][] = [];
const applied: number[] = [];
live.listen({
  reload: (streams) => reloaded.push([...streams].sort()),
  event: (event) => applied.push(event.n),
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeWebSocket);
  FakeWebSocket.all = [];
  reloaded.length = 0;
  applied.length = 0;
  node.forget.mockReset();
  Object.assign(device, { status: 'signed-in', kept: null });
  node.sync.mockReset().mockImplementation(async () => aSync());
});

afterEach(() => {
  stopSync();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function connected(answer: object = {}): Promise<FakeWebSocket> {
  await wait(0);
  const fake = FakeWebSocket.last;
  fake.open();
  await wait(0);
  fake.answer('hello', { streams: aSync().streams, reload: [], gone: [], ...answer });
  await wait(0);
  return fake;
}

async function started(answer?: object): Promise<FakeWebSocket> {
  void startSync();
  return connected(answer);
}

describe('the beginning', () => {
  it('loads everything, then says hello with the cursors of that', async () => {
    node.sync.mockImplementation(async () => upTo(7));
    const fake = await started();
    expect(store.getState().phase).toBe('ready');
    expect(fake.frames('hello')[0]?.d.cursors).toEqual({ [ME]: 0, [SERVER]: 0, [ROOM]: 7, [DIRECT]: 0 });
  });

  it('is tried again until the node answers', async () => {
    node.sync.mockRejectedValueOnce(new Unreachable());
    void startSync();
    await wait(0);
    expect(store.getState().phase).toBe('failed');
    expect(FakeWebSocket.all).toHaveLength(0);
    await wait(4_000);
    expect(store.getState().phase).toBe('ready');
  });
});

describe('an event', () => {
  it('that is next is applied and passed on, one that is known is not', async () => {
    const fake = await started();
    fake.receive(created(1));
    fake.receive(created(1));
    fake.receive(created(2));
    expect(cursor()).toBe(2);
    expect(unread()).toBe(2);
    expect(applied).toEqual([1, 2]);
    expect(fake.frames('resume')).toEqual([]);
  });

  it('of an unknown stream is ignored', async () => {
    const fake = await started();
    fake.receive({ ...created(1), s: 'elsewhere' });
    expect(applied).toEqual([]);
    expect(fake.frames('resume')).toEqual([]);
  });

  it('after a gap is dropped, and what is missing asked for once', async () => {
    const fake = await started();
    fake.receive(created(1));
    fake.receive(created(4));
    fake.receive(created(5));
    expect(cursor()).toBe(1);
    expect(fake.frames('resume').map(({ d }) => d)).toEqual([{ cursors: { [ROOM]: 1 } }]);
    fake.answer('resume', { streams: { [ROOM]: 5 }, reload: [], gone: [] });
    for (const n of [2, 3, 4, 5]) fake.receive(created(n));
    await wait(5_000);
    expect(applied).toEqual([1, 2, 3, 4, 5]);
    expect(unread()).toBe(5);
    expect(fake.frames('resume')).toHaveLength(1);
  });

  it('after another gap is asked for again', async () => {
    const fake = await started();
    fake.receive(created(2));
    fake.answer('resume', { streams: { [ROOM]: 2 }, reload: [], gone: [] });
    await wait(0);
    fake.receive(created(1));
    fake.receive(created(2));
    fake.receive(created(4));
    expect(fake.frames('resume')).toHaveLength(2);
  });

  it('that was announced and did not come is asked for', async () => {
    const fake = await started({ streams: { ...aSync().streams, [ROOM]: 2 } });
    await wait(2_900);
    expect(fake.frames('resume')).toEqual([]);
    await wait(200);
    expect(fake.frames('resume').map(({ d }) => d)).toEqual([{ cursors: { [ROOM]: 0 } }]);
  });

  it('of a stream that was announced and is not known leads to a new load', async () => {
    await started({ streams: { ...aSync().streams, 'room-new': 1 } });
    expect(node.sync).toHaveBeenCalledTimes(1);
    await wait(3_100);
    expect(node.sync).toHaveBeenCalledTimes(2);
  });
});

describe('a gap that is too large', () => {
  it('loads everything again and drops the cached messages of its streams', async () => {
    node.sync.mockImplementationOnce(async () => upTo(3)).mockImplementation(async () => upTo(900));
    const fake = await started({ streams: { [ROOM]: 900 }, reload: [ROOM] });
    expect(reloaded[0]).toEqual([ROOM]);
    expect(node.sync).toHaveBeenCalledTimes(2);
    expect(cursor()).toBe(900);
    expect(unread()).toBe(900);
    // What came while the answer was under way is not in it.
    expect(fake.frames('resume').at(-1)?.d).toEqual({ cursors: upTo(900).streams });
  });

  it('is not forgotten when the load fails', async () => {
    node.sync.mockImplementationOnce(async () => upTo(3)).mockRejectedValueOnce(new Unreachable());
    await started({ streams: { [ROOM]: 900 }, reload: [ROOM] });
    expect(cursor()).toBe(3);
    node.sync.mockImplementation(async () => upTo(900));
    await wait(4_000);
    expect(cursor()).toBe(900);
  });

  it('loses nothing that arrives during the load', async () => {
    let answer: (sync: Sync) => void = () => undefined;
    const fake = await started();
    node.sync.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    fake.receive(created(2));
    fake.answer('resume', { streams: { [ROOM]: 2 }, reload: [ROOM], gone: [] });
    await wait(0);
    fake.receive(created(1));
    expect(cursor()).toBe(1);
    answer(upTo(0));
    await wait(0);
    expect(cursor()).toBe(0);
    expect(fake.frames('resume').at(-1)?.d.cursors).toMatchObject({ [ROOM]: 0 });
    fake.answer('resume', { streams: { [ROOM]: 2 }, reload: [], gone: [] });
    fake.receive(created(1));
    fake.receive(created(2));
    expect(unread()).toBe(2);
  });
});

it('forgets streams that are gone', async () => {
  const { [ROOM]: _, ...streams } = aSync().streams;
  const [server] = aSync().servers;
  const without: Sync = {
    ...aSync(),
    servers: server ? [{ ...server, rooms: [] }] : [],
    read_states: [aReadState(DIRECT)],
    streams,
  };
  node.sync.mockImplementationOnce(async () => aSync()).mockImplementation(async () => without);
  await started({ streams, gone: [ROOM, 'never-known'] });
  const state = store.getState();
  expect(state.rooms).toEqual({});
  expect(state.cursors).toEqual(streams);
  expect(state.readStates[ROOM]).toBeUndefined();
  expect(node.sync).toHaveBeenCalledTimes(2);
});

it('says hello with what it has when the node was away, and the outbox waits meanwhile', async () => {
  const online = vi.spyOn(outbox, 'setOnline');
  const fake = await started();
  expect(online).toHaveBeenLastCalledWith(true);
  fake.receive(created(1));
  fake.end(1012);
  expect(online).toHaveBeenLastCalledWith(false);
  await wait(3_000);
  const next = await connected();
  expect(next.frames('hello')[0]?.d.cursors).toMatchObject({ [ROOM]: 1 });
  expect(online).toHaveBeenLastCalledWith(true);
  expect(node.sync).toHaveBeenCalledTimes(1);
});

it('a session that has ended is forgotten', async () => {
  const fake = await started();
  fake.end(4001);
  await wait(0);
  FakeWebSocket.last.end(4001);
  expect(node.forget).toHaveBeenCalledOnce();
});

it('people stop typing by themselves after a while', async () => {
  const fake = await started();
  fake.receive({ ev: 'typing.start', d: { conversation_id: ROOM, user_id: 'user-ann' } });
  await wait(7_000);
  expect(Object.keys(store.getState().typing[ROOM] ?? {})).toEqual(['user-ann']);
  await wait(2_000);
  expect(store.getState().typing[ROOM]).toEqual({});
});

it('nothing of a session stays when it is over', async () => {
  const fake = await started();
  fake.receive(created(1));
  stopSync();
  expect(store.getState()).toMatchObject({ phase: 'loading', me: null, servers: {}, cursors: {} });
  expect(fake.closedWith).toBe(1000);
});

describe('without the node', () => {
  const keep = () => {
    const { me, rooms, readStates, cursors } = loadSync(emptyState, upTo(3));
    device.kept = { me, rooms, readStates, cursors };
  };

  it('begins with what this device has, and loads everything once the node is back', async () => {
    keep();
    device.status = 'away';
    await startSync();
    expect(node.sync).not.toHaveBeenCalled();
    expect(store.getState()).toMatchObject({ phase: 'ready', isKept: true });
    expect(cursor()).toBe(3);
    node.sync.mockImplementation(async () => upTo(3));
    await connected({ streams: {} });
    expect(store.getState()).toMatchObject({ phase: 'ready', isKept: false });
    expect(reloaded.at(-1)).toContain(ROOM);
  });

  it('goes on with it when the node goes away in between', async () => {
    keep();
    node.sync.mockRejectedValue(new Unreachable());
    await startSync();
    expect(store.getState()).toMatchObject({ phase: 'ready', isKept: true });
  });

  it('shows nothing old where the node refuses', async () => {
    keep();
    node.sync.mockRejectedValue(new ApiError({ code: 'rate.limited', detail: 'Slow down.' }));
    await startSync();
    expect(store.getState()).toMatchObject({ phase: 'failed', isKept: false });
  });
});
