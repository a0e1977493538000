// @vitest-environment node
import { beforeAll, describe, expect, test } from 'vitest';
import { create, dhOf, outcome, START, signerOf } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { boxAccountKey, commitAccountKey, type KeyClass } from './account-keys';
import { describeDevice, emptyAccount, foldAccount, signAccountLink } from './account-log';
import type { ConversationChange, RosterEntry } from './conversation-links';
import { foldConversation, signConversationLink } from './conversation-log';
import { b64u, type Id, key32, randomId } from './encoding';
import { importSecret } from './hash';
import { boxToJson } from './hpke';
import { KeyRing } from './keyring';
import { type Link, linkFromJson, linkToJson } from './link';
import { masterKey } from './password';
import type { Draft } from './requests';
import { boxIdentity, slotKeys, slotTag } from './slots';
import { generationItem, itemToJson, sealItem } from './vault';

const KDF = { m: 65_536, t: 3, p: 1 };
const PASSWORD = 'copper lantern over the fjord';

/** Somebody whose account was made on another device, as the node keeps it. Deriving from a password takes its time. */
async function person(name: string, hasPassword = false) {
  const ring = new KeyRing();
  const [account, aik] = [await namedId(name), await signerOf(`${name}-aik`)];
  const identity = key32(aik.pub);
  const { id, dsk, dxk, pop } = await ring.new_device({ account, aik: identity });
  // A second device, whose keys the test knows.
  const desk = await signerOf(`${name}-desk-dsk`);
  const ik = await named(`${name}-ik`);
  const slotId = await namedId(`${name}-slot`);
  const salt = await named(`${name}-salt`, 16);
  const master = hasPassword ? await masterKey(PASSWORD, salt, KDF) : await named(`${name}-master`);
  const slot = await slotKeys(master, account, 'pw');
  const key = async (c: KeyClass) => named(`${name}-${c}1`);
  const nameOf = (c: KeyClass) => ({ account, class: c, gen: 1 });
  const commit = async (c: KeyClass) => commitAccountKey(await key(c), nameOf(c));
  const ikPub = key32((await dhOf(`${name}-ik`)).pub);
  const root = await signAccountLink(
    emptyAccount(account),
    {
      t: 'root',
      aik: identity,
      device: { id, dsk, dxk, kind: 'web', pop },
      slots: [{ id: slotId, kind: 'pw', pub: key32(slot.pair.pub) }],
      keys: [
        { class: 'h', gen: 1, commit: await commit('h') },
        { class: 's', gen: 1, commit: await commit('s') },
      ],
      ik: { gen: 1, pub: ikPub },
      reset_of: null,
    },
    { k: 'aik' },
    aik,
    START,
  );
  const boxTo = async (c: KeyClass, to: Id, pub: string) => ({
    class: c,
    gen: 1,
    ...boxToJson(
      await boxAccountKey(await key(c), nameOf(c), to, new Uint8Array(Buffer.from(pub, 'base64url'))),
    ),
  });
  const place = { ...nameOf('h'), kind: 'ik', item: generationItem(1), rev: 1 } as const;
  const ikItem = itemToJson(await sealItem(await importSecret(await key('h')), place, ik));
  const log = await foldAccount(account, [root]);
  const deskId = await namedId(`${name}-desk`);
  const deskKeys = {
    dsk: key32(desk.pub),
    dxk: key32((await dhOf(`${name}-desk`)).pub),
    kind: 'cli',
  } as const;
  const device = await describeDevice(account, identity, { id: deskId, ...deskKeys }, desk);
  const add = await signAccountLink(log, { t: 'device_add', device }, { k: 'aik' }, aik, START + 60);
  const links = [root, add].map(linkToJson);
  const view = await ring.show_account({ account, links });
  await ring.open_keys({ boxes: [await boxTo('h', id, dxk), await boxTo('s', id, dxk)], vault: [ikItem] });
  const tag = {
    account,
    slot: slotId,
    kind: 'pw',
    pub: key32(slot.pair.pub),
    aik: identity,
    minSeq: 0,
  } as const;
  const slotJson = {
    id: slotId,
    kind: 'pw',
    pub: tag.pub,
    min_seq: 0,
    tag: b64u(await slotTag(slot, tag)),
    aik_box: boxToJson(await boxIdentity(await named(`${name}-aik`), tag)),
  };
  const prekeys = await ring.new_prekeys({ one_time: 2, now: START });
  const bundle = {
    account,
    ik: { gen: 1, pub: ikPub },
    spk: prekeys.spk,
    opk: prekeys.opks[0],
    log: view.head,
  };
  const slotBox = await boxTo('h', slotId, tag.pub);
  return {
    ring,
    account,
    identity,
    links,
    bundle,
    ikItem,
    prekeys,
    slotJson,
    slotBox,
    view,
    desk: { id: deskId, dsk: desk },
    salt,
  };
}

