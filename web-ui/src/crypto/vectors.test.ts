// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeVectors } from '../testing/e2ee-vectors';

const file = new URL('../../../src/crypto/vectors/e2ee-vectors-v1.json', import.meta.url);

test('this implementation makes the shared vectors, byte for byte', async () => {
  const made = await makeVectors();
  const shared = readFileSync(file, 'utf8');
  const expected = JSON.parse(shared) as Record<string, unknown>;
  for (const name of Object.keys(expected))
    expect({ [name]: made[name] }).toEqual({ [name]: expected[name] });
  expect(JSON.stringify(made, null, 1)).toBe(shared);
});
