// @vitest-environment node
import { describe, expect, test, vi } from 'vitest';
import { idFromUuid } from '../crypto/encoding';
import { type Tab, tab, World } from '../testing/e2ee-people';
import type { EnvelopeJson } from './node-api';

vi.setConfig({ testTimeout: 30_000 });

const DAY_MS = 86_400_000;
const PASSWORD = 'copper lantern over the fjord';

async function people<const N extends number>(_count: N) {
  const world = new World();
  const tabs: Tab[] = [];
  for (let made = 0; made < _count; made++) tabs.push(await tab(world).start());
  return { world, tabs: tabs as [Tab, Tab, Tab, Tab, Tab] };
}

const stateOf = (one: Tab) => one.state.getState();
const phaseOf = (one: Tab) => {
  const { phase, reason } = stateOf(one);
  return reason ? `${phase} ${reason}` : phase;
};

/** Set up with a password, as a registration does it. */
async function withPassword(world: World): Promise<Tab> {
  const one = tab(world);
  await one.engine.account.passwords.derive(PASSWORD);
  return one.start(true);
}

describe('setting up', () => {
  test('takes no step, and outlives the page', async () => {
    const world = new World();
    const ann = await tab(world).start();
    expect(stateOf(ann)).toMatchObject({ phase: 'ready', identity: { devices: 1 }, needsWords: true });
    ann.close();
    const again = await tab(world, ann.user, { keeper: ann.keeper, session: ann.session }).start();
    expect(stateOf(again)).toMatchObject({ phase: 'ready', device: stateOf(ann).device });
  });

  test('two tabs that start at once become one device', async () => {
    const world = new World();
    const ann = tab(world);
    const other = tab(world, ann.user, { keeper: ann.keeper, session: ann.session });
    await Promise.all([ann.start(), other.start()]);
    expect([phaseOf(ann), phaseOf(other)]).toEqual(['ready', 'ready']);
    expect(world.node.account(ann.user).links).toHaveLength(1);
  });
});

describe('a direct conversation', () => {
  test('is read by both, and by nobody else', async () => {
    const { world, tabs } = await people(2);
    const [ann, bob] = tabs;
    const id = await ann.engine.startDirect(bob.user);
    await world.settle();
    const first = await ann.send(id, 'The gate code is 4711');
    expect(bob.text(first)).toBe('The gate code is 4711');
    const second = await bob.send(id, `Thanks, <@${ann.user}>!`);
    expect(ann.shown.get(second)).toMatchObject({ mentions: { users: [ann.user] } });
    expect(world.node.seen.join()).not.toContain('4711');
    expect(await bob.engine.startDirect(ann.user)).toBe(id);
    expect(stateOf(ann).people[bob.user]).toMatchObject({ state: 'known' });
  });

  test('two people who begin it at once have one', async () => {
    const { tabs } = await people(2);
    const [ann, bob] = tabs;
    const [one, other] = await Promise.all([
      ann.engine.startDirect(bob.user),
      bob.engine.startDirect(ann.user),
    ]);
    expect(one).toBe(other);
  });

  test('messages are answered, edited, reacted to and deleted', async () => {
    const { world, tabs } = await people(2);
    const [ann, bob] = tabs;
    const id = await ann.engine.startDirect(bob.user);
    const first = await ann.send(id, 'Tea at four?');
    const raw = (one: Tab, message: string) => one.engine.opening.rawOf(message) ?? expect.fail('no message');
    await bob.engine.sending.tell(raw(bob, first), 'react', 'react', { emoji: '👍', op: 'add' });
    await ann.engine.sending.tell(raw(ann, first), 'edit', 'edit', { body: 'Tea at five?' });
    // Somebody else's edit counts for nothing.
    await bob.engine.sending.tell(raw(bob, first), 'edit', 'edit', { body: 'No tea.' });
    const reply = { id: first, seq: 1, author_id: ann.user, excerpt: 'Tea at five?' };
    const answer = await bob.engine.sending.send(id, crypto.randomUUID(), 'Yes', reply);
    await world.settle();
    for (const one of [ann, bob]) {
      expect(one.shown.get(first)).toMatchObject({
        content: { text: 'Tea at five?' },
        reactions: [{ emoji: '👍', count: 1, user_ids: [bob.user] }],
      });
      expect(one.shown.get(answer.id)?.reply).toMatchObject({ id: first, author_id: ann.user });
    }
    await ann.engine.sending.tell(raw(ann, first), 'del', 'del', {});
    expect(await bob.read(id)).toEqual([null, 'Yes']);
  });

  test('somebody without keys is named, and nothing goes out in the clear', async () => {
    const { tabs } = await people(1);
    const nobody = crypto.randomUUID();
    await expect(tabs[0].engine.startDirect(nobody)).rejects.toMatchObject({
      code: 'no_keys',
      users: [nobody],
    });
  });
});