type Somebody = Awaited<ReturnType<typeof person>>;
let alice: Somebody;
let bob: Somebody;
let conversation: Id;
let first: Link;

const member = ({ account, identity }: Somebody, role: RosterEntry['role']) => ({
  acct: account,
  aik: identity,
  role,
});

function draft(body: string, n = 1): Draft {
  const clear = {
    conversation,
    id: randomId(),
    kind: 'msg',
    target: null,
    thread: null,
    expires: 0,
  } as const;
  return { ...clear, type: 'text', fields: { body }, n };
}

beforeAll(async () => {
  [alice, bob, conversation] = [
    await person('alice', true),
    await person('bob', true),
    await namedId('conv'),
  ];
  await alice.ring.show_account({ account: bob.account, links: bob.links });
  await bob.ring.show_account({ account: alice.account, links: alice.links });
  const people: ConversationChange = await create('dm', [member(alice, 'owner'), member(bob, 'owner')]);
  const by = { acct: alice.account, dev: alice.desk.id, head: alice.view.head };
  first = await signConversationLink(undefined, conversation, people, by, alice.desk.dsk, START + 100);
});

describe('two people', () => {
  test('write to each other, and nothing but sealed things leaves their key rings', async () => {
    const links = [linkToJson(first)];
    const view = await alice.ring.show_conversation({ conversation, links });
    expect(view).toMatchObject({ epoch: 0, mismatched: [] });
    await bob.ring.show_conversation({ conversation, links });
    const ask = { conversation, now: START + 200, messages: 0 };
    const { reason } = await alice.ring.needs_epoch(ask);
    expect(reason).toBe('first');
    const bundles = [alice.bundle, bob.bundle].map((one) => JSON.parse(JSON.stringify(one)) as unknown);
    const made = await alice.ring.make_epoch({ conversation, bundles, now: START + 200, why: 'first' });
    expect(await outcome(() => alice.ring.seal_message(draft('too early')))).toBe('e2ee_epoch_stale');
    // Another epoch that she makes meanwhile; that of the link counts, not this one.
    const lost = await alice.ring.make_epoch({ conversation, bundles, now: START + 201, why: 'first' });
    for (const one of [alice, bob]) await one.ring.show_conversation({ conversation, links: [made.link] });
    expect((await alice.ring.needs_epoch(ask)).reason).toBeNull();

    expect(await outcome(() => alice.ring.seal_message(draft('under the wrong one')))).toBe('locked');
    const lostBatch = JSON.parse(JSON.stringify(lost.wraps)) as unknown;
    expect(await outcome(() => bob.ring.receive_key({ conversation, batch: lostBatch }))).toBe('bad_commit');
    await alice.ring.receive_key({ conversation, batch: JSON.parse(JSON.stringify(made.wraps)) });
    const { envelope } = await alice.ring.seal_message(draft('hello, Bob'));
    const odd = { ...draft('x'), type: 'hologram' };
    expect(await outcome(() => alice.ring.seal_message(odd))).toBe('newer');
    const opened = await bob.ring.open_messages({ envelopes: [envelope], live: START + 300 });
    expect(opened.messages).toEqual([{ error: 'locked', because: 'waiting' }]);
    const { items } = await bob.ring.receive_key({
      conversation,
      batch: JSON.parse(JSON.stringify(made.wraps)),
    });
    const { messages } = await bob.ring.open_messages({ envelopes: [envelope, { v: 2 }], live: START + 300 });
    expect(messages).toMatchObject([
      { account: alice.account, type: 'text', fields: { body: 'hello, Bob' } },
      { error: 'bad_format' },
    ]);

    // Bob, on a device that brings only his password.
    const fresh = new KeyRing();
    const { authKey } = await fresh.password({
      account: bob.account,
      password: PASSWORD,
      salt: b64u(bob.salt),
      kdf: KDF,
    });
    expect(authKey).toHaveLength(43);
    const vault = [bob.ikItem, ...items, ...bob.prekeys.items];
    const unlocked = await fresh.unlock({ links: bob.links, slot: bob.slotJson, box: bob.slotBox, vault });
    expect(unlocked.aik).toBe(bob.identity);
    await fresh.show_account({ account: alice.account, links: alice.links });
    await fresh.show_conversation({ conversation, links: [...links, made.link] });
    const again = await fresh.open_messages({ envelopes: [envelope], live: null });
    expect(again.messages).toMatchObject([{ fields: { body: 'hello, Bob' } }]);

    // Somebody whose log he was never shown.
    const stranger = await new KeyRing().open_messages({ envelopes: [envelope], live: null });
    expect(stranger.messages).toEqual([{ error: 'need_log' }]);

    await bob.ring.lock({});
    expect(await outcome(() => bob.ring.seal_message(draft('x')))).toBe('need_log');
  });

  test('nobody is let in with a wrong password', async () => {
    const fresh = new KeyRing();
    await fresh.password({
      account: alice.account,
      password: 'another sentence',
      salt: b64u(alice.salt),
      kdf: KDF,
    });
    const { links, slotJson: slot, slotBox: box } = alice;
    expect(await outcome(() => fresh.unlock({ links, slot, box, vault: [] }))).toBe('bad_key');
    expect(await outcome(() => new KeyRing().unlock({ links, slot, box, vault: [] }))).toBe('locked');
  });
});

