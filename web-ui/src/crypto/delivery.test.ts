// @vitest-environment node
import { beforeAll, describe, expect, test } from 'vitest';
import { Actor, create, dhOf, entry, Group, outcome, START, signerOf } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { agreeToRotate } from './account-log';
import type { ConversationChange, Policy } from './conversation-links';
import { b64u, type Id, key32, toHex } from './encoding';
import { checkEpochSecret, mayRewrap, openChain, readBack, sealChain, staleReason } from './epochs';
import {
  type Bundle,
  bundleFromJson,
  newPrekey,
  PREKEY_MAX_AGE_S,
  signPrekey,
  verifyBundle,
} from './prekeys';
import { receiveWrap } from './receiving-wraps';
import { batchFromJson, wrapEpoch } from './x3dh';

let alice: Actor;
let bob: Actor;

beforeAll(async () => {
  [alice, bob] = [await Actor.make('alice'), await Actor.make('bob')];
});

async function prekeyOf(actor: Actor, name = 'spk') {
  const secret = await named(`${actor.name}-${name}`);
  return { id: await namedId(`${actor.name}-${name}`), secret, pair: await dhOf(`${actor.name}-${name}`) };
}

async function bundleOf(actor: Actor, withOpk = true): Promise<Bundle> {
  const ik = { gen: 1, pub: key32(actor.ik.pub) };
  const spk = await signPrekey(actor.account, ik, await prekeyOf(actor), START, actor.device, actor.dsk);
  const opk = await prekeyOf(actor, 'opk');
  return {
    account: actor.account,
    ik,
    spk,
    opk: withOpk ? { id: opk.id, pub: key32(opk.pair.pub) } : null,
    log: actor.head,
  };
}

async function keysOf(actor: Actor, withOpk = true) {
  const [spk, opk] = [(await prekeyOf(actor)).pair, (await prekeyOf(actor, 'opk')).pair];
  return { account: actor.account, ik: actor.ik, spk, opk: withOpk ? opk : null };
}

function wrapper(actor: Actor) {
  return {
    account: actor.account,
    device: actor.device,
    aik: actor.identity,
    ik: { gen: 1, pair: actor.ik },
  };
}

/** A conversation with one epoch, and its secret wrapped by one member for another. */
async function delivered(from: Actor, to: Actor, withOpk = true, secret?: Uint8Array<ArrayBuffer>) {
  const group = await Group.make([
    [from, 'owner'],
    [to, 'member'],
  ]);
  await group.accept(from, await group.epoch());
  const recipient = await verifyBundle(await bundleOf(to, withOpk), to.log, to.identity, START);
  const name = { conversation: group.conversation, epoch: 1, suite: 1 };
  const batch = await wrapEpoch(secret ?? (await named('epoch1')), name, wrapper(from), [recipient]);
  const wrap = batch.wraps[0];
  if (!wrap) throw new Error('no wrap');
  return { group, batch, wrap };
}

