// @vitest-environment node
import { beforeAll, describe, expect, test } from 'vitest';
import { create, dhOf, outcome, START, signerOf } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { boxAccountKey, commitAccountKey, type KeyClass } from './account-keys';
import { emptyAccount, signAccountLink } from './account-log';
import type { ConversationChange, RosterEntry } from './conversation-links';
import { signConversationLink } from './conversation-log';
import { b64u, type Id, key32, randomId } from './encoding';
import { importSecret } from './hash';
import { boxToJson } from './hpke';
import { KeyRing } from './keyring';
import { type Link, linkToJson } from './link';
import { masterKey } from './password';
import type { Draft } from './requests';
import { boxIdentity, slotKeys, slotTag } from './slots';
import { generationItem, itemToJson, sealItem } from './vault';

const KDF = { m: 65_536, t: 3, p: 1 };
const PASSWORD = 'copper lantern over the fjord';

/** Somebody whose account was made on another device, as the node keeps it. */
async function person(name: string) {
  const ring = new KeyRing();
  const [account, aik] = [await namedId(name), await signerOf(`${name}-aik`)];
  const identity = key32(aik.pub);
  const { id, dsk, dxk, pop } = await ring.new_device({ account, aik: identity });
  const ik = await named(`${name}-ik`);
  const slotId = await namedId(`${name}-slot`);
  const slot = await slotKeys(await masterKey(PASSWORD, await named(`${name}-salt`, 16), KDF), account, 'pw');
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
  const links = [linkToJson(root)];
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
    salt: await named(`${name}-salt`, 16),
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
  [alice, bob, conversation] = [await person('alice'), await person('bob'), await namedId('conv')];
  await alice.ring.show_account({ account: bob.account, links: bob.links });
  await bob.ring.show_account({ account: alice.account, links: alice.links });
  // Made by another device of Alice's, whose keys the test knows.
  const dsk = await signerOf('desk-dsk');
  const id = await namedId('desk');
  const device = { id, dsk: key32(dsk.pub), dxk: key32((await dhOf('desk-dxk')).pub), kind: 'cli' as const };
  const { describeDevice, foldAccount } = await import('./account-log');
  const { linkFromJson } = await import('./link');
  const log = await foldAccount(alice.account, alice.links.map(linkFromJson));
  const change = {
    t: 'device_add',
    device: await describeDevice(alice.account, alice.identity, device, dsk),
  } as const;
  const add = linkToJson(
    await signAccountLink(log, change, { k: 'aik' }, await signerOf('alice-aik'), START + 60),
  );
  alice.view = await alice.ring.show_account({ account: alice.account, links: [add] });
  await bob.ring.show_account({ account: alice.account, links: [add] });
  alice.links.push(add);
  const people: ConversationChange = await create('dm', [member(alice, 'owner'), member(bob, 'owner')]);
  const by = { acct: alice.account, dev: id, head: alice.view.head };
  first = await signConversationLink(undefined, conversation, people, by, dsk, START + 100);
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
    // Her log has gone on since her bundle was made; that is what `log` in it is for.
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
    const opened = await bob.ring.open_messages({ envelopes: [envelope], live: START + 300 });
    expect(opened.messages).toEqual([{ error: 'locked' }]);
    const { item } = await bob.ring.receive_key({
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
    const vault = [bob.ikItem, item, ...bob.prekeys.items];
    const unlocked = await fresh.unlock({ links: bob.links, slot: bob.slotJson, box: bob.slotBox, vault });
    expect(unlocked.aik).toBe(bob.identity);
    await fresh.show_account({ account: alice.account, links: alice.links });
    await fresh.show_conversation({ conversation, links: [...links, made.link] });
    const again = await fresh.open_messages({ envelopes: [envelope], live: null });
    expect(again.messages).toMatchObject([{ fields: { body: 'hello, Bob' } }]);

    await bob.ring.lock();
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
