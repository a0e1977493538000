// @vitest-environment node
// A node that can't be reached now and then: requests that never arrive, and answers that never come back.
import { describe, expect, test, vi } from 'vitest';
import { Unreachable } from '../api/errors';
import type { Id } from '../api/types';
import { uuidv7 } from '../lib/uuid';
import { type Tab, tab, World } from '../testing/e2ee-people';
import { isAway } from './logs';
import type { NodeApi } from './node-api';

vi.setConfig({ testTimeout: 60_000 });

type Route = keyof NodeApi;
/** Whether a request gets lost on its way, or its answer. */
type Fate = 'asked' | 'answered' | null;

function lossy(node: NodeApi, fate: (route: Route) => Fate): NodeApi {
  return new Proxy(node, {
    get: (_, route: Route) => {
      return async (...input: unknown[]) => {
        const lost = fate(route);
        if (lost === 'asked') throw new Unreachable();
        const answer = await (node[route] as (...input: unknown[]) => Promise<unknown>)(...input);
        if (lost === 'answered') throw new Unreachable();
        return answer;
      };
    },
  });
}

/** As the outbox does it: the same message until the node has it. */
async function sendSurely(one: Tab, conversation: Id, text: string): Promise<void> {
  const id = uuidv7();
  for (;;) {
    try {
      one.show([await one.engine.sending.send(conversation, id, text, null)]);
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
      await one.world.wait(3_000);
    }
  }
}

const readBy = (one: Tab) => [...one.shown.values()].map((message) => one.text(message.id));

async function group(fates: Record<'ann' | 'bob' | 'cem', (route: Route) => Fate>) {
  const world = new World();
  const with_ = (fate: (route: Route) => Fate) =>
    tab(world, undefined, { between: (node) => lossy(node, fate) }).start();
  const [ann, bob, cem] = await Promise.all([with_(fates.ann), with_(fates.bob), with_(fates.cem)]);
  const id = await ann.engine.startGroup([bob.user, cem.user], 'Power cut');
  await world.settle();
  await ann.send(id, 'Before');
  expect(await bob.read(id)).toEqual(['Before']);
  return { world, ann, bob, cem, id };
}

const never = (): Fate => null;

/** From the first request of a kind on, that one included, nothing arrives until it ends. */
class Outage {
  #at: Route | null = null;
  #first: Fate = null;
  #isDown = false;

  begin(at: Route, first: Fate): void {
    this.#at = at;
    this.#first = first;
  }

  end(): void {
    this.#at = null;
    this.#isDown = false;
  }

