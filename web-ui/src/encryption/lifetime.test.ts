// @vitest-environment node
// What becomes of keys, devices and messages with time.
import { describe, expect, test, vi } from 'vitest';
import { idFromUuid } from '../crypto/encoding';
import { memoryKeeper } from '../crypto/keeper';
import { type Tab, tab, World } from '../testing/e2ee-people';

vi.setConfig({ testTimeout: 30_000 });

const DAY_MS = 86_400_000;
const PASSWORD = 'copper lantern over the fjord';

const stateOf = (one: Tab) => one.state.getState();
const again = (one: Tab) => {
  one.close();
  return tab(one.world, one.user, { keeper: one.keeper, session: one.session });
};
const vaultOf = ({ world, user }: Tab) =>
  [...world.node.account(user).vault.values()].map(({ json }) => json);
const ofKind = (one: Tab, kind: string) => vaultOf(one).filter((item) => item.kind === kind);

async function two() {
  const world = new World();
  const [ann, bob] = [await tab(world).start(), await tab(world).start()];
  const id = await ann.engine.startDirect(bob.user);
  await world.settle();
  return { world, ann, bob, id };
}

describe('keys', () => {
  test('a device and the session key are renewed after a month, and everything goes on', async () => {
    const { world, ann, bob, id } = await two();
    const first = await bob.send(id, 'Before');
    const account = world.node.account(ann.user);
    const before = structuredClone([...account.log.devices.values()][0]);
    await world.pass(31 * DAY_MS);
    await ann.engine.account.keepUp();
    await world.settle();
    expect([...account.log.devices.values()][0]?.dxk).not.toBe(before?.dxk);
    expect(account.log.keys.s).toHaveLength(2);
    // All that lay under the first session key lies under the second.
    expect(
      new Set(
        vaultOf(ann)
          .filter((item) => item.class === 's')
          .map(({ gen }) => gen),
      ),
    ).toEqual(new Set([2]));
    await ann.engine.account.keepUp();
    expect(account.log.keys.s).toHaveLength(2);
    const sent = await bob.send(id, 'After');
    expect([ann.text(first), ann.text(sent)]).toEqual(['Before', 'After']);
    const next = await again(ann).start();
    expect(stateOf(next).phase).toBe('ready');
    expect(await next.read(id)).toEqual(['Before', 'After']);
    // No loss: nobody has to make an epoch because of that.
    expect(account.log.losses).toEqual([]);
  });

  test('another tab learns the device’s new key', async () => {
    const { world, ann, bob, id } = await two();
    const other = await tab(world, ann.user, { keeper: ann.keeper, session: ann.session }).start();
    await world.pass(31 * DAY_MS);
    await Promise.all([ann.engine.account.keepUp(), other.engine.account.keepUp()]);
    await world.settle();
    expect(world.node.account(ann.user).log.keys.s).toHaveLength(2);
    await other.engine.refreshKeys();
    await world.settle();
    const sent = await bob.send(id, 'To both');
    expect([ann.text(sent), other.text(sent)]).toEqual(['To both', 'To both']);
  });

  test('an epoch that comes while the account changes is not lost with the change', async () => {
    const { world, ann, bob, id } = await two();
    await bob.send(id, 'Before');
    await world.pass(8 * DAY_MS);
    await ann.ring.change_account({ now: Math.floor(world.ms / 1_000), what: { t: 'rekey' } });
    const sent = await bob.send(id, 'Meanwhile');
    expect(ann.text(sent)).toBe('Meanwhile');
    await ann.ring.accept_change({});
    const { view } = await ann.ring.conversation_view({ conversation: idFromUuid(id) });
    expect([view?.epoch, view?.lacking]).toEqual([2, []]);
  });

  test('a one-time prekey goes when it was used, a signed one a month after it was replaced', async () => {
    const { world, ann, bob, id } = await two();
    // Bob took the key that Ann left for him with one of his hundred.
    await bob.engine.conversations.prepare(id);
    await world.settle();
    expect(ofKind(bob, 'opk')).toHaveLength(99);
    expect(ofKind(ann, 'opk')).toHaveLength(100);
    const [first] = ofKind(bob, 'spk');
    const isThere = () => ofKind(bob, 'spk').some(({ item }) => item === first?.item);
    await world.pass(8 * DAY_MS);
    await bob.engine.account.keepUp();
    expect(ofKind(bob, 'spk')).toHaveLength(2);
    await bob.engine.account.keepUp();
    await world.pass(20 * DAY_MS);
    await bob.engine.account.keepUp();
    expect([ofKind(bob, 'spk').length, isThere()]).toEqual([3, true]);
    await world.pass(11 * DAY_MS);
    await bob.engine.account.keepUp();
    // The first was replaced 31 days ago.
    expect(isThere()).toBe(false);
    const sent = await ann.send(id, 'Still there?');
    expect(bob.text(sent)).toBe('Still there?');
  });

  test('identity keys are fresh after a year', async () => {
    const { world, ann, bob, id } = await two();
    const { log } = world.node.account(ann.user);
    expect(log.iks).toHaveLength(1);
    await world.pass(366 * DAY_MS);
    await bob.engine.account.keepUp();
    await ann.engine.account.keepUp();
    await world.settle();
    expect(world.node.account(ann.user).log.iks).toHaveLength(2);
    const sent = await bob.send(id, 'A year later');
    expect(ann.text(sent)).toBe('A year later');
  });
});

