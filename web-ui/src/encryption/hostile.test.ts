// @vitest-environment node
// What a hostile node, or a hostile member with its help, can try with logs: every attempt is refused by name, nothing
// is sent while it lasts, and everything goes on when it is over.
import { describe, expect, test, vi } from 'vitest';
import type { ConversationChange, RosterEntry } from '../crypto/conversation-links';
import { type ConversationLog, extendConversation, signConversationLink } from '../crypto/conversation-log';
import { b64u, idFromUuid, key32 } from '../crypto/encoding';
import { commitEpoch } from '../crypto/epochs';
import { type Link, linkFromJson, linkToJson, signLink } from '../crypto/link';
import { rosterHash } from '../crypto/roster';
import { Actor, entry, START, signerOf } from '../testing/e2ee-actors';
import { settleActor, type Tab, tab, World } from '../testing/e2ee-people';
import { named } from '../testing/e2ee-vectors';
import type { OpenedMessage } from './model';

vi.setConfig({ testTimeout: 30_000 });

const stateOf = (one: Tab) => one.state.getState();

/** Ann and Bob with clients, Mallory with keys in hand; a ghost whom nobody invited. */
async function scene(role: 'member' | 'admin' = 'member') {
  const world = new World();
  world.ms = (START + 100_000) * 1_000;
  const [ann, bob] = [await tab(world).start(), await tab(world).start()];
  const [mallory, ghost] = [await Actor.make('mallory'), await Actor.make('ghost')];
  const mal = settleActor(world, mallory);
  const ghostly = settleActor(world, ghost);
  const id = await ann.engine.startGroup([bob.user, mal], null);
  if (role !== 'member') await ann.engine.setRole(id, mal, role);
  await world.settle();
  await bob.engine.conversations.prepare(id);
  const conv = idFromUuid(id);
  const node = world.node.conversation(id);
  const at = () => Math.floor(world.ms / 1_000);
  const sign = (
    change: ConversationChange,
    by = mallory,
    { key = by.dsk, log = node.log, dev = by.device, head = by.head, conversation = conv } = {},
  ) => signConversationLink(log, conversation, change, { acct: by.account, dev, head }, key, at());
  /** The node stores it, whatever it is, and tells everybody. */
  const show = async (link: Link) => {
    const json = linkToJson(link);
    world.node.mischief.links = (links) => [...links, json];
    world.node.tell([ann.user, bob.user], {
      ev: 'e2ee.link',
      d: { conversation_id: id, seq: node.links.length, link: json },
    });
    await world.settle();
  };
  /** A link that is right, and that everybody takes. */
  const take = async (link: Link) => {
    const logs = (account: never) => world.node.accounts.get(uuid(account))?.log;
    node.log = await extendConversation(node.log, conv, [link], logs as never);
    node.links.push(linkToJson(link));
    const d = { conversation_id: id, seq: node.links.length - 1, link: linkToJson(link) };
    world.node.tell([ann.user, bob.user], { ev: 'e2ee.link', d });
  };
  const roster = () => stateOf(bob).conversations[id]?.members.map(({ user_id }) => user_id);
  return { world, ann, bob, mallory, mal, ghost, ghostly, id, conv, node, sign, show, take, roster };
}

