// @vitest-environment node
import { beforeEach, describe, expect, test } from 'vitest';
import { Actor, dhOf, outcome, START, signerOf } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import {
  activeDevices,
  activeSlots,
  agreeToRotate,
  checkSeen,
  currentIdentity,
  currentIk,
  describeDevice,
  deviceAt,
  emptyAccount,
  extendAccount,
  foldAccount,
  identityAt,
  ikOf,
  keyCommit,
  reachedByRotation,
} from './account-log';
import { b64u, fromUtf8, key32, utf8 } from './encoding';
import { signLink } from './link';

let alice: Actor;
beforeEach(async () => {
  alice = await Actor.make('alice');
});

const NEW_SLOT = { id: await namedId('slot2'), kind: 'rk', pub: key32((await dhOf('slot2')).pub) } as const;

async function rotation(actor: Actor) {
  const next = await signerOf('next-aik');
  const pop = await agreeToRotate(actor.account, actor.identity, key32(next.pub), next);
  return { next, change: { t: 'rotate', aik_new: key32(next.pub), pop } as const };
}

describe('the log of an account', () => {
  test('tells its identity, devices, slots and keys', async () => {
    const { log } = alice;
    expect(currentIdentity(log).aik).toBe(alice.identity);
    expect(activeDevices(log).map(({ id, kind }) => [id, kind])).toEqual([[alice.device, 'web']]);
    expect(activeSlots(log).map(({ kind }) => kind)).toEqual(['pw']);
    expect(keyCommit(log, 'h', 1)).toBe((await alice.commit('h', 1)).commit);
    expect(() => keyCommit(log, 'h', 2)).toThrow('locked');
    expect(currentIk(log).gen).toBe(1);
    expect(() => currentIdentity(emptyAccount(alice.account))).toThrow('e2ee_no_keys');
  });

  test('is the same whether it came at once or link by link', async () => {
    const { device } = await alice.otherDevice('phone');
    await alice.accept(await alice.byDevice({ t: 'device_add', device }));
    await alice.accept(await alice.byIdentity({ t: 'slots', set: [NEW_SLOT], del: [] }));
    const whole = await foldAccount(alice.account, alice.links);
    expect(whole).toEqual(alice.log);
    const [first, ...rest] = alice.links;
    const half = await foldAccount(alice.account, first ? [first] : []);
    expect(await extendAccount(half, rest)).toEqual(whole);
    expect(half.hashes).toHaveLength(1);
  });

  test('is noticed when it changes or becomes shorter', async () => {
    const seen = alice.head;
    checkSeen(alice.log.hashes, seen);
    expect(() => checkSeen(alice.log.hashes, { ...seen, seq: 1 })).toThrow('need_log');
    expect(() => checkSeen(alice.log.hashes, { ...seen, hash: key32(new Uint8Array(32)) })).toThrow(
      'log_fork',
    );
  });
});