describe('a group that shares its history', () => {
  test('gives newcomers what was before, and nothing to others', async () => {
    const [ann, ben, eve] = [await person('ann'), await person('ben'), await person('eve')];
    for (const one of [ann, ben, eve]) {
      for (const { account, links } of [ann, ben, eve]) {
        if (account !== one.account) await one.ring.show_account({ account, links });
      }
    }
    const id = await namedId('shared');
    const links: unknown[] = [];
    const show = async (link: unknown) => {
      links.push(link);
      await ann.ring.show_conversation({ conversation: id, links: [link] });
    };
    const logs = new Map(
      await Promise.all(
        [ann, ben, eve].map(
          async (one) => [one.account, await foldAccount(one.account, one.links.map(linkFromJson))] as const,
        ),
      ),
    );
    const by = { acct: ann.account, dev: ann.desk.id, head: ann.view.head };
    const sign = async (change: ConversationChange) => {
      const known =
        links.length > 0
          ? await foldConversation(id, links.map(linkFromJson), (one) => logs.get(one))
          : undefined;
      return linkToJson(await signConversationLink(known, id, change, by, ann.desk.dsk, START + 100));
    };
    await show(await sign(await create('group', [member(ann, 'owner')], { history: 'shared' })));
    const wire = (json: unknown) => JSON.parse(JSON.stringify(json)) as unknown;
    const epoch = async (why: 'first' | 'age', ...to: Somebody[]) => {
      const bundles = to.map(({ bundle }) => wire(bundle));
      const made = await ann.ring.make_epoch({ conversation: id, bundles, now: START + 200, why });
      await show(made.link);
      return made;
    };
    await epoch('first');
    const sealed = await ann.ring.seal_message({ ...draft('before anybody came'), conversation: id });
    await epoch('age');
    await show(await sign({ t: 'add', members: [member(ben, 'member')] }));

    await ben.ring.show_conversation({ conversation: id, links });
    const ask = { conversation: id, now: START + 300, bundles: [wire(ben.bundle)] };
    const { wraps } = await ann.ring.give_key({ ...ask, epoch: 2 });
    const { items } = await ben.ring.receive_key({ conversation: id, batch: wire(wraps) });
    expect(items).toHaveLength(2);
    const { messages } = await ben.ring.open_messages({ envelopes: [sealed.envelope], live: null });
    expect(messages).toMatchObject([{ fields: { body: 'before anybody came' } }]);

    const others = { ...ask, bundles: [wire(eve.bundle)], epoch: 2 };
    expect(await outcome(() => ann.ring.give_key(others))).toBe('e2ee_not_member');
    expect(await outcome(() => eve.ring.give_key({ ...ask, epoch: 2 }))).toBe('need_log');
  });
});
