// @vitest-environment node
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { makeMoreVectors } from '../testing/e2ee-more-vectors';
import { makeVectors } from '../testing/e2ee-vectors';
import { useCurves } from './curves';
import { fallbackCurves } from './curves-fallback';
import { nativeCurves } from './curves-native';

const shared = (name: string) =>
  readFileSync(new URL(`../../../src/crypto/vectors/${name}`, import.meta.url), 'utf8');

afterEach(() => useCurves(undefined));

describe.each([
  ['e2ee-vectors-v1.json', makeVectors],
  ['e2ee-vectors-v1-more.json', makeMoreVectors],
])('%s', (name, make) => {
  test.each([
    ['the browser’s own curves', nativeCurves],
    ['the fallback', fallbackCurves],
  ])('is made byte for byte with %s', async (_, curves) => {
    useCurves(curves);
    const made = await make();
    const text = shared(name);
    const expected = JSON.parse(text) as Record<string, unknown>;
    for (const group of Object.keys(expected)) {
      expect({ [group]: made[group] }).toEqual({ [group]: expected[group] });
    }
    expect(JSON.stringify(made, null, 1)).toBe(text);
  });
});