describe('a device', () => {
  test('is added by another one, revoked by itself or the identity, and signs nothing after that', async () => {
    const { id, dsk, device } = await alice.otherDevice('phone');
    await alice.accept(await alice.byDevice({ t: 'device_add', device }));
    expect(deviceAt(alice.log, id, 1)?.dsk).toBe(device.dsk);
    expect(deviceAt(alice.log, id, 0)).toBeUndefined();
    const signer = { k: 'dev', d: id } as const;
    const others = await alice.sign({ t: 'device_revoke', devices: [alice.device] }, signer, dsk);
    expect(await alice.attempt(others)).toBe('permission');
    const both = await alice.sign({ t: 'device_revoke', devices: [id, alice.device] }, signer, dsk);
    expect(await alice.attempt(both)).toBe('permission');
    const own = await alice.sign({ t: 'device_revoke', devices: [id] }, signer, dsk);
    expect(await alice.attempt(own)).toBe('ok');
    await alice.accept(await alice.byIdentity({ t: 'device_revoke', devices: [id] }, START + 500));
    expect(alice.log.losses).toEqual([{ seq: 2, at: START + 500 }]);
    expect(deviceAt(alice.log, id, 1)).toBeDefined();
    expect(deviceAt(alice.log, id, 2)).toBeUndefined();
    const late = await alice.sign(
      { t: 'device_add', device: (await alice.otherDevice('ghost')).device },
      signer,
      dsk,
    );
    expect(await alice.attempt(late)).toBe('signer');
    expect(await alice.attempt(await alice.byDevice({ t: 'device_add', device }))).toBe('reused');
    expect(await alice.attempt(await alice.byIdentity({ t: 'device_revoke', devices: [id] }))).toBe(
      'missing',
    );
    expect(await alice.attempt(await alice.byIdentity({ t: 'device_revoke', devices: [] }))).toBe('empty');
  });

  test('cannot be added without its own consent, or under another identity', async () => {
    const { device, dsk } = await alice.otherDevice('phone');
    const add = async (change: object) =>
      alice.attempt(await alice.byDevice({ t: 'device_add', device: { ...device, ...change } }));
    expect(await add({})).toBe('ok');
    expect(await add({ pop: b64u(new Uint8Array(64)) })).toBe('bad_signature');
    expect(await add({ id: await namedId('other') })).toBe('bad_signature');
    expect(await add({ dxk: key32((await dhOf('mallory')).pub) })).toBe('bad_signature');
    expect(await add({ dsk: key32(new Uint8Array(32)) })).toBe('bad_key');
    const mallory = await Actor.make('mallory');
    const elsewhere = await describeDevice(mallory.account, mallory.identity, device, dsk);
    expect(await add({ pop: elsewhere.pop })).toBe('bad_signature');
    expect(await add({ id: await namedId('second'), dsk: key32(alice.dsk.pub) })).toBe('reused');
  });

  test('changes only its own box key', async () => {
    const { id, dsk, device } = await alice.otherDevice('phone');
    await alice.accept(await alice.byDevice({ t: 'device_add', device }));
    const dxk = key32((await dhOf('fresh')).pub);
    await alice.accept(await alice.sign({ t: 'device_rekey', device: id, dxk }, { k: 'dev', d: id }, dsk));
    expect(alice.log.devices.get(id)?.dxk).toBe(dxk);
    const again = { t: 'device_rekey', device: id, dxk } as const;
    expect(await alice.attempt(await alice.sign(again, { k: 'dev', d: id }, dsk))).toBe('empty');
    expect(await alice.attempt(await alice.byDevice(again))).toBe('permission');
    expect(await alice.attempt(await alice.byIdentity(again))).toBe('permission');
  });

  test('has at most nineteen others beside it', async () => {
    for (let index = 1; index < 20; index++) {
      const { device } = await alice.otherDevice(`device ${index}`);
      await alice.accept(await alice.byDevice({ t: 'device_add', device }));
    }
    const { device } = await alice.otherDevice('one more');
    expect(await alice.attempt(await alice.byDevice({ t: 'device_add', device }))).toBe('limit');
  });
});

