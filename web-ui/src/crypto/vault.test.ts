// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { b64u, toHex } from './encoding';
import { importSecret } from './hash';
import { checkRev, epochItem, itemFromJson, itemToJson, openItem, sealItem, type VaultPlace } from './vault';

const alice = await namedId('alice');
const bob = await namedId('bob');

const key = await importSecret(await named('history-key'));
const place: VaultPlace = {
  account: alice,
  class: 'h',
  gen: 2,
  kind: 'epoch',
  item: epochItem(bob, 3),
  rev: 1,
};
const item = await sealItem(key, place, await named('secret'));

describe('a vault item', () => {
  test('goes over the wire', async () => {
    const read = itemFromJson(alice, JSON.parse(JSON.stringify(itemToJson(item))));
    expect(toHex(await openItem(key, read))).toBe(toHex(await named('secret')));
  });

  test('opens only in its place', async () => {
    const moves: Partial<VaultPlace>[] = [
      { account: bob },
      { class: 's' },
      { gen: 1 },
      { kind: 'opk' },
      { item: epochItem(bob, 4) },
      { item: epochItem(alice, 3) },
      { rev: 2 },
    ];
    for (const move of moves) {
      const moved = { ...item, place: { ...place, ...move } };
      expect(await outcome(() => openItem(key, moved))).toBe('bad_seal');
    }
    expect(await outcome(async () => openItem(await importSecret(await named('x')), item))).toBe('bad_seal');
  });

  test('never becomes an older one', async () => {
    checkRev(undefined, 1);
    checkRev(4, 4);
    expect(await outcome(async () => checkRev(5, 4))).toBe('e2ee_rev');
  });

  test('is read strictly', async () => {
    const json = itemToJson(item);
    const bad = [
      { ...json, class: 'x' },
      { ...json, gen: 0 },
      { ...json, rev: 1.5 },
      { ...json, salt: `${json.salt}=` },
      { ...json, nonce: b64u(new Uint8Array(13)) },
      { ...json, item: b64u(new Uint8Array(65)) },
      null,
      [],
    ];
    for (const one of bad) expect(await outcome(async () => itemFromJson(alice, one))).toBe('bad_format');
  });
});
