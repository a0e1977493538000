// @vitest-environment node
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dhOf, outcome, signerOf } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { boxAccountKey, commitAccountKey, openAccountKey } from './account-keys';
import { fromCrockford, toCrockford } from './crockford';
import { asId, b64u, fromHex, idFromUuid, idOf, key32, toHex, unb64u, uuidFromId } from './encoding';
import { importSecret } from './hash';
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
import { checkKdf } from './password';
import { recoverySecret, recoveryWords } from './recovery-words';
import { boxIdentity, checkSlot, openIdentity, type SlotTag, slotKeys, slotTag } from './slots';
import { checkRev, epochItem, itemFromJson, itemToJson, openItem, sealItem, type VaultPlace } from './vault';

const alice = await namedId('alice');
const bob = await namedId('bob');

describe('account keys', async () => {
  const name = { account: alice, class: 'h', gen: 2 } as const;
  const [key, device, id] = [await named('key'), await dhOf('device'), await namedId('device')];
  const commit = await commitAccountKey(key, name);
  const boxed = await boxAccountKey(key, name, id, device.pub);

  test('open for the device that they were boxed to', async () => {
    expect(toHex(await openAccountKey(boxed, name, id, device, commit))).toBe(toHex(key));
  });

  test('open nowhere else', async () => {
    const open = (...args: Parameters<typeof openAccountKey>) => outcome(() => openAccountKey(...args));
    expect(await open(boxed, { ...name, class: 's' }, id, device, commit)).toBe('bad_seal');
    expect(await open(boxed, { ...name, gen: 3 }, id, device, commit)).toBe('bad_seal');
    expect(await open(boxed, { ...name, account: bob }, id, device, commit)).toBe('bad_seal');
    expect(await open(boxed, name, bob, device, commit)).toBe('bad_seal');
    expect(await open(boxed, name, id, await dhOf('other'), commit)).toBe('bad_seal');
  });

  test('count only when the log is committed to them', async () => {
    const forged = await boxAccountKey(await named('other'), name, id, device.pub);
    expect(await outcome(() => openAccountKey(forged, name, id, device, commit))).toBe('bad_commit');
    const other = await commitAccountKey(key, { ...name, gen: 3 });
    expect(await outcome(() => openAccountKey(boxed, name, id, device, other))).toBe('bad_commit');
  });
});

describe('a slot', async () => {
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

describe('a vault item', async () => {
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

describe('recovery words', () => {
  // From the test vectors of BIP-39.
  test.each([
    ['00000000000000000000000000000000', `${'abandon '.repeat(11)}about`],
    [
      '7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f',
      `${'legal winner thank year wave sausage worth useful '}legal winner thank yellow`,
    ],
    ['ffffffffffffffffffffffffffffffff', `${'zoo '.repeat(11)}wrong`],
    [
      '9e885d952ad362caeb4efe34a8e91bd2',
      'ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic',
    ],
  ])('%s', async (hex, words) => {
    expect((await recoveryWords(fromHex(hex))).join(' ')).toBe(words);
    expect(toHex(await recoverySecret(words))).toBe(hex);
    expect(toHex(await recoverySecret(`  ${words.toUpperCase().replaceAll(' ', '\n ')} `))).toBe(hex);
  });

  test('are refused when one is wrong, missing or too many', async () => {
    const words = await recoveryWords(fromHex('9e885d952ad362caeb4efe34a8e91bd2'));
    const bad = [
      words.slice(1),
      [...words, 'zoo'],
      words.with(3, 'fibre'),
      words.with(3, 'abandon'),
      words.toReversed(),
      [],
    ];
    for (const list of bad) expect(await outcome(() => recoverySecret(list.join(' ')))).toBe('bad_format');
    expect(await outcome(() => recoverySecret('a '.repeat(1_000)))).toBe('e2ee_too_large');
  });
});

describe('pairing', async () => {
  const secret = await named('ps', 10);
  const device = await dhOf('dxk');
  const request = { account: alice, dsk: key32((await signerOf('dsk')).pub), dxk: key32(device.pub) };

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
    for (const bad of [
      '',
      'snug-pair:1:x',
      'snug-pair:2:a:b',
      `${pairUri(bob, secret)}:x`,
      pairCode(secret),
    ]) {
      expect(() => readPairUri(bad)).toThrow('bad_format');
    }
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

test('a node cannot weaken the password', async () => {
  for (const kdf of [
    { m: 65_535, t: 3, p: 1 },
    { m: 65_536, t: 2, p: 1 },
    { m: 2_000_000, t: 3, p: 1 },
    { m: 65_536, t: 3, p: 4 },
    { m: Number.NaN, t: 3, p: 1 },
  ]) {
    expect(await outcome(async () => checkKdf(kdf))).toBe('downgraded');
  }
});

describe('base64url', () => {
  test('has one form', async () => {
    for (const bad of ['AA==', 'A', 'AB', 'A A', 'A+', 'A/', 'é', '_-9']) {
      expect(await outcome(async () => unb64u(bad, 'any', 'x'))).toBe('bad_format');
    }
    expect(await outcome(async () => unb64u('AAA', 3, 'x'))).toBe('bad_format');
    expect(await outcome(async () => unb64u(7, 'any', 'x'))).toBe('bad_format');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(unb64u(b64u(bytes), bytes.length, 'x')).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  test('carries the ids of the API', () => {
    const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
    expect(uuidFromId(idFromUuid(uuid))).toBe(uuid);
    expect(asId(idFromUuid(uuid))).toBe(idFromUuid(uuid));
    expect(() => idOf(new Uint8Array(15))).toThrow('bad_format');
  });
});