describe('signing out and in', () => {
  async function withPassword(world: World): Promise<Tab> {
    const one = tab(world);
    await one.engine.account.passwords.derive(PASSWORD);
    return one.start(true);
  }

  test('for good: the device leaves, and nothing stays', async () => {
    const world = new World();
    const ann = await withPassword(world);
    const device = idFromUuid(stateOf(ann).device ?? '');
    await ann.engine.leaveDevice();
    expect(world.node.account(ann.user).log.devices.get(device)?.until).not.toBeNull();
    expect(await ann.keeper.all('')).toEqual([]);
  });

  test('when the session ended by itself, the next one takes the place of the device', async () => {
    const world = new World();
    const [ann, bob] = [await withPassword(world), await tab(world).start()];
    const id = await bob.engine.startDirect(ann.user);
    await bob.send(id, 'Before');
    const old = stateOf(ann).device;
    ann.close();
    const back = tab(world, ann.user, { keeper: ann.keeper });
    await back.engine.account.passwords.derive(PASSWORD);
    await back.start(true);
    expect(stateOf(back)).toMatchObject({ phase: 'ready', identity: { devices: 1 } });
    expect(stateOf(back).device).not.toBe(old);
    await world.pass(1_000);
    const sent = await bob.send(id, 'After');
    expect(await back.read(id)).toEqual(['Before', 'After']);
    expect(back.text(sent)).toBe('After');
  });

  test('a browser that lost its data throws out the device that it was', async () => {
    const world = new World();
    const ann = await withPassword(world);
    ann.close();
    const back = await tab(world, ann.user, { session: ann.session, keeper: memoryKeeper() }).start();
    expect(stateOf(back)).toMatchObject({ phase: 'locked', reason: 'cleared' });
    await back.engine.unlockWithPassword(PASSWORD);
    expect(stateOf(back)).toMatchObject({ phase: 'ready', identity: { devices: 1 } });
    const { log } = world.node.account(ann.user);
    expect([log.keys.h.length, log.iks.length]).toEqual([2, 2]);
  });
});

test('a page that began while the node was away may write once it is there', async () => {
  const { world, ann, bob, id } = await two();
  await ann.send(id, 'Before');
  const back = again(ann);
  // As in the app: who hears that the keys are there looks at the conversations.
  back.state.subscribe(({ phase }, before) => {
    if (phase === 'ready' && before.phase !== 'ready') void back.engine.conversations.prepare(id);
  });
  const identity = vi.spyOn(world.node, 'identity').mockImplementation(() => {
    throw new Error('away');
  });
  await back.start();
  await back.engine.conversations.prepare(id);
  const there = () => [stateOf(back).phase, stateOf(back).conversations[id]?.state];
  expect(there()).toEqual(['failed', 'starting']);
  identity.mockRestore();
  await back.engine.start(false);
  await world.settle();
  expect(there()).toEqual(['ready', 'ready']);
  const sent = await back.send(id, 'After');
  expect(bob.text(sent)).toBe('After');
});

test('a conversation whose people could not be looked at is looked at again', async () => {
  const { ann, bob, id } = await two();
  await ann.send(id, 'Before');
  const back = await again(ann).start();
  // The node goes away just after it has given the conversation's log.
  const log = vi.spyOn(back.engine.core.node, 'log').mockRejectedValue(new Error('away'));
  await expect(back.engine.conversations.prepare(id)).rejects.toThrow();
  log.mockRestore();
  await back.engine.catchUp();
  expect(stateOf(back).conversations[id]?.state).toBe('ready');
  const sent = await bob.send(id, 'After');
  expect(back.text(sent)).toBe('After');
});

