// @vitest-environment node
import { expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import { checkKdf } from './password';

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