describe('a group of five', () => {
  test('with somebody who leaves and comes again', async () => {
    const { world, tabs } = await people(5);
    const [ann, bob, cem, dot, eve] = tabs;
    const id = await ann.engine.startGroup([bob.user, cem.user, dot.user, eve.user], 'Weekend hike');
    await world.settle();
    for (const one of tabs) await one.engine.conversations.prepare(id);
    expect(tabs.map((one) => one.names.get(id))).toEqual(Array(5).fill('Weekend hike'));
    const all = await bob.send(id, 'With everybody');
    expect(tabs.map((one) => one.text(all))).toEqual(Array(5).fill('With everybody'));
    await eve.engine.leave(id);
    await world.settle();
    expect(stateOf(eve).conversations[id]).toMatchObject({ state: 'waiting', reason: 'not_member' });
    const without = await cem.send(id, 'Without Eve');
    expect(dot.text(without)).toBe('Without Eve');
    await ann.engine.addPeople(id, [eve.user]);
    await world.settle();
    const after = await dot.send(id, 'Welcome back');
    expect(await eve.read(id)).toEqual(['With everybody', '(before_join locked)', 'Welcome back']);
    expect(eve.text(after)).toBe('Welcome back');
    await expect(bob.engine.removePerson(id, ann.user)).rejects.toMatchObject({ code: 'e2ee_bad_link' });
    await ann.engine.rename(id, 'Sunday hike');
    await world.settle();
    expect(eve.names.get(id)).toBe('Sunday hike');
  });

  test('shared history is read by newcomers', async () => {
    const { world, tabs } = await people(3);
    const [ann, bob, cem] = tabs;
    const id = await ann.engine.startGroup([bob.user], null);
    await ann.engine.setHistory(id, 'shared');
    await ann.engine.conversations.readyToSend(id, true);
    await world.settle();
    await ann.send(id, 'Long ago');
    await ann.engine.addPeople(id, [cem.user]);
    await world.settle();
    expect(await cem.read(id)).toEqual(['Long ago']);
  });

  test('epochs made at once: one counts, and all is read', async () => {
    const { world, tabs } = await people(4);
    const [ann, bob, cem, dot] = tabs;
    const id = await ann.engine.startGroup([bob.user, cem.user, dot.user], null);
    await world.settle();
    for (const one of tabs) await one.engine.conversations.prepare(id);
    await ann.engine.removePerson(id, dot.user);
    await world.pass(8 * DAY_MS);
    await ann.send(id, 'used');
    await world.pass(8 * DAY_MS);
    const sent = await Promise.all([ann.send(id, 'a'), bob.send(id, 'b'), cem.send(id, 'c')]);
    await world.settle();
    for (const one of [ann, bob, cem])
      expect(sent.map((message) => one.text(message))).toEqual(['a', 'b', 'c']);
    expect(world.node.conversation(id).log.epochs.length).toBeLessThan(7);
  });

  test('two tabs that send at once both succeed', async () => {
    const { world, tabs } = await people(2);
    const [ann, bob] = tabs;
    const other = await tab(world, ann.user, { keeper: ann.keeper, session: ann.session }).start();
    const id = await ann.engine.startDirect(bob.user);
    await world.settle();
    const sent = await Promise.all([ann.send(id, 'one'), other.send(id, 'two'), ann.send(id, 'three')]);
    await world.settle();
    expect(sent.map((message) => bob.text(message))).toEqual(['one', 'two', 'three']);
    const opened = await bob.ring.open_messages({
      envelopes: world.node.conversation(id).messages.map((message) => message.content?.envelope),
      live: null,
    });
    expect(new Set(opened.messages.map((one) => ('n' in one ? one.n : 0))).size).toBe(3);
  });
});

