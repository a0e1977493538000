// @vitest-environment node
import { expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import { toHex } from './encoding';
import { checkKdf, floor, masterKey } from './password';

test('two ways to type the same letters are one password', async () => {
  const salt = new Uint8Array(16);
  const composed = await masterKey('caf\u00e9 au lait', salt, floor);
  expect(toHex(await masterKey('cafe\u0301 au lait', salt, floor))).toBe(toHex(composed));
});

test.each([
  { m: 65_535, t: 3, p: 1 },
  { m: 65_536, t: 2, p: 1 },
  { m: 65_536, t: 3, p: 2 },
  { m: 1_048_577, t: 3, p: 1 },
  { m: 65_536, t: 11, p: 1 },
  { m: 65_536.5, t: 3, p: 1 },
  { m: Number.NaN, t: 3, p: 1 },
])('a node cannot make guessing cheap, or the work endless: %o', async (kdf) => {
  expect(await outcome(async () => checkKdf(kdf))).toBe('downgraded');
  expect(await outcome(() => masterKey('a sentence of some length', new Uint8Array(16), kdf))).toBe(
    'downgraded',
  );
});

test('a salt has 16 bytes', async () => {
  const short = masterKey('a sentence of some length', new Uint8Array(15), floor);
  expect(await outcome(() => short)).toBe('bad_key');
});