describe('keys and slots', () => {
  test('generations rise by one', async () => {
    const keys = async (...list: ['h' | 's', number][]) =>
      Promise.all(list.map(([c, gen]) => alice.commit(c, gen)));
    const attempt = async (list: ['h' | 's', number][], ik?: number) => {
      const pub = key32((await dhOf('ik2')).pub);
      const change = { t: 'keys', keys: await keys(...list), ...(ik && { ik: { gen: ik, pub } }) } as const;
      return alice.attempt(await alice.byDevice(change));
    };
    expect(await attempt([['h', 2]])).toBe('ok');
    expect(
      await attempt(
        [
          ['s', 2],
          ['h', 2],
        ],
        2,
      ),
    ).toBe('ok');
    expect(await attempt([], 2)).toBe('ok');
    expect(await attempt([])).toBe('empty');
    expect(await attempt([['h', 1]])).toBe('generation');
    expect(await attempt([['h', 3]])).toBe('generation');
    expect(
      await attempt([
        ['h', 2],
        ['h', 3],
      ]),
    ).toBe('generation');
    expect(
      await attempt([
        ['h', 2],
        ['h', 2],
      ]),
    ).toBe('generation');
    expect(await attempt([['h', 2]], 3)).toBe('generation');
    await alice.accept(await alice.byDevice({ t: 'keys', keys: await keys(['h', 2]) }));
    expect(await attempt([['h', 3]])).toBe('ok');
    expect(keyCommit(alice.log, 'h', 2)).toBe((await alice.commit('h', 2)).commit);
  });

  test('slots change only by the identity, and never come back', async () => {
    const [old] = activeSlots(alice.log);
    if (!old) throw new Error('no slot');
    const change = { t: 'slots', set: [NEW_SLOT], del: [old.id] } as const;
    const writable = { ...change, set: [...change.set], del: [...change.del] };
    expect(await alice.attempt(await alice.byDevice(writable))).toBe('permission');
    await alice.accept(await alice.byIdentity(writable));
    expect(activeSlots(alice.log)).toEqual([NEW_SLOT]);
    const attempt = async (set: (typeof old)[], del: (typeof old.id)[]) =>
      alice.attempt(await alice.byIdentity({ t: 'slots', set, del }));
    expect(await attempt([old], [])).toBe('reused');
    expect(await attempt([], [old.id])).toBe('missing');
    expect(await attempt([], [])).toBe('empty');
    expect(await attempt([], [NEW_SLOT.id])).toBe('ok');
  });
});

describe('the identity', () => {
  test('hands over to another one, which agrees', async () => {
    const { next, change } = await rotation(alice);
    expect(await alice.attempt(await alice.byDevice(change))).toBe('permission');
    const forced = { ...change, pop: b64u(new Uint8Array(64)) };
    expect(await alice.attempt(await alice.byIdentity(forced))).toBe('bad_signature');
    const before = alice.identity;
    await alice.accept(await alice.byIdentity(change));
    expect(currentIdentity(alice.log).aik).toBe(key32(next.pub));
    expect(identityAt(alice.log, 0)?.aik).toBe(before);
    expect(reachedByRotation(alice.log, before, key32(next.pub))).toBe(true);
    expect(reachedByRotation(alice.log, key32(next.pub), before)).toBe(false);
    expect(await alice.attempt(await alice.byIdentity({ t: 'slots', set: [NEW_SLOT], del: [] }))).toBe(
      'bad_signature',
    );
    expect(await outcome(async () => activeDevices(alice.log))).toBe('ok');
    expect(activeDevices(alice.log)).toHaveLength(1);
  });

  test('is another one after a reset, and everything of before is over', async () => {
    const { device: phone, dsk } = await alice.otherDevice('phone');
    await alice.accept(await alice.byDevice({ t: 'device_add', device: phone }));
    const [before, oldDevice, oldIk] = [alice.identity, alice.device, currentIk(alice.log).pub];
    await alice.reset();
    expect(reachedByRotation(alice.log, before, alice.identity)).toBe(false);
    expect(activeDevices(alice.log).map(({ id }) => id)).toEqual([alice.device]);
    expect(deviceAt(alice.log, oldDevice, 1)).toBeDefined();
    expect(activeSlots(alice.log)).toHaveLength(1);
    expect(currentIk(alice.log).gen).toBe(1);
    expect(ikOf(alice.log, before, 1)?.pub).toBe(oldIk);
    expect(ikOf(alice.log, alice.identity, 1)?.pub).not.toBe(oldIk);
    expect(alice.log.losses).toHaveLength(1);
    const { device } = await alice.otherDevice('ghost');
    const late = await alice.sign({ t: 'device_add', device }, { k: 'dev', d: phone.id }, dsk);
    expect(await alice.attempt(late)).toBe('signer');
    expect(await foldAccount(alice.account, alice.links)).toEqual(alice.log);
  });

  test('cannot be reset from another state than that which is there', async () => {
    const root = alice.links[0];
    if (!root) throw new Error('no root');
    const body = JSON.parse(fromUtf8(root.body)) as Record<string, unknown>;
    const at = { ...body, seq: 1, prev: alice.head.hash };
    const attempt = async (change: object) =>
      alice.attempt(await signLink('acct', alice.account, { ...at, ...change }, alice.aik));
    expect(await attempt({})).toBe('first');
    expect(await attempt({ reset_of: { ...alice.head, seq: 1 } })).toBe('first');
    expect(await attempt({ reset_of: { seq: 0, hash: b64u(await named('x')) } })).toBe('first');
    expect(await attempt({ reset_of: alice.head })).toBe('reused');
    expect(await attempt({ by: { k: 'dev', d: alice.device } })).toBe('permission');
  });
});

