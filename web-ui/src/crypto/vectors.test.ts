// @vitest-environment node
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { makeMoreVectors } from '../testing/e2ee-more-vectors';
import { makeVectors } from '../testing/e2ee-vectors';
import { setCurves } from './curves';
import { fallbackCurves } from './curves-fallback';
import { nativeCurves } from './curves-native';
import { fromHex, toHex } from './encoding';
import { sha256 } from './hash';

const shared = (name: string) =>
  readFileSync(new URL(`../../../src/crypto/vectors/${name}`, import.meta.url), 'utf8');

afterEach(() => setCurves(undefined));

describe.each([
  ['e2ee-vectors-v1.json', makeVectors],
  ['e2ee-vectors-v1-more.json', makeMoreVectors],
])('%s', (name, make) => {
  test.each([
    ['the browser’s own curves', nativeCurves],
    ['the fallback', fallbackCurves],
  ])('is made byte for byte with %s', async (_, curves) => {
    setCurves(curves);
    const made = await make();
    const text = shared(name);
    const expected = JSON.parse(text) as Record<string, unknown>;
    for (const group of Object.keys(expected)) {
      expect({ [group]: made[group] }).toEqual({ [group]: expected[group] });
    }
    expect(JSON.stringify(made, null, 1)).toBe(text);
  });
});

test('excerpts are as they were printed', async () => {
  const made = (await makeVectors()) as {
    message: { ct: string; mk: string };
    password: { mk: string };
  };
  const ct = fromHex(made.message.ct);
  expect(ct).toHaveLength(272);
  expect(toHex(await sha256(ct))).toBe('ebaea4f094aa746706d897f400670c5255ac4b546bc9a188dffbea137a6d64fe');
  expect(made.message.mk).toBe('edd8adb5ed230d7bc1ca92e38d503506963e448a15f2a7af0a60b7b3c14b79f1');
  expect(made.password.mk).toBe('e93843817a334c050da312e17ce5419e191782a6a127abd12a84dc581f0f3ea1');
});