describe('a bundle', () => {
  test('counts only if the log agrees', async () => {
    const good = await bundleOf(bob);
    const check = (bundle: Bundle, expected = bob.identity, now = START) =>
      outcome(() => verifyBundle(bundle, bob.log, expected, now));
    expect(await check(bundleFromJson(JSON.parse(JSON.stringify(good))))).toBe('ok');
    const other = key32((await dhOf('node')).pub);
    expect(await check({ ...good, spk: { ...good.spk, pub: other } })).toBe('bad_signature');
    expect(await check({ ...good, spk: { ...good.spk, at: START + 1 } })).toBe('bad_signature');
    expect(await check({ ...good, spk: { ...good.spk, by: alice.device } })).toBe('signer');
    expect(await check({ ...good, ik: { ...good.ik, pub: other } })).toBe('bad_key');
    expect(await check({ ...good, ik: { ...good.ik, gen: 2 } })).toBe('bad_key');
    expect(await check({ ...good, log: { ...good.log, seq: 7 } })).toBe('need_log');
    expect(await check({ ...good, log: { seq: 0, hash: other } })).toBe('log_fork');
    expect(await check({ ...good, account: alice.account })).toBe('bad_format');
    expect(await check(good, alice.identity)).toBe('key_mismatch');
    expect(await check(good, bob.identity, START + PREKEY_MAX_AGE_S)).toBe('ok');
    expect(await check(good, bob.identity, START + PREKEY_MAX_AGE_S + 1)).toBe('bad_key');
    // A one-time prekey is not signed: a false one only makes a delivery fail.
    expect(await check({ ...good, opk: { id: bob.account, pub: other } })).toBe('ok');
  });

  test('of a revoked device does not count', async () => {
    const lost = await Actor.make('lost');
    const bundle = await bundleOf(lost);
    await lost.accept(await lost.byIdentity({ t: 'device_revoke', devices: [lost.device] }));
    expect(await outcome(() => verifyBundle(bundle, lost.log, lost.identity, START))).toBe('signer');
  });

  test('is read strictly', async () => {
    const good = await bundleOf(bob);
    for (const bad of [null, {}, { ...good, spk: null }, { ...good, opk: {} }, { ...good, log: 7 }]) {
      expect(await outcome(async () => bundleFromJson(bad))).toBe('bad_format');
    }
    expect((await newPrekey()).id).toHaveLength(22);
  });
});