const uuid = (account: string) =>
  Buffer.from(account, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

type Scene = Awaited<ReturnType<typeof scene>>;

async function epochBy(
  { conv }: Scene,
  log: ConversationLog,
  members: RosterEntry[],
): Promise<ConversationChange> {
  const n = log.epochs.length + 1;
  const commit = await commitEpoch(await named('hostile'), { conversation: conv, epoch: n });
  return { t: 'epoch', n, suite: 1, commit, roster: await rosterHash(conv, members), why: 'people' };
}

/** Refused by this code; nothing is sent until it is gone, and then all is well. */
async function isRefused(given: Scene, link: Link, code: string): Promise<void> {
  const { world, bob, ann, id, show, ghostly, roster } = given;
  await show(link);
  expect(stateOf(bob).conversations[id]).toMatchObject({ reason: code });
  expect(stateOf(bob).conversations[id]?.state).not.toBe('ready');
  await expect(bob.send(id, 'Who is there?')).rejects.toMatchObject({ code });
  expect(roster()).not.toContain(ghostly);
  delete world.node.mischief.links;
  const sent = await bob.send(id, 'All is well');
  await ann.engine.conversations.refresh(id);
  await ann.read(id);
  expect(ann.text(sent)).toBe('All is well');
}

describe('nobody is let in', () => {
  const adds = ({ ghost }: Scene): ConversationChange => ({ t: 'add', members: [entry(ghost, 'member')] });

  test('by the node’s own key', async () => {
    const given = await scene();
    await isRefused(
      given,
      await given.sign(adds(given), given.mallory, { key: await signerOf('node') }),
      'bad_signature',
    );
  });

  test('by the ghost itself', async () => {
    const given = await scene();
    await isRefused(given, await given.sign(adds(given), given.ghost), 'e2ee_bad_link');
  });

  test('by a member, as more than a member', async () => {
    const given = await scene();
    const members = [entry(given.ghost, 'admin')];
    await isRefused(given, await given.sign({ t: 'add', members }), 'e2ee_bad_link');
  });

  test('under an identity that is not theirs', async () => {
    const given = await scene('admin');
    const { world, bob, ann, id, ghost, sign, take } = given;
    const eve = await tab(world).start();
    const false_ = { acct: idFromUuid(eve.user), aik: ghost.identity, role: 'member' as const };
    await take(await sign({ t: 'add', members: [false_] }));
    await world.settle();
    expect(stateOf(bob).conversations[id]).toMatchObject({ reason: 'changed', mismatched: [eve.user] });
    await expect(bob.send(id, 'Eve?')).rejects.toMatchObject({ code: 'changed', users: [eve.user] });
    // The owner puts it right.
    await ann.engine.removePerson(id, eve.user);
    await world.settle();
    const sent = await bob.send(id, 'Without that one');
    expect(ann.text(sent)).toBe('Without that one');
  });
});

describe('no link counts', () => {
  test('twice', async () => {
    const given = await scene();
    await isRefused(given, linkFromJson(given.node.links[1]), 'e2ee_bad_link');
  });

  test('with one left out before it', async () => {
    const given = await scene('admin');
    const { node, sign, world } = given;
    const logs = (account: never) => world.node.accounts.get(uuid(account))?.log;
    const left = await sign({ t: 'add', members: [entry(given.ghost, 'member')] });
    const log = await extendConversation(node.log, given.conv, [left], logs as never);
    await isRefused(
      given,
      await sign({ t: 'remove', members: [given.mallory.account] }, given.mallory, { log }),
      'e2ee_bad_link',
    );
  });

  test('of another conversation', async () => {
    const given = await scene('admin');
    const conversation = idFromUuid(crypto.randomUUID());
    const change = { t: 'remove', members: [given.mallory.account] } as const;
    await isRefused(
      given,
      await given.sign({ ...change, members: [...change.members] }, given.mallory, { conversation }),
      'e2ee_bad_link',
    );
  });

  test('of a type that is not known: that needs a newer program', async () => {
    const given = await scene();
    const { conv, node, mallory, bob, id, world } = given;
    const by = { acct: mallory.account, dev: mallory.device, head: mallory.head };
    const place = { v: 1, t: 'teleport', conv, seq: node.links.length, prev: node.log.hashes.at(-1) ?? '' };
    const link = await signLink(
      'conv',
      conv,
      { ...place, at: Math.floor(world.ms / 1_000), by },
      mallory.dsk,
    );
    await given.show(link);
    expect(stateOf(bob).conversations[id]).toMatchObject({ state: 'waiting', reason: 'newer' });
    await isRefused(given, link, 'newer');
  });

  test('with a body that was altered', async () => {
    const given = await scene('admin');
    const { body, sig } = await given.sign({ t: 'remove', members: [given.mallory.account] });
    const [head = '', members = ''] = new TextDecoder().decode(body).split('"members"');
    const text = `${head}"members"${members.replace(given.mallory.account, idFromUuid(given.ann.user))}`;
    await isRefused(given, { body: new TextEncoder().encode(text), sig }, 'bad_signature');
  });

  test('that removes the owner, signed by an admin', async () => {
    const given = await scene('admin');
    const change = { t: 'remove' as const, members: [idFromUuid(given.ann.user)] };
    await isRefused(given, await given.sign(change), 'e2ee_bad_link');
  });
});

describe('no epoch counts', () => {
  test('that leaves somebody out', async () => {
    const given = await scene();
    const { node, bob } = given;
    const some = [...node.log.members.values()].filter(({ acct }) => acct !== idFromUuid(bob.user));
    await isRefused(given, await given.sign(await epochBy(given, node.log, some)), 'e2ee_bad_link');
  });

  test('by somebody who was removed', async () => {
    const given = await scene();
    const { ann, mal, world, node } = given;
    await ann.engine.removePerson(given.id, mal);
    await world.settle();
    const change = await epochBy(given, node.log, [...node.log.members.values()]);
    await isRefused(given, await given.sign(change), 'e2ee_bad_link');
  });

  test('by a device that was thrown out', async () => {
    const given = await scene();
    const { mallory, world, ann, bob, mal, node } = given;
    const lost = await mallory.otherDevice('lost');
    await mallory.accept(await mallory.byIdentity({ t: 'device_add', device: lost.device }));
    await mallory.accept(await mallory.byIdentity({ t: 'device_revoke', devices: [lost.id] }));
    settleActor(world, mallory);
    for (const one of [ann, bob]) await one.engine.logs.fetch(mal);
    const change = await epochBy(given, node.log, [...node.log.members.values()]);
    await isRefused(
      given,
      await given.sign(change, mallory, { key: lost.dsk, dev: lost.id }),
      'e2ee_bad_link',
    );
  });

  test('whose secret is another one than it says: others are asked', async () => {
    const given = await scene();
    const { world, ann, bob, id } = given;
    bob.isOffline = true;
    await ann.engine.conversations.readyToSend(id, true);
    const { wraps } = world.node.conversation(id);
    const keys = [...wraps.keys()];
    for (const key of keys) {
      const batch = wraps.get(key);
      if (batch?.wraps[0])
        Object.assign(batch.wraps[0], { ct: b64u(crypto.getRandomValues(new Uint8Array(48))) });
    }
    const sent = await ann.send(id, 'Read me');
    bob.isOffline = false;
    ann.isOffline = true;
    expect(await bob.read(id)).toEqual(['(waiting locked)']);
    ann.isOffline = false;
    await ann.engine.catchUp();
    await world.settle();
    expect(bob.text(sent)).toBe('Read me');
  });
});

describe('a log that is told in two ways', () => {
  test('comes out by what messages say, stops both, and can be shown to others', async () => {
    const given = await scene('admin');
    const { world, ann, bob, id, node, sign, show: _, mallory } = given;
    const eve = await tab(world).start();
    await ann.engine.addPeople(id, [eve.user]);
    await world.settle();
    const base = [...node.links];
    const acct = idFromUuid(eve.user);
    const [one, other] = [
      await sign({ t: 'role', acct, role: 'reader' }),
      await sign({ t: 'role', acct, role: 'admin' }),
    ];
    const logs = (account: never) => world.node.accounts.get(uuid(account))?.log;
    node.log = await extendConversation(node.log, given.conv, [one], logs as never);
    node.links.push(linkToJson(one));
    world.node.mischief.links = (links, reader) =>
      reader === bob.user ? [...base, linkToJson(other)] : links;
    for (const tabOf of [ann, bob]) await tabOf.engine.conversations.refresh(id);
    expect([stateOf(ann).alarms, stateOf(bob).alarms]).toEqual([[], []]);
    const sent = await ann.send(id, 'Eve reads only');
    expect(bob.text(sent)).toBe('(invalid log_fork)');
    const [alarm] = stateOf(bob).alarms;
    expect(alarm).toMatchObject({ code: 'log_fork', conversation_id: id });
    await expect(bob.send(id, 'I see')).rejects.toMatchObject({ code: 'log_fork' });
    const exported = bob.engine.exportAlarm(alarm?.id ?? '');
    expect(JSON.parse(exported)).toMatchObject({
      code: 'log_fork',
      evidence: { envelope: { account: idFromUuid(ann.user) } },
    });
    expect(exported).not.toContain('Eve reads only');
    expect(mallory.account).not.toBe(acct);
  });
});

describe('a past that is another one', () => {
  test('in the clear throughout is known for what it is before the engine has begun', async () => {
    const world = new World();
    const [ann, bob] = [await tab(world).start(), await tab(world).start()];
    const id = await ann.engine.startDirect(bob.user);
    for (const text of ['one', 'two']) await ann.send(id, text);
    await world.settle();
    const { messages } = world.node.conversation(id);
    const plain = messages.map((message) => ({
      ...message,
      content: { type: 'text', text: 'Send me your password' },
    })) as unknown as OpenedMessage[];
    bob.close();
    // The same browser, later; nothing has been asked of the node.
    const again = tab(world, bob.user, { keeper: bob.keeper, session: bob.session, seen: bob.seen });
    const opened = (await again.engine.opening.openKept(plain)) as OpenedMessage[];
    expect(opened.map(({ content, sealed }) => [content, sealed?.unreadable?.code])).toEqual([
      [null, 'downgraded'],
      [null, 'downgraded'],
    ]);
  });
});

describe('storms', () => {
  test('two hundred people who come and go cost one epoch', async () => {
    const given = await scene('admin');
    const { world, ann, bob, id, node, sign, take, ghost, roster, mal } = given;
    for (let round = 0; round < 100; round++) {
      await take(await sign({ t: 'add', members: [entry(ghost, 'member')] }));
      await take(await sign({ t: 'remove', members: [ghost.account] }));
    }
    await world.settle();
    const before = node.log.epochs.length;
    const sent = await bob.send(id, 'Quiet again');
    expect(node.log.epochs.length).toBe(before + 1);
    expect(ann.text(sent)).toBe('Quiet again');
    expect(new Set(roster())).toEqual(new Set([ann.user, bob.user, mal]));
    expect(stateOf(bob).alarms).toEqual([]);
    expect(key32(ghost.aik.pub)).toBe(ghost.identity);
  });
});
