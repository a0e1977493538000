// @vitest-environment node
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import { asId, b64u, idFromUuid, idOf, unb64u, uuidFromId } from './encoding';

describe('base64url', () => {
  test('has one form', async () => {
    for (const bad of ['AA==', 'A', 'AB', 'A A', 'A+', 'A/', 'é', '_-9']) {
      expect(await outcome(async () => unb64u(bad, 'any', 'x'))).toBe('bad_format');
    }
    expect(await outcome(async () => unb64u('AAA', 3, 'x'))).toBe('bad_format');
    expect(await outcome(async () => unb64u(7, 'any', 'x'))).toBe('bad_format');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(b64u(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(unb64u(b64u(bytes), bytes.length, 'x')).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  test('carries the ids of the API', () => {
    const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
    expect(uuidFromId(idFromUuid(uuid))).toBe(uuid);
    expect(asId(idFromUuid(uuid))).toBe(idFromUuid(uuid));
    expect(() => idOf(new Uint8Array(15))).toThrow('bad_format');
  });
});
