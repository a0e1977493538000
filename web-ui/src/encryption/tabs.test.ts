// @vitest-environment node
// Two tabs of one browser: one device, one database, and nothing that gets lost between them.
import 'fake-indexeddb/auto';
import { expect, test, vi } from 'vitest';
import { storedKeeper } from '../crypto/keeper';
import { type Tab, tab, World } from '../testing/e2ee-people';

vi.setConfig({ testTimeout: 30_000 });

const stateOf = (one: Tab) => one.state.getState();
let databases = 0;

/** Two tabs, each with its own connection to the same database. */
async function browser(world: World) {
  databases += 1;
  const name = `snug-e2ee.test-${databases}`;
  const first = tab(world, undefined, { keeper: storedKeeper(name) });
  const second = tab(world, first.user, { keeper: storedKeeper(name), session: first.session });
  await Promise.all([first.start(), second.start()]);
  const reload = () => tab(world, first.user, { keeper: storedKeeper(name), session: first.session });
  return { first, second, reload };
}

test('are one device, and number what they send without gaps or doubles', async () => {
  const world = new World();
  const bob = await tab(world).start();
  const { first, second } = await browser(world);
  expect(stateOf(first)).toMatchObject({ phase: 'ready', device: stateOf(second).device });
  const id = await first.engine.startDirect(bob.user);
  await world.settle();
  const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const sent = await Promise.all(
    texts.map((text, index) => (index % 2 === 0 ? first : second).send(id, text)),
  );
  await world.settle();
  expect(sent.map((message) => bob.text(message))).toEqual(texts);
  const envelopes = world.node.conversation(id).messages.map((message) => message.content?.envelope);
  const { messages } = await bob.ring.open_messages({ envelopes, live: null });
  const numbers = messages.map((one) => ('n' in one ? one.n : 0)).sort((a, b) => a - b);
  expect(numbers).toEqual(texts.map((_, index) => (numbers[0] ?? 0) + index));
});

test('write into the vault at once, and neither loses what the other wrote', async () => {
  const world = new World();
  const others = await Promise.all([tab(world).start(), tab(world).start(), tab(world).start()]);
  const { first, second, reload } = await browser(world);
  const [bob, cem, dot] = others;
  await Promise.all([
    first.engine.verify(bob.user),
    second.engine.verify(cem.user),
    first.engine.verify(dot.user),
    second.engine.verify(bob.user),
  ]);
  await world.settle();
  const trust = [...world.node.account(first.user).vault.values()].filter(
    ({ json }) => json.kind === 'trust',
  );
  expect(trust).toHaveLength(3);
  for (const one of [first, second]) {
    await one.engine.logs.see(others.map(({ user }) => user));
    await one.engine.people.meet(others.map(({ user }) => user));
    expect(others.map(({ user }) => stateOf(one).people[user]?.state)).toEqual(Array(3).fill('verified'));
  }
  first.close();
  second.close();
  const again = await reload().start();
  await again.engine.safetyNumber(bob.user);
  await again.engine.people.meet([bob.user]);
  expect(stateOf(again).people[bob.user]?.state).toBe('verified');
});

test('open what comes in either, whichever took the key', async () => {
  const world = new World();
  const bob = await tab(world).start();
  const { first, second, reload } = await browser(world);
  const id = await bob.engine.startDirect(first.user);
  const sent = await bob.send(id, 'Hello');
  expect([first.text(sent), second.text(sent)]).toEqual(['Hello', 'Hello']);
  second.isOffline = true;
  await bob.engine.conversations.readyToSend(id, true);
  const next = await bob.send(id, 'Under the next epoch');
  expect(first.text(next)).toBe('Under the next epoch');
  second.isOffline = false;
  second.engine.outdate();
  await second.engine.account.syncVault();
  expect(await second.read(id)).toEqual(['Hello', 'Under the next epoch']);
  // What the page that saw less keeps takes nothing from the one that saw more.
  const third = await reload().start();
  expect(await third.read(id)).toEqual(['Hello', 'Under the next epoch']);
  expect(stateOf(third).alarms).toEqual([]);
});
