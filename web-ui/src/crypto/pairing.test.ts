// @vitest-environment node
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dhOf, outcome, signerOf } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { fromCrockford, toCrockford } from './crockford';
import { fromHex, key32, toHex } from './encoding';
import {
  checkPairMac,
  newPairSecret,
  openPairing,
  pairCode,
  pairMac,
  pairUri,
  readPairCode,
  readPairGift,
  readPairUri,
  sealPairing,
  writePairGift,
} from './pairing';

const alice = await namedId('alice');
const bob = await namedId('bob');

const secret = await named('ps', 10);
const device = await dhOf('dxk');
const request = { account: alice, dsk: key32((await signerOf('dsk')).pub), dxk: key32(device.pub) };

describe('pairing', () => {
  test('codes are read as people type them', () => {
    expect(pairCode(secret)).toMatch(/^(\w{4}-){3}\w{4}$/);
    expect(readPairCode(pairCode(secret))).toEqual(secret);
    const sloppy = pairCode(secret)
      .toLowerCase()
      .replaceAll('-', ' ')
      .replaceAll('0', 'o')
      .replaceAll('1', 'l');
    expect(readPairCode(sloppy)).toEqual(secret);
    expect(readPairUri(pairUri(bob, secret))).toEqual({ request: bob, secret });
    for (const bad of ['', 'snug-pair:1:x', `${pairUri(bob, secret)}:x`, pairCode(secret)]) {
      expect(() => readPairUri(bad)).toThrow('bad_format');
    }
    expect(() => readPairUri('snug-pair:2:a:b')).toThrow('newer');
    expect(() => readPairCode('UUUU-UUUU-UUUU-UUUU')).toThrow('bad_format');
    expect(newPairSecret()).toHaveLength(10);
  });

  test('base32 is what Crockford wrote', () => {
    expect(toCrockford(fromHex('0000000000'))).toBe('00000000');
    expect(toCrockford(fromHex('ffffffffff'))).toBe('ZZZZZZZZ');
    expect(toCrockford(fromHex('0123456789'))).toBe('04HMASW9');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        expect(toHex(fromCrockford(toCrockford(bytes), 10))).toBe(toHex(bytes));
      }),
    );
  });

  test('the node cannot exchange the keys of the new device', async () => {
    const mac = await pairMac(secret, request);
    await checkPairMac(secret, request, mac);
    const other = key32((await dhOf('mallory')).pub);
    for (const swapped of [
      { ...request, dxk: other },
      { ...request, dsk: other },
      { ...request, account: bob },
    ]) {
      expect(await outcome(() => checkPairMac(secret, swapped, mac))).toBe('bad_signature');
    }
    expect(await outcome(() => checkPairMac(newPairSecret(), request, mac))).toBe('bad_signature');
  });

  test('the new device believes only who read its code', async () => {
    const head = { seq: 3, hash: key32(await named('hash')) };
    const keys = [{ class: 'h' as const, gen: 1, key: await named('history-key') }];
    const gift = { aik: key32((await signerOf('alice-aik')).pub), head, keys };
    const boxed = await sealPairing(secret, alice, request.dxk, writePairGift(gift));
    expect(readPairGift(await openPairing(secret, alice, device, boxed))).toEqual(gift);
    expect(await outcome(() => openPairing(newPairSecret(), alice, device, boxed))).toBe('bad_seal');
    expect(await outcome(() => openPairing(secret, bob, device, boxed))).toBe('bad_seal');
    const guessed = await sealPairing(newPairSecret(), alice, request.dxk, writePairGift(gift));
    expect(await outcome(() => openPairing(secret, alice, device, guessed))).toBe('bad_seal');
  });
});