describe('a secret', () => {
  test.each([true, false])('arrives (with a one-time prekey: %s)', async (withOpk) => {
    const { group, batch, wrap } = await delivered(alice, bob, withOpk);
    const read = batchFromJson(JSON.parse(JSON.stringify(batch)));
    const keys = await keysOf(bob, withOpk);
    const secret = await receiveWrap(read, wrap, keys, group.log, group.accounts);
    expect(toHex(secret)).toBe(toHex(await named('epoch1')));
    await checkEpochSecret(
      secret,
      { conversation: group.conversation, epoch: 1 },
      group.log.epochs[0]?.commit ?? alice.identity,
    );
  });

  test('is refused when it is another than everybody else’s', async () => {
    const { group, batch, wrap } = await delivered(alice, bob, true, await named('wrong'));
    const receive = outcome(async () =>
      receiveWrap(batch, wrap, await keysOf(bob), group.log, group.accounts),
    );
    expect(await receive).toBe('bad_commit');
  });

  test('opens for nobody else, and nothing of its place can be changed', async () => {
    const { group, batch, wrap } = await delivered(alice, bob);
    const keys = await keysOf(bob);
    const receive = (change: object, one: object = {}, own: object = {}) =>
      outcome(() =>
        receiveWrap(
          { ...batch, ...change },
          { ...wrap, ...one },
          { ...keys, ...own },
          group.log,
          group.accounts,
        ),
      );
    expect(await receive({})).toBe('ok');
    expect(await receive({ from: { ...batch.from, device: bob.device } })).toBe('bad_seal');
    expect(await receive({ from: { ...batch.from, account: bob.account } })).toBe('bad_seal');
    expect(await receive({ ek: key32((await dhOf('node')).pub) })).toBe('bad_seal');
    expect(await receive({ ek: key32(new Uint8Array(32)) })).toBe('bad_key');
    expect(await receive({ from: { ...batch.from, ik_gen: 2 } })).toBe('need_log');
    expect(await receive({ epoch: 2 })).toBe('need_log');
    expect(await receive({ from: { ...batch.from, account: await namedId('nobody') } })).toBe('need_log');
    expect(await receive({}, { spk: bob.account })).toBe('bad_seal');
    expect(await receive({}, { opk: bob.account })).toBe('bad_seal');
    expect(await receive({}, { opk: null })).toBe('bad_seal');
    expect(await receive({}, { a: alice.account })).toBe('bad_seal');
    expect(await receive({}, { ct: b64u(new Uint8Array(48)) })).toBe('bad_seal');
    expect(await receive({}, {}, { opk: null })).toBe('locked');
    expect(await receive({}, {}, { spk: await dhOf('x') })).toBe('bad_seal');
    expect(await receive({}, {}, { ik: await dhOf('x') })).toBe('bad_seal');
  });

  test('from or for somebody who is no member does not count', async () => {
    const { group, batch, wrap } = await delivered(alice, bob);
    const carol = await Actor.make('carol');
    group.learn(carol);
    const from = { ...batch.from, account: carol.account };
    const receive = outcome(async () =>
      receiveWrap({ ...batch, from }, wrap, await keysOf(bob), group.log, group.accounts),
    );
    expect(await receive).toBe('e2ee_not_member');
  });

  test('cannot be wrapped for keys of low order', async () => {
    const good = await verifyBundle(await bundleOf(bob), bob.log, bob.identity, START);
    const name = { conversation: alice.account, epoch: 1, suite: 1 };
    const low = key32(new Uint8Array(32));
    for (const bad of [
      { ...good, ik: { gen: 1, pub: low } },
      { ...good, spk: { ...good.spk, pub: low } },
      { ...good, opk: { id: bob.account, pub: low } },
    ]) {
      expect(await outcome(async () => wrapEpoch(await named('x'), name, wrapper(alice), [bad]))).toBe(
        'bad_key',
      );
    }
  });

  test('wrapped before an identity was rotated still opens after the roster followed', async () => {
    const turner = await Actor.make('turner');
    const { group, batch, wrap } = await delivered(alice, turner);
    const next = await signerOf('turner-next');
    const aik_old = turner.identity;
    const pop = await agreeToRotate(turner.account, aik_old, key32(next.pub), next);
    await turner.accept(await turner.byIdentity({ t: 'rotate', aik_new: key32(next.pub), pop }));
    group.learn(turner);
    await group.accept(alice, { t: 'rebind', acct: turner.account, aik_old, aik_new: key32(next.pub) });
    const secret = await receiveWrap(batch, wrap, await keysOf(turner), group.log, group.accounts);
    expect(toHex(secret)).toBe(toHex(await named('epoch1')));
  });

  test('batches are read strictly', async () => {
    const { batch } = await delivered(alice, bob);
    const read = (change: object) => outcome(async () => batchFromJson({ ...batch, ...change }));
    expect(await read({ v: 2 })).toBe('newer');
    expect(await read({ suite: 2 })).toBe('newer');
    for (const bad of [
      { ek: 'AA' },
      { wraps: null },
      { epoch: 0 },
      { from: {} },
      { wraps: [{ ...batch.wraps[0], ct: 'AA' }] },
      { wraps: [7] },
    ]) {
      expect(await read(bad)).toBe('bad_format');
    }
  });
});

async function sharedGroup(policy: Partial<Policy>) {
  const group = await Group.between(alice, bob);
  await group.accept(alice, await create('group', [entry(alice, 'owner')], policy));
  await group.accept(alice, await group.epoch());
  await group.accept(alice, { t: 'add', members: [entry(bob, 'member')] });
  return group;
}

/** The next epoch, that links back to the secret of the one before. */
async function chained(group: Group, before: string): Promise<ConversationChange> {
  const epoch = await group.epoch();
  const name = { conversation: group.conversation, epoch: epoch.n };
  const { why, ...rest } = epoch;
  return { ...rest, chain: await sealChain(await named(`epoch${epoch.n}`), name, await named(before)), why };
}

