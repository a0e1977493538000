// @vitest-environment node
import { beforeEach, describe, expect, test } from 'vitest';
import { Actor, outcome } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { boxAccountKey } from './account-keys';
import { emptyAccount, extendAccount, foldAccount } from './account-log';
import { type Bytes, key32, toHex } from './encoding';
import { importSecret } from './hash';
import { type Known, readVerifyUri, safetyNumber, verifyUri } from './safety-number';
import { boxIdentity, type SlotKeys, slotKeys, slotTag } from './slots';
import { previousHistoryKey, type SlotRecord, unlock } from './unlock';
import { generationItem, sealItem } from './vault';

let alice: Actor;
let keys: SlotKeys;
let record: SlotRecord;

/** The history key of this generation, boxed to the slot. */
async function boxed(gen: number) {
  const name = { account: alice.account, class: 'h', gen } as const;
  return boxAccountKey(await named(`alice-h${gen}`), name, record.id, keys.pair.pub);
}

beforeEach(async () => {
  alice = await Actor.make('alice');
  keys = await slotKeys(new Uint8Array(16).fill(7), alice.account, 'rk');
  const slot = { id: await namedId('words'), kind: 'rk', pub: key32(keys.pair.pub) } as const;
  await alice.accept(await alice.byIdentity({ t: 'slots', set: [slot], del: [] }));
  const tag = {
    account: alice.account,
    slot: slot.id,
    kind: slot.kind,
    pub: slot.pub,
    aik: alice.identity,
    minSeq: 1,
  };
  const identity = await boxIdentity(await named('alice-aik'), tag);
  record = { ...slot, minSeq: 1, tag: await slotTag(keys, tag), identity };
});

describe('twelve words', () => {
  test('open everything', async () => {
    const { identitySeed, history } = await unlock(keys, record, alice.log, await boxed(1));
    expect(toHex(identitySeed)).toBe(toHex(await named('alice-aik')));
    expect(toHex(history.key)).toBe(toHex(await named('alice-h1')));
    const wrong = await slotKeys(new Uint8Array(16).fill(8), alice.account, 'rk');
    expect(await outcome(async () => unlock(wrong, record, alice.log, await boxed(1)))).toBe('bad_key');
  });

  test('open no invented account, no old log and no slot that was taken away', async () => {
    const attempt = async (log = alice.log) => outcome(async () => unlock(keys, record, log, await boxed(1)));
    const before = await foldAccount(alice.account, alice.links.slice(0, 1));
    expect(await attempt(before)).toBe('log_fork');
    expect(await attempt(emptyAccount(alice.account))).toBe('e2ee_no_keys');
    const mallory = await Actor.make('mallory');
    // The node's own identity under the same account.
    const invented = { ...alice.log, identities: mallory.log.identities };
    expect(await attempt(invented)).toBe('bad_signature');
    await alice.accept(await alice.byIdentity({ t: 'slots', set: [], del: [record.id] }));
    expect(await attempt()).toBe('locked');
    await alice.reset();
    expect(await attempt()).toBe('bad_signature');
  });

  test('open a history key only if the log is committed to it', async () => {
    const change = { t: 'keys', keys: [await alice.commit('h', 2)] } as const;
    await alice.accept(await alice.byDevice({ ...change, keys: [...change.keys] }));
    expect(await outcome(async () => unlock(keys, record, alice.log, await boxed(1)))).toBe('bad_seal');
    const { history } = await unlock(keys, record, alice.log, await boxed(2));
    expect(history.gen).toBe(2);
    const newest = { gen: 2, key: await importSecret(history.key) };
    const item = async (plaintext: Bytes, gen = 1) => {
      const place = {
        account: alice.account,
        class: 'h',
        gen: 2,
        kind: 'prev',
        item: generationItem(gen),
        rev: 1,
      } as const;
      return sealItem(newest.key, place, plaintext);
    };
    const before = await previousHistoryKey(alice.log, newest, await item(await named('alice-h1')));
    expect([before.gen, toHex(before.key)]).toEqual([1, toHex(await named('alice-h1'))]);
    const open = async (stored: ReturnType<typeof item>) =>
      outcome(async () => previousHistoryKey(alice.log, newest, await stored));
    expect(await open(item(await named('other')))).toBe('bad_commit');
    expect(await open(item(await named('alice-h1'), 3))).toBe('bad_seal');
    expect(
      await outcome(async () =>
        previousHistoryKey(alice.log, { gen: 1, key: newest.key }, await item(await named('x'))),
      ),
    ).toBe('locked');
    expect(await extendAccount(alice.log, [])).toEqual(alice.log);
  });
});

describe('a safety number', () => {
  const known = async (name: string): Promise<Known> => {
    const actor = await Actor.make(name);
    return { account: actor.account, aik: actor.identity };
  };

  test('is the same on both sides, and another with another identity', async () => {
    const [a, b] = [await known('alice'), await known('bob')];
    const number = await safetyNumber(a, b);
    expect(number).toHaveLength(12);
    expect(await safetyNumber(b, a)).toEqual(number);
    expect(await safetyNumber(a, { ...b, aik: a.aik })).not.toEqual(number);
  });

  test('goes through a camera', async () => {
    const a = await known('alice');
    expect(readVerifyUri(verifyUri(a))).toEqual(a);
    for (const bad of [
      '',
      'snug-verify:1:x',
      'snug-verify:1:x:y',
      `${verifyUri(a)}:`,
      'https://example.org',
    ]) {
      expect(() => readVerifyUri(bad)).toThrow('bad_format');
    }
    expect(() => readVerifyUri('snug-verify:2:x:y')).toThrow('newer');
  });
});