describe('another device', () => {
  test('comes in with the password, and reads what was', async () => {
    const world = new World();
    const [ann, bob] = [await withPassword(world), await tab(world).start()];
    const id = await bob.engine.startDirect(ann.user);
    await bob.send(id, 'Before');
    const phone = await tab(world, ann.user).start();
    expect(phaseOf(phone)).toBe('locked new_browser');
    expect(await phone.read(id)).toEqual(['(waiting locked)']);
    await expect(phone.engine.unlockWithPassword('not the password at all')).rejects.toMatchObject({
      code: 'wrong_password',
    });
    await phone.engine.unlockWithPassword(PASSWORD);
    await world.settle();
    expect(phaseOf(phone)).toBe('ready');
    expect(phone.text(world.node.conversation(id).messages[0]?.id ?? '')).toBe('Before');
    expect(stateOf(ann).newDevices).toEqual([stateOf(phone).device]);
    const both = await bob.send(id, 'To both');
    expect([ann.text(both), phone.text(both)]).toEqual(['To both', 'To both']);
    const own = await phone.send(id, 'From the phone');
    expect([ann.text(own), bob.text(own)]).toEqual(['From the phone', 'From the phone']);
  });

  test('comes in with the recovery words', async () => {
    const world = new World();
    const ann = await tab(world).start();
    const words = await ann.engine.makeWords();
    await ann.engine.keepWords();
    await world.settle();
    expect(stateOf(ann)).toMatchObject({ identity: { hasWords: true }, needsWords: false });
    const phone = await tab(world, ann.user).start();
    await expect(phone.engine.unlockWithWords('a few words')).rejects.toMatchObject({ code: 'wrong_words' });
    await phone.engine.unlockWithWords(` ${words.join(' ').toUpperCase()} `);
    expect(phaseOf(phone)).toBe('ready');
  });

  test('comes in by one that is in', async () => {
    const { world, tabs } = await people(2);
    const [ann, bob] = tabs;
    const id = await bob.engine.startDirect(ann.user);
    await bob.send(id, 'Before');
    const phone = await tab(world, ann.user).start();
    const pairing = await phone.engine.beginPairing();
    await world.settle();
    const request = stateOf(ann).pairings[0]?.id ?? '';
    expect(await ann.engine.checkPairing(request, '0000-0000-0000-0000')).toBe(false);
    await ann.engine.answerPairing(request, pairing.code.toLowerCase());
    await world.settle();
    expect([pairing.getState(), phaseOf(phone)]).toEqual(['done', 'ready']);
    expect(await phone.read(id)).toEqual(['Before']);
    const sent = await phone.send(id, 'From the phone');
    expect(bob.text(sent)).toBe('From the phone');
    expect(stateOf(ann).pairings).toEqual([]);
  });

  test('that is thrown out reads nothing that comes after', async () => {
    const world = new World();
    const [ann, bob] = [await withPassword(world), await tab(world).start()];
    const id = await bob.engine.startDirect(ann.user);
    const phone = tab(world, ann.user);
    await phone.engine.account.passwords.derive(PASSWORD);
    await phone.start(true);
    const before = await bob.send(id, 'Before');
    await ann.engine.conversations.prepare(id);
    await expect(ann.engine.revokeDevice(stateOf(phone).device ?? '')).rejects.toMatchObject({
      code: 'needs_password',
    });
    await world.pass(60_000);
    await ann.engine.revokeDevice(stateOf(phone).device ?? '', PASSWORD);
    await world.settle();
    expect(phaseOf(phone)).toMatch(/^locked/);
    const after = await bob.send(id, 'After');
    expect([ann.text(before), ann.text(after)]).toEqual(['Before', 'After']);
    expect(phone.text(after)).toBe('(waiting locked)');
    expect(await phone.keeper.all('page/')).toEqual([]);
  });

  test('fresh keys change nothing for others', async () => {
    const { world, tabs } = await people(2);
    const [ann, bob] = tabs;
    const id = await ann.engine.startDirect(bob.user);
    await ann.send(id, 'Old keys');
    await ann.engine.refreshKeys();
    await world.settle();
    const sent = await bob.send(id, 'New keys');
    expect(ann.text(sent)).toBe('New keys');
    await bob.engine.conversations.readyToSend(id, true);
    const next = await bob.send(id, 'New epoch');
    expect(ann.text(next)).toBe('New epoch');
    expect(stateOf(bob).people[ann.user]).toMatchObject({ state: 'known' });
  });
});