describe('earlier messages', () => {
  test('are read back to by newcomers where history is shared', async () => {
    const group = await sharedGroup({ history: 'shared' });
    await group.accept(alice, await chained(group, 'epoch1'));
    await group.accept(alice, await chained(group, 'epoch2'));
    const secrets = await readBack(group.log, 3, await named('epoch3'));
    expect([...secrets.keys()]).toEqual([3, 2, 1]);
    expect(toHex(secrets.get(1) ?? new Uint8Array())).toBe(toHex(await named('epoch1')));
  });

  test('are not read with a secret that is not theirs', async () => {
    const group = await sharedGroup({ history: 'shared' });
    await group.accept(alice, await chained(group, 'wrong'));
    expect(await outcome(async () => readBack(group.log, 2, await named('epoch2')))).toBe('bad_commit');
    expect(await outcome(async () => readBack(group.log, 2, await named('epoch1')))).toBe('bad_seal');
    const { chain } = group.log.epochs[1] ?? {};
    if (!chain) throw new Error('no chain');
    const name = { conversation: group.conversation, epoch: 3 };
    const commit = group.log.epochs[0]?.commit ?? alice.identity;
    expect(await outcome(async () => openChain(await named('epoch2'), name, chain, commit))).toBe('bad_seal');
  });

  test('are given again to members of then, to newcomers where history is shared, and to nobody after a reset', async () => {
    const closed = await sharedGroup({ history: 'joined' });
    await closed.accept(alice, await closed.epoch());
    // Bob came while the first epoch was still the newest, but it was not made for him.
    expect(mayRewrap(closed.log, bob.log, 1)).toBe(false);
    expect(mayRewrap(closed.log, bob.log, 2)).toBe(true);
    const carol = await Actor.make('carol');
    closed.learn(carol);
    expect(mayRewrap(closed.log, carol.log, 1)).toBe(false);
    await closed.accept(alice, { t: 'add', members: [entry(carol, 'member')] });
    expect(mayRewrap(closed.log, carol.log, 1)).toBe(false);
    expect(mayRewrap(closed.log, carol.log, 2)).toBe(false);
    await closed.accept(alice, await closed.epoch());
    expect(mayRewrap(closed.log, carol.log, 3)).toBe(true);

    const open = await sharedGroup({ history: 'shared' });
    open.learn(carol);
    await open.accept(alice, await open.epoch());
    await open.accept(alice, { t: 'add', members: [entry(carol, 'member')] });
    expect(mayRewrap(open.log, carol.log, 1)).toBe(true);
    const aik_old = carol.identity;
    await carol.reset();
    open.learn(carol);
    const rebind = { t: 'rebind', acct: carol.account, aik_old, aik_new: carol.identity } as const;
    await open.accept(alice, rebind);
    expect(mayRewrap(open.log, carol.log, 1)).toBe(false);
    expect(mayRewrap(open.log, carol.log, 2)).toBe(false);
    await open.accept(alice, await open.epoch());
    expect(mayRewrap(open.log, carol.log, 3)).toBe(true);
    await open.accept(alice, { t: 'remove', members: [carol.account as Id] });
    expect(mayRewrap(open.log, carol.log, 3)).toBe(false);
  });
});

test('a sender knows when a new epoch is needed', async () => {
  const actor = await Actor.make('phone owner');
  const group = await Group.make([
    [alice, 'owner'],
    [actor, 'member'],
  ]);
  const now = START + 10_100;
  const ask = (at = now, messages = 5) => staleReason(group.log, group.accounts, at, messages);
  expect(ask()).toBe('first');
  await group.accept(alice, await group.epoch());
  expect(ask()).toBeNull();
  expect(ask(now + 604_800)).toBe('age');
  expect(ask(now + 604_800, 0)).toBeNull();
  expect(ask(now, 2_000)).toBe('messages');
  const { id, device } = await actor.otherDevice('phone');
  await actor.accept(await actor.byDevice({ t: 'device_add', device }));
  group.learn(actor);
  expect(ask()).toBeNull();
  await actor.accept(await actor.byIdentity({ t: 'device_revoke', devices: [id] }, now + 60));
  group.learn(actor);
  expect(ask()).toBe('break');
  await group.accept(alice, { t: 'policy', policy: { min_suite: 2 } });
  await group.accept(alice, { t: 'remove', members: [actor.account] });
  expect(ask()).toBe('people');
});