describe('a node', () => {
  test('cannot write, move, repeat, alter or leave out a link', async () => {
    const { device } = await alice.otherDevice('phone');
    const change = { t: 'device_add', device } as const;
    const good = await alice.byDevice(change);
    expect(await alice.attempt(good)).toBe('ok');
    const own = await signerOf('node');
    expect(await alice.attempt(await alice.sign(change, { k: 'aik' }, own))).toBe('bad_signature');
    expect(await alice.attempt(await alice.sign(change, { k: 'dev', d: alice.device }, own))).toBe(
      'bad_signature',
    );
    const altered = { ...good, body: utf8(fromUtf8(good.body).replace('"cli"', '"bot"')) };
    expect(await alice.attempt(altered)).toBe('bad_signature');
    await alice.accept(good);
    expect(await alice.attempt(good)).toBe('seq');
    const mallory = await Actor.make('mallory');
    expect(await alice.attempt(mallory.links[0] ?? good)).toBe('place');
    const body = JSON.parse(fromUtf8(good.body)) as Record<string, unknown>;
    const again = (fields: object) => signLink('acct', alice.account, { ...body, ...fields }, alice.dsk);
    expect(await alice.attempt(await again({ seq: 3, prev: alice.head.hash }))).toBe('seq');
    expect(await alice.attempt(await again({ seq: 2 }))).toBe('prev');
    expect(await outcome(() => foldAccount(alice.account, [good]))).toBe('seq');
    expect(await outcome(() => foldAccount(alice.account, [...alice.links].reverse()))).toBe('seq');
  });

  test('cannot begin a log in another way', async () => {
    const mallory = await Actor.make('mallory');
    const body = JSON.parse(fromUtf8(mallory.links[0]?.body ?? utf8('{}'))) as { keys: unknown[] };
    const begin = async (change: object, key = mallory.aik) =>
      outcome(async () =>
        foldAccount(mallory.account, [await signLink('acct', mallory.account, { ...body, ...change }, key)]),
      );
    expect(await begin({})).toBe('ok');
    expect(await begin({ reset_of: alice.head })).toBe('first');
    expect(await begin({ keys: body.keys.slice(0, 1) })).toBe('generation');
    expect(await begin({ keys: [body.keys[0], body.keys[0]] })).toBe('generation');
    expect(await begin({ ik: { gen: 2, pub: key32(mallory.ik.pub) } })).toBe('generation');
    expect(await begin({ prev: alice.head.hash })).toBe('prev');
    expect(await begin({}, mallory.dsk)).toBe('bad_signature');
    expect(await begin({ aik: alice.identity })).toBe('bad_signature');
    const { device } = await mallory.otherDevice('phone');
    const add = {
      v: 1,
      t: 'device_add',
      acct: mallory.account,
      seq: 0,
      prev: '',
      at: 1,
      by: { k: 'aik' },
      device,
    };
    const first = await signLink('acct', mallory.account, add, mallory.aik);
    expect(await outcome(() => foldAccount(mallory.account, [first]))).toBe('first');
  });
});