describe('what goes wrong', () => {
  test('a browser that lost its data says so, and comes in again', async () => {
    const world = new World();
    const ann = await withPassword(world);
    ann.close();
    const again = await tab(world, ann.user, { session: ann.session }).start();
    expect(phaseOf(again)).toBe('locked cleared');
    await again.engine.unlockWithPassword(PASSWORD);
    expect(phaseOf(again)).toBe('ready');
  });

  test('a key that comes late opens what waited', async () => {
    const { world, tabs } = await people(3);
    const [ann, bob, cem] = tabs;
    const id = await ann.engine.startGroup([bob.user, cem.user], null);
    await world.settle();
    cem.isOffline = bob.isOffline = true;
    world.node.conversation(id).wraps.clear();
    const sent = await ann.send(id, 'Early');
    ann.isOffline = true;
    cem.isOffline = false;
    expect(await cem.read(id)).toEqual(['(waiting locked)']);
    ann.isOffline = false;
    await ann.engine.catchUp();
    await world.settle();
    expect(cem.text(sent)).toBe('Early');
  });

  test('thirty days away', async () => {
    const { world, tabs } = await people(3);
    const [ann, bob, cem] = tabs;
    const id = await ann.engine.startGroup([bob.user, cem.user], null);
    await world.settle();
    cem.isOffline = true;
    for (let week = 0; week < 4; week++) {
      await world.pass(8 * DAY_MS);
      await ann.engine.account.keepUp();
      await ann.send(id, `week ${week}`);
      await bob.send(id, `answer ${week}`);
    }
    cem.close();
    const back = await tab(world, cem.user, { keeper: cem.keeper, session: cem.session }).start();
    const texts = await back.read(id);
    expect(texts).toEqual([
      'week 0',
      'answer 0',
      'week 1',
      'answer 1',
      'week 2',
      'answer 2',
      'week 3',
      'answer 3',
    ]);
    const sent = await back.send(id, 'I am back');
    expect(ann.text(sent)).toBe('I am back');
  });

  test('after a reset people see another identity, and go on only when they have said so', async () => {
    const { world, tabs } = await people(2);
    const [ann, bob] = tabs;
    const id = await ann.engine.startDirect(bob.user);
    await ann.send(id, 'Before');
    const anew = await tab(world, bob.user).start();
    await anew.engine.askReset(PASSWORD);
    await world.settle();
    expect(stateOf(bob).reset).not.toBeNull();
    await expect(anew.engine.carryOutReset(PASSWORD)).rejects.toMatchObject({ code: 'e2ee.reset_waits' });
    await world.pass(DAY_MS + 1);
    await anew.engine.carryOutReset(PASSWORD);
    await world.settle();
    expect([phaseOf(anew), phaseOf(bob)]).toEqual(['ready', 'locked reset']);
    expect(stateOf(ann).people[bob.user]).toMatchObject({ state: 'changed' });
    await expect(ann.send(id, 'Who are you?')).rejects.toMatchObject({ code: 'changed' });
    await ann.engine.acknowledge(bob.user);
    await world.settle();
    const sent = await ann.send(id, 'Hello again');
    expect(await anew.read(id)).toEqual(['(before_reset locked)', 'Hello again']);
    expect(anew.text(sent)).toBe('Hello again');
  });
});