  fate = (asked: Route): Fate => {
    if (this.#isDown) return 'asked';
    if (asked !== this.#at) return null;
    this.#isDown = true;
    return this.#first;
  };

  get hasBegun(): boolean {
    return this.#isDown;
  }
}

describe.each(['asked', 'answered'] as const)('a node that goes away when a request was %s', (lost) => {
  test.each(['keys', 'ackKeys', 'vault'] as const)(
    'keeps no new keys from who receives: %s',
    async (route) => {
      const outage = new Outage();
      const { world, ann, bob, cem, id } = await group({ ann: never, bob: outage.fate, cem: never });
      await cem.engine.leave(id);
      await world.settle();
      outage.begin(route, lost);
      await sendSurely(ann, id, 'After');
      await vi.waitFor(() => expect(outage.hasBegun).toBe(true));
      outage.end();
      await world.settleInTime();
      expect(readBy(bob)).toEqual(['Before', 'After']);
    },
  );

  test.each(['bundles', 'postLinks', 'sendMessage'] as const)(
    'keeps nobody from sending: %s',
    async (route) => {
      const outage = new Outage();
      const { world, ann, bob, cem, id } = await group({ ann: outage.fate, bob: never, cem: never });
      await cem.engine.leave(id);
      await world.settle();
      outage.begin(route, lost);
      const sent = sendSurely(ann, id, 'one').then(() => sendSurely(ann, id, 'two'));
      await vi.waitFor(() => expect(outage.hasBegun).toBe(true));
      outage.end();
      await sent;
      await world.settleInTime();
      expect(await bob.read(id)).toEqual(['Before', 'one', 'two']);
    },
  );

  test.each(['conversation', 'log'] as const)('is asked again by who looks: %s', async (route) => {
    const outage = new Outage();
    const { world, ann, bob, id } = await group({ ann: never, bob: outage.fate, cem: never });
    bob.engine.outdate();
    outage.begin(route, lost);
    await sendSurely(ann, id, 'After');
    await vi.waitFor(() => expect(bob.engine.conversations.isBehind).toBe(true));
    expect(outage.hasBegun).toBe(true);
    outage.end();
    await bob.engine.catchUp();
    await world.settleInTime();
    expect(bob.engine.conversations.isBehind).toBe(false);
    expect(readBy(bob)).toEqual(['Before', 'After']);
  });
});

test('a mistake that is no outage is not made again and again', async () => {
  let isBroken = false;
  let times = 0;
  const between = (node: NodeApi) =>
    lossy(node, (route) => {
      if (!isBroken || route !== 'keys') return null;
      times++;
      throw new Error('A mistake of ours');
    });
  const world = new World();
  const [ann, cem] = await Promise.all([tab(world).start(), tab(world).start()]);
  const bob = await tab(world, undefined, { between }).start();
  const id = await ann.engine.startGroup([bob.user, cem.user], 'Power cut');
  await world.settle();
  await cem.engine.leave(id);
  await world.settle();
  isBroken = true;
  await sendSurely(ann, id, 'one');
  await world.settle();
  expect(times).toBeGreaterThan(0);
  const before = times;
  for (let minute = 0; minute < 10; minute++) await world.pass(60_000);
  expect(times).toBe(before);

  isBroken = false;
  await sendSurely(ann, id, 'two');
  expect(await bob.read(id)).toEqual(['one', 'two']);
});

/** The page is closed while its change of the account is under way, and another one is opened in its place. */
async function closeDuring(route: Route, lost: Fate, one: Tab, work: () => Promise<unknown>, outage: Outage) {
  outage.begin(route, lost);
  void work().catch(() => undefined);
  await vi.waitFor(() => expect(outage.hasBegun).toBe(true));
  one.close();
  const { keeper, session, world } = one;
  const next = tab(world, one.user, { keeper, session });
  await next.engine.start(false);
  await world.settleInTime();
  return next;
}

describe.each(['asked', 'answered'] as const)('a page that is closed when a request was %s', (lost) => {
  test('keeps the keys that it has just made for a new account', async () => {
    const world = new World();
    const outage = new Outage();
    const first = tab(world, undefined, { between: (node) => lossy(node, outage.fate) });
    const next = await closeDuring('createIdentity', lost, first, () => first.engine.start(false), outage);
    expect(next.state.getState()).toMatchObject({ phase: 'ready', identity: { devices: 1 } });
    // The identity too, which only this device has.
    await next.engine.makeWords();
    await next.engine.keepWords();
    expect(next.state.getState().identity?.hasWords).toBe(true);
    const bob = await tab(world).start();
    const id = await bob.engine.startDirect(next.user);
    const sent = await bob.send(id, 'Are you there?');
    expect(next.text(sent)).toBe('Are you there?');
  });

  test('keeps the keys that it has just made for itself', async () => {
    const outage = new Outage();
    const { world, ann, bob, id } = await group({ ann: never, bob: outage.fate, cem: never });
    await world.pass(31 * 86_400_000);
    const upkeep = () => bob.engine.account.change({ t: 'rekey' });
    const next = await closeDuring('changeIdentity', lost, bob, upkeep, outage);
    expect(next.state.getState()).toMatchObject({ phase: 'ready', identity: { devices: 1 } });
    expect(next.state.getState().device).toBe(bob.state.getState().device);
    await ann.send(id, 'After');
    expect(await next.read(id)).toEqual(['Before', 'After']);
  });
});

/** Numbers that look random and are the same every time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('a node that loses a sixth of all requests, and a sixth of its answers', () => {
  test.each([1, 2, 3, 4, 5, 6])('loses nothing of what was said, seed %i', async (seed) => {
    const throwDice = dice(seed);
    let isLossy = false;
    const fate = (): Fate => {
      const thrown = throwDice() * 6;
      if (!isLossy || thrown >= 2) return null;
      return thrown < 1 ? 'asked' : 'answered';
    };
    const { world, ann, bob, cem, id } = await group({ ann: fate, bob: fate, cem: fate });
    const said = ['Before'];
    isLossy = true;
    for (let step = 0; step < 12; step++) {
      const who = throwDice() < 0.5 ? ann : bob;
      const text = `step ${step}`;
      said.push(text);
      await sendSurely(who, id, text);
      const isIn = cem.state.getState().conversations[id]?.role != null;
      // What was not done is not done: the next step is another try.
      if (step % 3 === 2) {
        const change = isIn ? ann.engine.removePerson(id, cem.user) : ann.engine.addPeople(id, [cem.user]);
        await change.catch(() => undefined);
      }
      if (step % 4 === 3) await world.settleInTime();
    }
    isLossy = false;
    await world.settleInTime();
    for (const one of [ann, bob]) {
      await one.engine.catchUp();
      await world.settleInTime();
      expect(readBy(one).sort()).toEqual([...said].sort());
      expect(one.state.getState().alarms).toEqual([]);
      expect(one.state.getState().conversations[id]?.state).toBe('ready');
    }
  });
});
