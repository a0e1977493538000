// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import { fromHex, toHex } from './encoding';
import { newRecoverySecret, recoverySecret, recoveryWords } from './recovery-words';

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

  test('are new every time', async () => {
    const [one, other] = [newRecoverySecret(), newRecoverySecret()];
    expect(await recoverySecret((await recoveryWords(one)).join(' '))).toEqual(one);
    expect(toHex(one)).not.toBe(toHex(other));
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
