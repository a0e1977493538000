// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { dhOf, outcome, signerOf } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { key32, toHex } from './encoding';
import { boxIdentity, checkSlot, openIdentity, type SlotTag, slotKeys, slotTag } from './slots';

const alice = await namedId('alice');
const bob = await namedId('bob');

const keys = await slotKeys(await named('mk'), alice, 'pw');
const identity = await signerOf('alice-aik');
const tag: SlotTag = {
  account: alice,
  slot: await namedId('slot'),
  kind: 'pw',
  pub: key32(keys.pair.pub),
  aik: key32(identity.pub),
  minSeq: 4,
};
const mac = await slotTag(keys, tag);

describe('a slot', () => {
  test('gives the identity to whoever knows its secret', async () => {
    await checkSlot(keys, tag, mac);
    const boxed = await boxIdentity(await named('alice-aik'), tag);
    expect(toHex(await openIdentity(boxed, tag, keys))).toBe(toHex(await named('alice-aik')));
    expect(await outcome(() => openIdentity(boxed, { ...tag, slot: bob }, keys))).toBe('bad_seal');
  });

  test('cannot be used for an invented account', async () => {
    const invented = key32((await signerOf('mallory-aik')).pub);
    for (const other of [
      { ...tag, aik: invented },
      { ...tag, minSeq: 3 },
      { ...tag, slot: bob },
      { ...tag, account: bob },
      { ...tag, kind: 'rk' as const },
    ]) {
      expect(await outcome(() => checkSlot(keys, other, mac))).toBe('bad_signature');
    }
    const foreign = { ...tag, pub: key32((await dhOf('mallory')).pub) };
    expect(await outcome(() => checkSlot(keys, foreign, mac))).toBe('bad_key');
    const swapped = await boxIdentity(await named('mallory-aik'), tag);
    expect(await outcome(() => openIdentity(swapped, tag, keys))).toBe('bad_commit');
  });

  test('is another for every account and kind', async () => {
    const others = [
      await slotKeys(await named('mk'), bob, 'pw'),
      await slotKeys(await named('mk'), alice, 'rk'),
    ];
    for (const other of others) expect(toHex(other.pair.pub)).not.toBe(toHex(keys.pair.pub));
  });
});
