import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWebSocket } from '../testing/fake-socket';
import { ApiError, Unreachable } from './errors';
import { Socket, type SocketOwner } from './socket';

const nothing = { streams: {}, reload: [], gone: [] };
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

let owner: { [Key in keyof SocketOwner]: ReturnType<typeof vi.fn<SocketOwner[Key]>> };
let socket: Socket;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeWebSocket);
  FakeWebSocket.all = [];
  owner = {
    token: vi.fn<SocketOwner['token']>(async () => 'token'),
    cursors: vi.fn<SocketOwner['cursors']>(() => ({ a: 3 })),
    isIdle: vi.fn<SocketOwner['isIdle']>(() => false),
    event: vi.fn<SocketOwner['event']>(),
    ephemeral: vi.fn<SocketOwner['ephemeral']>(),
    resumed: vi.fn<SocketOwner['resumed']>(),
    online: vi.fn<SocketOwner['online']>(),
    signedOut: vi.fn<SocketOwner['signedOut']>(),
  };
  socket = new Socket(owner);
});

afterEach(() => {
  socket.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function opened(): Promise<FakeWebSocket> {
  await wait(0);
  FakeWebSocket.last.open();
  await wait(0);
  return FakeWebSocket.last;
}

async function connected(): Promise<FakeWebSocket> {
  socket.start();
  const fake = await opened();
  fake.answer('hello', nothing);
  await wait(0);
  return fake;
}

describe('hello', () => {
  it('is the first frame, and the connection can be used once it is answered', async () => {
    socket.start();
    const fake = await opened();
    expect(fake.url).toMatch(/^ws:.*\/api\/v1\/socket$/);
    expect(fake.sent).toEqual([
      { id: 1, op: 'hello', d: { token: 'token', cursors: { a: 3 }, idle: false } },
    ]);
    expect(socket.isOnline).toBe(false);
    const answer = { streams: { a: 5 }, reload: ['b'], gone: ['c'] };
    fake.answer('hello', answer);
    await wait(0);
    expect(socket.isOnline).toBe(true);
    expect(owner.resumed).toHaveBeenCalledWith(answer);
    expect(owner.online).toHaveBeenCalledOnce();
  });

  it('is tried again when it is not answered, or the connection does not open', async () => {
    socket.start();
    const silent = await opened();
    await wait(14_000);
    expect(silent.closedWith).toBe(1000);
    const stuck = FakeWebSocket.last;
    expect(stuck).not.toBe(silent);
    await wait(16_000);
    expect(stuck.closedWith).toBe(1000);
    expect(FakeWebSocket.last).not.toBe(stuck);
  });
});

describe('answers', () => {
  it('go to the frame with their number, in whatever order', async () => {
    const fake = await connected();
    const first = socket.request('typing.start', {});
    const second = socket.request('typing.stop', {});
    fake.answer('typing.stop', { it: 'second' });
    fake.answer('typing.start', { it: 'first' });
    fake.receive({ re: 999, ok: {} });
    expect(await first).toEqual({ it: 'first' });
    expect(await second).toEqual({ it: 'second' });
  });

  it('may be refusals', async () => {
    const fake = await connected();
    const sent = socket.request('message.send', {});
    fake.receive({
      re: fake.frames('message.send')[0]?.id,
      error: { code: 'forbidden', detail: 'You may not.' },
    });
    await expect(sent).rejects.toEqual(new ApiError({ code: 'forbidden', detail: 'You may not.' }));
    expect(socket.isOnline).toBe(true);
  });

  it('that do not come in time, or cannot come any more, count as unreachable', async () => {
    const fake = await connected();
    const late = socket.request('message.send', {});
    const isLate = expect(late).rejects.toBeInstanceOf(Unreachable);
    await wait(15_000);
    await isLate;
    const lost = socket.request('message.send', {});
    const isLost = expect(lost).rejects.toBeInstanceOf(Unreachable);
    fake.end(1006);
    await isLost;
    await expect(socket.request('ping', {})).rejects.toBeInstanceOf(Unreachable);
  });
});

it('tells events of streams from those without a number', async () => {
  const fake = await connected();
  const event = { s: 'a', n: 4, ev: 'message.created', d: {} };
  const typing = { ev: 'typing.start', d: { conversation_id: 'a', user_id: 'b' } };
  fake.receive(event);
  fake.receive(typing);
  expect(owner.event.mock.calls).toEqual([[event]]);
  expect(owner.ephemeral.mock.calls).toEqual([[typing]]);
});

describe('closing', () => {
  /** The shortest and the longest wait after a close with this code. */
  async function waits(code: number): Promise<number[]> {
    const delays: number[] = [];
    for (const random of [0, 1]) {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const fake = await connected();
      fake.end(code);
      delays.push(untilRetry());
      socket.stop();
    }
    return delays;
  }

  const untilRetry = () => (socket.getSnapshot() as { retryAt: number }).retryAt - Date.now();

  it('by a restart or by accident: all devices come back within three seconds, not at once', async () => {
    expect(await waits(1012)).toEqual([200, 3_000]);
    expect(await waits(1006)).toEqual([200, 3_000]);
  });

  it('1013: an overloaded node is left alone for 5 to 15 seconds, however often', async () => {
    expect(await waits(1013)).toEqual([5_000, 15_000]);
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const fake = await connected();
    fake.end(1013);
    await wait(15_000);
    FakeWebSocket.last.end(1013);
    expect(untilRetry()).toBe(15_000);
  });

  it('resumes with the cursors of then', async () => {
    const fake = await connected();
    owner.cursors.mockReturnValue({ a: 9 });
    fake.end(4002);
    await wait(3_000);
    const next = await opened();
    expect(next.frames('hello')[0]?.d.cursors).toEqual({ a: 9 });
  });

  it('waits longer with every failure, at most half a minute, and less again after a success', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    socket.start();
    await wait(0);
    const delays: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      FakeWebSocket.last.end(1006);
      delays.push(untilRetry());
      await wait(untilRetry());
    }
    expect(delays).toEqual([3_000, 6_000, 12_000, 24_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
    const fake = await opened();
    fake.answer('hello', nothing);
    await wait(0);
    fake.end(1006);
    expect(socket.getSnapshot()).toEqual({ state: 'offline', retryAt: Date.now() + 3_000 });
  });

  it('4001: renews the token once, then the session is over', async () => {
    const fake = await connected();
    fake.end(4001);
    const next = await opened();
    expect(owner.token.mock.calls).toEqual([[false], [true]]);
    expect(owner.signedOut).not.toHaveBeenCalled();
    next.end(4001);
    expect(owner.signedOut).toHaveBeenCalledOnce();
    await wait(60_000);
    expect(FakeWebSocket.all).toHaveLength(2);
  });

  it('4001 after a renewed token was accepted begins anew', async () => {
    const fake = await connected();
    fake.end(4001);
    const next = await opened();
    next.answer('hello', nothing);
    await wait(0);
    next.end(4001);
    await opened();
    expect(owner.signedOut).not.toHaveBeenCalled();
  });

  it('4001 is not remembered for the next to sign in', async () => {
    const fake = await connected();
    fake.end(4001);
    (await opened()).end(4001);
    socket.stop();
    expect(socket.isOnline).toBe(false);
    socket.start();
    await wait(0);
    expect(owner.token).toHaveBeenLastCalledWith(false);
  });

  it('4008 and 4003: pauses for ten seconds or more', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    for (const code of [4008, 4003]) {
      const fake = await connected();
      fake.end(code);
      const count = FakeWebSocket.all.length;
      await wait(9_900);
      expect(FakeWebSocket.all).toHaveLength(count);
      await wait(200);
      expect(FakeWebSocket.all).toHaveLength(count + 1);
      socket.stop();
    }
  });
});

describe('the token', () => {
  it('that the node refuses ends the session', async () => {
    owner.token.mockRejectedValue(new ApiError({ code: 'auth.signed_out', detail: '' }));
    socket.start();
    await wait(60_000);
    expect(owner.signedOut).toHaveBeenCalledOnce();
    expect(FakeWebSocket.all).toHaveLength(0);
  });

  it('that cannot be had is asked for again', async () => {
    owner.token.mockRejectedValueOnce(new Unreachable());
    socket.start();
    await wait(3_000);
    expect(owner.signedOut).not.toHaveBeenCalled();
    expect(FakeWebSocket.all).toHaveLength(1);
  });
});

describe('a connection that looks open', () => {
  it('is asked every 25 seconds and given up after ten without an answer', async () => {
    const fake = await connected();
    await wait(25_000);
    expect(fake.frames('ping')).toHaveLength(1);
    fake.answer('ping', {});
    await wait(25_000);
    expect(fake.frames('ping')).toHaveLength(2);
    await wait(9_900);
    expect(socket.isOnline).toBe(true);
    await wait(200);
    expect(socket.getSnapshot().state).toBe('offline');
    expect(fake.closedWith).toBe(1000);
    await wait(3_000);
    expect(FakeWebSocket.all).toHaveLength(2);
  });

  it('that was given up cannot change anything any more', async () => {
    const fake = await connected();
    await wait(25_000 + 10_000 + 3_000);
    fake.receive({ s: 'a', n: 4, ev: 'message.created', d: {} });
    fake.end(4001);
    expect(owner.event).not.toHaveBeenCalled();
    expect(owner.token).toHaveBeenLastCalledWith(false);
    expect(FakeWebSocket.all).toHaveLength(2);
  });
});

describe('the browser', () => {
  it('says that the network has gone: asks the node', async () => {
    const fake = await connected();
    window.dispatchEvent(new Event('offline'));
    expect(fake.frames('ping')).toHaveLength(1);
    await wait(10_000);
    expect(socket.getSnapshot().state).toBe('offline');
  });

  it('says that it is back: tries at once, also in a hidden tab', async () => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    const fake = await connected();
    fake.end(4008);
    window.dispatchEvent(new Event('online'));
    await wait(0);
    expect(FakeWebSocket.all).toHaveLength(2);
    await wait(9_900);
    expect(FakeWebSocket.all).toHaveLength(2);
  });

  it('shows the tab again: asks the node, or tries at once', async () => {
    const fake = await connected();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(fake.frames('ping')).toHaveLength(1);
    fake.end(4008);
    document.dispatchEvent(new Event('visibilitychange'));
    await wait(0);
    expect(FakeWebSocket.all).toHaveLength(2);
  });

  it('is not listened to after the end', async () => {
    const fake = await connected();
    socket.stop();
    expect(fake.closedWith).toBe(1000);
    window.dispatchEvent(new Event('online'));
    await wait(60_000);
    expect(FakeWebSocket.all).toHaveLength(1);
  });
});