describe('a node that lies', () => {
  async function pair() {
    const { world, tabs } = await people(3);
    const [ann, bob, eve] = tabs;
    const id = await ann.engine.startGroup([bob.user], null);
    await world.settle();
    await bob.engine.conversations.prepare(id);
    return { world, ann, bob, eve, id };
  }

  test('cannot put somebody else’s keys under a name', async () => {
    const { world, ann, bob, eve, id } = await pair();
    const { spk, ik } = world.node.bundle(eve.user, false) ?? {};
    world.node.mischief.bundle = (bundle) =>
      bundle.account === idFromUuid(bob.user) ? { ...bundle, spk, ik } : bundle;
    await expect(ann.engine.conversations.readyToSend(id, true)).rejects.toMatchObject({ code: 'bad_key' });
  });

  test('cannot add a ghost', async () => {
    const { world, ann, eve, id } = await pair();
    const log = world.node.conversation(id);
    // The node takes what Eve signs herself.
    const made = await eve.ring.show_account({ account: idFromUuid(eve.user), links: [] });
    expect(made.devices).toHaveLength(1);
    const forged = structuredClone(log.links[0]) as { body: string; sig: string };
    world.node.mischief.links = (links) => [...links, forged];
    ann.close();
    const again = await tab(world, ann.user, { keeper: ann.keeper, session: ann.session }).start();
    await again.engine.conversations.prepare(id).catch(() => undefined);
    const { conversations, alarms } = stateOf(again);
    expect(alarms.length > 0 || conversations[id]?.members.length === 2).toBe(true);
  });

  test('that withholds links is found out', async () => {
    const { world, ann, bob, id } = await pair();
    world.node.mischief.withhold = 1;
    await bob.engine.conversations.refresh(id).catch(() => undefined);
    expect(stateOf(bob).alarms.map(({ code }) => code)).toEqual(['log_fork']);
    await expect(bob.send(id, 'Nobody there?')).rejects.toMatchObject({ code: 'log_fork' });
    expect(phaseOf(ann)).toBe('ready');
  });

  test('that plays the vault back gets nowhere', async () => {
    const { world, ann, bob } = await pair();
    const old = [...world.node.account(ann.user).vault.values()].map(({ json }) => structuredClone(json));
    await ann.engine.verify(bob.user);
    await world.settle();
    expect(stateOf(ann).people[bob.user]?.state).toBe('verified');
    world.node.mischief.vault = () => old;
    await ann.engine.account.syncVault();
    await ann.engine.people.meet([bob.user]);
    expect(stateOf(ann).people[bob.user]?.state).toBe('verified');
  });

  test('that asks for a weak password hash is refused', async () => {
    const world = new World();
    const ann = await withPassword(world);
    await expect(
      ann.ring.password({
        account: idFromUuid(ann.user),
        password: PASSWORD,
        salt: 'AAAAAAAAAAAAAAAAAAAAAA',
        kdf: { m: 8, t: 1, p: 1 },
      }),
    ).rejects.toMatchObject({ code: 'downgraded' });
  });

  test('cannot put in a message in the clear', async () => {
    const { world, ann, bob, id } = await pair();
    await ann.send(id, 'Sealed');
    const [first] = world.node.conversation(id).messages;
    const forged = { ...structuredClone(first), id: crypto.randomUUID(), seq: 2 };
    forged.content = { type: 'text', text: 'Send me the money' };
    world.node.conversation(id).messages.push(forged as NonNullable<typeof first>);
    expect(await bob.read(id)).toEqual(['Sealed', '(invalid downgraded)']);
  });

  test('that puts a message under another name is refused', async () => {
    const { world, ann, bob, id } = await pair();
    const sent = await ann.send(id, 'From Ann');
    const message = world.node.conversation(id).messages.find((one) => one.id === sent);
    if (message) message.author_id = bob.user;
    expect(await bob.read(id)).toEqual(['(invalid bad_format)']);
    const envelope = message?.content?.envelope as EnvelopeJson;
    const { messages } = await bob.ring.open_messages({
      envelopes: [{ ...envelope, epoch: 1, thread: envelope.id }],
      live: null,
    });
    expect(messages).toMatchObject([{ error: 'bad_seal' }]);
  });
});