describe('messages', () => {
  test('that were opened are there for the next page, without asking', async () => {
    const { world, ann, bob, id } = await two();
    const sent = await ann.send(id, 'Kept');
    await bob.read(id);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const stored = await bob.keeper.all('page/');
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain('Kept');
    const next = again(bob);
    const raw = structuredClone(world.node.conversation(id).messages) as never;
    const opened = await next.engine.opening.openKept(raw);
    expect(opened?.map(({ content }) => content?.text)).toEqual(['Kept']);
    // The same ciphertext under another name is another message.
    const forged = structuredClone(world.node.conversation(id).messages) as never as {
      author_id: string;
      content: { envelope: { account: string } };
    }[];
    for (const one of forged) {
      one.author_id = bob.user;
      one.content.envelope.account = idFromUuid(bob.user);
    }
    expect(await next.engine.opening.openKept(forged as never)).toBeNull();
    // Deleted: gone from there as well.
    await next.start();
    await next.read(id);
    const one = ann.engine.opening.rawOf(sent) ?? expect.fail('no message');
    await ann.engine.sending.tell(one, 'del', 'del', {});
    await world.settle();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await next.keeper.all('page/')).toEqual([]);
  });

  test('go at their time, though the node keeps them', async () => {
    const { world, ann, bob, id } = await two();
    await ann.engine.setRetention(id, 3 * 86_400);
    await world.settle();
    const removed: string[] = [];
    bob.engine.useIndex({
      put: () => undefined,
      remove: (_, ids) => removed.push(...ids),
      forget: () => undefined,
      search: async () => [],
      clear: async () => undefined,
    });
    const sent = await ann.send(id, 'For three days');
    expect(bob.text(sent)).toBe('For three days');
    bob.isOffline = true;
    await world.pass(2 * DAY_MS);
    expect(bob.text(sent)).toBe('For three days');
    await world.pass(DAY_MS);
    await world.pass(3_600_000);
    expect([bob.text(sent), removed]).toEqual([null, [sent]]);
    expect(bob.shown.get(sent)?.deleted_at).not.toBeNull();
    expect(await again(bob).read(id)).toEqual([null]);
  });

  test('that are withheld leave a gap, which closes when they come', async () => {
    const { world, ann, bob, id } = await two();
    const first = await ann.send(id, 'one');
    bob.isOffline = true;
    const second = await ann.send(id, 'two');
    bob.isOffline = false;
    const third = await ann.send(id, 'three');
    const gaps = () => [first, second, third].map((one) => bob.shown.get(one)?.sealed?.gapBefore);
    expect(gaps()).toEqual([false, undefined, true]);
    await bob.read(id);
    expect(gaps()).toEqual([false, false, false]);
    // Edits, reactions and deletions have numbers as well, and leave none.
    const raw = ann.engine.opening.rawOf(first) ?? expect.fail('no message');
    await ann.engine.sending.tell(raw, 'edit', 'edit', { body: 'uno' });
    await ann.engine.sending.tell(raw, 'react', 'react', { emoji: '👍', op: 'add' });
    await ann.engine.sending.tell(raw, 'del', 'del', {});
    await world.settle();
    const fourth = await ann.send(id, 'four');
    expect(bob.shown.get(fourth)?.sealed?.gapBefore).toBe(false);
  });

  test('that the node refuses first leave none', async () => {
    const { world, ann, bob, id } = await two();
    await ann.send(id, 'one');
    await bob.engine.refreshKeys();
    const send = world.node.send.bind(world.node);
    let refused = 0;
    world.node.send = (...args) => {
      if (refused++ === 0) throw Object.assign(new Error(), { status: 0 });
      return send(...args);
    };
    const id2 = crypto.randomUUID();
    await expect(ann.engine.sending.send(id, id2, 'two', null)).rejects.toThrow();
    await ann.engine.sending.send(id, id2, 'two', null);
    const sent = await ann.send(id, 'three');
    expect(bob.shown.get(sent)?.sealed?.gapBefore).toBe(false);
  });
});

describe('rooms', () => {
  test('members carry out what the node says, and nobody is let in by a program', async () => {
    const world = new World();
    const [ann, bob, cem] = [await tab(world).start(), await tab(world).start(), await tab(world).start()];
    const id = await ann.engine.startGroup([bob.user, cem.user], null);
    await world.settle();
    for (const one of [ann, bob, cem]) await one.engine.conversations.prepare(id);
    world.node.banned.add(cem.user);
    // Both at once, and Bob is no admin: one link is enough.
    await Promise.all([ann.engine.conversations.obeyNode(id), bob.engine.conversations.obeyNode(id)]);
    await world.settle();
    const roster = stateOf(ann).conversations[id]?.members.map(({ user_id }) => user_id);
    expect(new Set(roster)).toEqual(new Set([ann.user, bob.user]));
    const sent = await bob.send(id, 'Without Cem');
    expect(ann.text(sent)).toBe('Without Cem');
    expect(await cem.read(id)).toEqual(['(before_join locked)']);
    // He comes again, and asks: that is shown, and nothing else happens.
    world.node.banned.clear();
    await cem.engine.askToJoin(id);
    await world.settle();
    expect(stateOf(ann).conversations[id]).toMatchObject({ requests: [cem.user] });
    expect(stateOf(ann).conversations[id]?.members).toHaveLength(2);
    await ann.engine.letIn(id, cem.user);
    await world.settle();
    const after = await ann.send(id, 'Welcome');
    expect(cem.text(after)).toBe('Welcome');
  });
});
