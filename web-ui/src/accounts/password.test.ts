import { describe, expect, test } from 'vitest';
import { idFromUuid } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import { authKey, checkKdf, masterKey } from '../crypto/password';
import { encodeFields } from '../crypto/tuple';
import { fromBase64Url, fromHex, toBase64Url, toHex } from '../lib/bytes';
import { passwordStrength, refusePassword } from './password-rules';
import vectors from './password-vectors.json';

test('a tuple is encoded as in the vector', () => {
  expect(toHex(encodeFields('demo', 'a', 7, ''))).toBe(vectors.tuple.hex);
});

test('the password is split as in the vector', async () => {
  const { account, password, salt, mk, auth, ...kdf } = vectors.password;
  const master = await masterKey(password, fromHex(salt), kdf);
  expect(toHex(master)).toBe(mk);
  expect(toHex(await authKey(master, idFromUuid(account)))).toBe(auth);
});

test('two ways to type the same letters are one password', async () => {
  const salt = new Uint8Array(16);
  const kdf = { m: 65_536, t: 3, p: 1 };
  const composed = await masterKey('caf\u00e9 au lait', salt, kdf);
  expect(toHex(await masterKey('cafe\u0301 au lait', salt, kdf))).toBe(toHex(composed));
});

test.each([
  { m: 65_535, t: 3, p: 1 },
  { m: 65_536, t: 2, p: 1 },
  { m: 65_536, t: 3, p: 2 },
  { m: 1_048_577, t: 3, p: 1 },
  { m: 65_536, t: 11, p: 1 },
  { m: 65_536.5, t: 3, p: 1 },
])('parameters out of bounds are refused: %o', (kdf) => {
  expect(() => checkKdf(kdf)).toThrow(CryptoError);
});

test('base64url is read strictly', () => {
  expect(toBase64Url(fromBase64Url('_-8'))).toBe('_-8');
  for (const bad of ['_-8=', '+/8', 'A', '_-9']) expect(() => fromBase64Url(bad)).toThrow();
});

describe('a new password', () => {
  test.each([
    ['short', /at least 10/],
    ['aaaaaaaaaaaa', /different/],
    ['1q2w3e4r5t', /tried first/],
    ['Password123!', /tried first/],
    ['MargaretHamilton', /your name/],
  ])('%s is refused', async (password, reason) => {
    expect(await refusePassword(password, ['margarethamilton'])).toMatch(reason);
  });

  test('a sentence is accepted', async () => {
    expect(await refusePassword('nine hedgehogs under a hedge')).toBeNull();
  });

  test('gets a rough strength', () => {
    expect(passwordStrength('aaaaaaaaaaaaaaaaaa')).toBe('weak');
    expect(passwordStrength('nine hedgehogs under a hedge')).toBe('strong');
  });
});
