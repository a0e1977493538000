// @vitest-environment node
import { expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import { encrypt, importAes, seal, unseal } from './aead';
import { dh, importDh } from './curves';
import { concat, fromHex, toHex, utf8 } from './encoding';
import { extract, hkdf, hmac, hmacMatches, importHmac, importSecret } from './hash';
import { box, kemSecret, keySchedule, unbox } from './hpke';

const hex = fromHex;

test('HKDF agrees with RFC 5869', async () => {
  const cases = [
    {
      ikm: '0b'.repeat(22),
      salt: '000102030405060708090a0b0c',
      info: 'f0f1f2f3f4f5f6f7f8f9',
      prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
      okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    },
    {
      ikm: '0b'.repeat(22),
      salt: '',
      info: '',
      prk: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
      okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    },
  ];
  for (const { ikm, salt, info, prk, okm } of cases) {
    expect(toHex(await extract(hex(salt), hex(ikm)))).toBe(prk);
    expect(toHex(await hkdf(hex(ikm), hex(salt), hex(info), 42))).toBe(okm);
  }
  expect(toHex(await hkdf(hex('0b'.repeat(22)), '', hex(''), 42))).toBe(cases[1]?.okm);
});

// RFC 9180, A.1.1 and A.1.2. They are for AES-128; nothing else differs from what is used here.
const INFO = '4f6465206f6e2061204772656369616e2055726e';
const PLAINTEXT = '4265617574792069732074727574682c20747275746820626561757479';
const AES_128 = { id: 1, keyBytes: 16 };
const HPKE = [
  {
    psk: undefined,
    skE: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
    enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    skR: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    shared: 'fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc',
    key: '4531685d41d65f03dc48f6b8302c05b0',
    nonce: '56d890e5accaaf011cff4b7d',
    ct: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  },
  {
    psk: {
      psk: hex('0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82'),
      id: hex('456e6e796e20447572696e206172616e204d6f726961'),
    },
    skE: '463426a9ffb42bb17dbe6044b9abd1d4e4d95f9041cef0e99d7824eef2b6f588',
    enc: '0ad0950d9fb9588e59690b74f1237ecdf1d775cd60be2eca57af5a4b0471c91b',
    skR: 'c5eb01eb457fe6c6f57577c5413b931550a162c71a03ac8d196babbd4e5ce0fd',
    shared: '727699f009ffe3c076315019c69648366b69171439bd7dd0807743bde76986cd',
    key: '15026dba546e3ae05836fc7de5a7bb26',
    nonce: '9518635eba129d5ce0914555',
    ct: 'e52c6fed7f758d0cf7145689f21bc1be6ec9ea097fef4e959440012f4feb73fb611b946199e681f4cfc34db8ea',
  },
];

test.each(HPKE)('HPKE agrees with RFC 9180: $enc', async ({ psk, skE, enc, skR, shared, key, nonce, ct }) => {
  const [sender, receiver] = [await importDh(hex(skE)), await importDh(hex(skR))];
  expect(toHex(sender.pub)).toBe(enc);
  const secret = await kemSecret(await dh(sender.key, receiver.pub), sender.pub, receiver.pub);
  expect(toHex(secret)).toBe(shared);
  const schedule = await keySchedule(secret, hex(INFO), psk, AES_128);
  expect(toHex(schedule.key)).toBe(key);
  expect(toHex(schedule.nonce)).toBe(nonce);
  const aad = utf8('Count-0');
  expect(toHex(await encrypt(await importAes(schedule.key), schedule.nonce, aad, hex(PLAINTEXT)))).toBe(ct);
});

test('a box opens only for whom it was made, with what it was made for', async () => {
  const [own, other] = [
    await importDh(new Uint8Array(32).fill(1)),
    await importDh(new Uint8Array(32).fill(2)),
  ];
  const psk = { psk: new Uint8Array(32).fill(3), id: utf8('id') };
  const boxed = await box(own.pub, utf8('info'), utf8('secret'));
  expect(await unbox(own, utf8('info'), boxed)).toEqual(utf8('secret'));
  expect(await outcome(() => unbox(other, utf8('info'), boxed))).toBe('bad_seal');
  expect(await outcome(() => unbox(own, utf8('inf0'), boxed))).toBe('bad_seal');
  expect(await outcome(() => unbox(own, utf8('info'), boxed, psk))).toBe('bad_seal');
  const ct = boxed.ct.slice();
  ct[3] = (ct[3] ?? 0) ^ 1;
  expect(await outcome(() => unbox(own, utf8('info'), { ...boxed, ct }))).toBe('bad_seal');
  expect(await outcome(() => unbox(own, utf8('info'), { ...boxed, enc: new Uint8Array(32) }))).toBe(
    'bad_key',
  );
  expect(await outcome(() => unbox(own, utf8('info'), { ...boxed, enc: new Uint8Array(31) }))).toBe(
    'bad_format',
  );
  const again = await box(own.pub, utf8('info'), utf8('secret'));
  expect(toHex(again.enc)).not.toBe(toHex(boxed.enc));
});

test('a seal opens only with its secret, in its place, unchanged', async () => {
  const [secret, other] = [await importSecret(utf8('secret')), await importSecret(utf8('other'))];
  const sealed = await seal(secret, utf8('place'), utf8('text'));
  expect(await unseal(secret, utf8('place'), sealed)).toEqual(utf8('text'));
  expect(await outcome(() => unseal(other, utf8('place'), sealed))).toBe('bad_seal');
  expect(await outcome(() => unseal(secret, utf8('plaice'), sealed))).toBe('bad_seal');
  for (const part of ['salt', 'nonce', 'ct'] as const) {
    for (let at = 0; at < sealed[part].length; at++) {
      const changed = sealed[part].slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(await outcome(() => unseal(secret, utf8('place'), { ...sealed, [part]: changed }))).toBe(
        'bad_seal',
      );
    }
  }
  const short = { ...sealed, ct: sealed.ct.slice(0, 15) };
  expect(await outcome(() => unseal(secret, utf8('place'), short))).toBe('bad_seal');
  const again = await seal(secret, utf8('place'), utf8('text'));
  expect(toHex(concat(again.salt, again.nonce))).not.toBe(toHex(concat(sealed.salt, sealed.nonce)));
});

test('tags are compared whole', async () => {
  const key = await importHmac(utf8('key'));
  const tag = await hmac(key, utf8('data'));
  expect(await hmacMatches(key, utf8('data'), tag)).toBe(true);
  expect(await hmacMatches(key, utf8('data'), tag.slice(1))).toBe(false);
  expect(await hmacMatches(key, utf8('date'), tag)).toBe(false);
});
