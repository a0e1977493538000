// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type NegativeCase, runNegative } from '../testing/e2ee-negatives';

const file = new URL('../../../src/crypto/vectors/negatives-v1.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: NegativeCase[] };

test.each(cases)('$group: $what', async (one) => {
  expect(await runNegative(one)).toBe(one.expect);
});
