// @vitest-environment node
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import { type Curves, checkSigningKey, dh, importDh, importSigner, setCurves, sign, verify } from './curves';
import { fallbackCurves } from './curves-fallback';
import { hasNativeCurves, nativeCurves } from './curves-native';
import { type Bytes, concat, fromHex, toHex, utf8 } from './encoding';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Uint8Array(bytes));
const implementations: [string, Curves][] = [
  ['the browser’s own', nativeCurves],
  ['the fallback', fallbackCurves],
];

afterEach(() => setCurves(undefined));

test('these tests see both implementations', async () => {
  expect(await hasNativeCurves()).toBe(true);
});

// RFC 7748, 6.1.
const ALICE = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a';
const BOB = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb';

// RFC 8032, 7.1: seed, public key, message, signature.
const RFC_8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

const IDENTITY = '0100000000000000000000000000000000000000000000000000000000000000';
const ORDER_8 = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';
/** All encodings of points of small order, honest and not. */
const SMALL_ORDER = [
  IDENTITY,
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  ORDER_8,
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
];
/** y ≥ p. */
const NOT_CANONICAL = [
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

function plusL(s: Bytes): Bytes {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const number = s.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) + order;
  return Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(index * 8)) & 0xffn));
}

describe.each(implementations)('%s', (_, curves) => {
  test('agrees with RFC 7748', async () => {
    setCurves(curves);
    const a = await importDh(fromHex(ALICE));
    const b = await importDh(fromHex(BOB));
    expect(toHex(a.pub)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    expect(toHex(b.pub)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
    expect(toHex(await dh(a.key, b.pub))).toBe(shared);
    expect(toHex(await dh(b.key, a.pub))).toBe(shared);
    // 5.2, the first two.
    const cases = [
      [
        'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
        'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
        'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
      ],
      [
        '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
        'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
        '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
      ],
    ] as const;
    for (const [scalar, point, result] of cases) {
      const own = await importDh(fromHex(scalar));
      expect(toHex(await dh(own.key, fromHex(point)))).toBe(result);
    }
  });

  test.each(RFC_8032)('agrees with RFC 8032: %s', async (seed, pub, message, signature) => {
    setCurves(curves);
    const signer = await importSigner(fromHex(seed));
    expect(toHex(signer.pub)).toBe(pub);
    expect(toHex(await sign(signer.key, fromHex(message)))).toBe(signature);
    await verify(fromHex(pub), fromHex(message), fromHex(signature));
  });

  test('refuses points of low order', async () => {
    setCurves(curves);
    const own = await importDh(new Uint8Array(32).fill(7));
    const low = [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    ];
    for (const point of low) expect(await outcome(() => dh(own.key, fromHex(point)))).toBe('bad_key');
    expect(await outcome(() => dh(own.key, new Uint8Array(31)))).toBe('bad_key');
  });

  test('refuses doubtful signatures and keys', async () => {
    setCurves(curves);
    const [, pub, , signature] = RFC_8032[1].map(fromHex) as [Bytes, Bytes, Bytes, Bytes];
    const message = fromHex('72');
    const check = (key: Bytes, sig: Bytes, text = message) => outcome(() => verify(key, text, sig));
    expect(await check(pub, signature)).toBe('ok');
    expect(await check(pub, signature, fromHex('73'))).toBe('bad_signature');
    expect(await check(pub, signature.slice(0, 63))).toBe('bad_signature');
    expect(await check(pub.slice(1), signature)).toBe('bad_signature');
    const [r, s] = [signature.slice(0, 32), signature.slice(32)];
    expect(await check(pub, concat(r, plusL(s)))).toBe('bad_signature');
    for (let bit = 0; bit < 512; bit += 37) {
      const flipped = signature.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await check(pub, flipped)).toBe('bad_signature');
    }
    for (const point of [...SMALL_ORDER, ...NOT_CANONICAL].map(fromHex)) {
      // Under a key of small order such a signature holds for many messages, or all.
      expect(await check(point, concat(fromHex(IDENTITY), new Uint8Array(32)))).toBe('bad_signature');
      expect(await check(pub, concat(point, s))).toBe('bad_signature');
      expect(() => checkSigningKey(point)).toThrow('bad_key');
    }
  });

  test('refuses what holds only when the cofactor is multiplied in', async () => {
    // A key with a part of order 8, A = aB + T, and an honest-looking signature made with a alone: [8] of both
    // sides agree, the sides do not.
    setCurves(curves);
    const { ed25519 } = await import('@noble/curves/ed25519.js');
    const { sha512 } = await import('./hash');
    const point = ed25519.Point;
    const order = point.Fn.ORDER;
    const little = (bytes: Bytes) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const torsion = point.fromHex(ORDER_8);
    const a = 12_345_678_901_234_567_890n;
    const mixed = new Uint8Array(point.BASE.multiply(a).add(torsion).toBytes());
    const nonce = 98_765_432_109_876_543_210n;
    const r = new Uint8Array(point.BASE.multiply(nonce).toBytes());
    let refused = 0;
    for (let counter = 0; counter < 8; counter++) {
      const message = utf8(`message ${counter}`);
      const k = little(await sha512(concat(r, mixed, message))) % order;
      const s = (nonce + k * a) % order;
      const scalar = Uint8Array.from({ length: 32 }, (_, index) => Number((s >> BigInt(index * 8)) & 0xffn));
      const expected = k % 8n === 0n ? 'ok' : 'bad_signature';
      expect(await outcome(() => verify(mixed, message, concat(r, scalar)))).toBe(expected);
      if (expected !== 'ok') refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
  });
});

test('both implementations make the same keys, secrets and signatures', async () => {
  await fc.assert(
    fc.asyncProperty(bytes32, bytes32, fc.uint8Array({ maxLength: 200 }), async (a, b, text) => {
      const message = new Uint8Array(text);
      const results = [];
      for (const [, curves] of implementations) {
        const [own, other, signer] = [
          await curves.importDh(a),
          await curves.importDh(b),
          await curves.importSigner(a),
        ];
        const signature = await curves.sign(signer.key, message);
        expect(await nativeCurves.verify(signer.pub, message, signature)).toBe(true);
        expect(await fallbackCurves.verify(signer.pub, message, signature)).toBe(true);
        results.push([own.pub, await curves.dh(own.key, other.pub), signer.pub, signature].map(toHex));
      }
      expect(results[0]).toEqual(results[1]);
    }),
    { numRuns: 25 },
  );
});
