// @vitest-environment node
// Project Wycheproof's cases, as src/crypto writes them down: what implementations of the primitives got wrong before.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { decrypt, encrypt, importAes } from './aead';
import { type Curves, dh, importDh, setCurves, verify } from './curves';
import { fallbackCurves } from './curves-fallback';
import { nativeCurves } from './curves-native';
import { fromHex, toHex } from './encoding';

interface Cases {
  /** Key, nonce, associated data, ciphertext with tag, plaintext; the last is empty where it has to be refused. */
  aes_gcm: [string, string, string, string, string][];
  /** Private key, public key, shared secret. */
  x25519: [string, string, string][];
  /** Public key, message, signature, `01`. */
  ed25519: [string, string, string, string][];
}

const cases: Cases = JSON.parse(
  readFileSync(new URL('../../../src/crypto/vectors/wycheproof-v1.json', import.meta.url), 'utf8'),
);
const implementations: [string, Curves][] = [
  ['the browser’s own curves', nativeCurves],
  ['the fallback', fallbackCurves],
];

afterEach(() => setCurves(undefined));

/** What comes of it as hexadecimal; empty if it is refused. */
async function outcome(work: Promise<Uint8Array<ArrayBuffer>>): Promise<string> {
  try {
    return toHex(await work);
  } catch {
    return '';
  }
}

test('AES-256-GCM', async () => {
  expect(cases.aes_gcm.length).toBeGreaterThan(40);
  for (const [key, nonce, aad, sealed, plaintext] of cases.aes_gcm) {
    const aes = await importAes(fromHex(key));
    const opened = decrypt(aes, fromHex(nonce), fromHex(aad), fromHex(sealed));
    expect(await outcome(opened)).toBe(plaintext);
    if (plaintext === '') continue;
    const made = encrypt(aes, fromHex(nonce), fromHex(aad), fromHex(plaintext));
    expect(await outcome(made)).toBe(sealed);
  }
});

describe.each(implementations)('%s', (_, curves) => {
  // In parts: the fallback is slow.
  test.each([0, 1, 2, 3])('X25519, part %i of 4', async (part) => {
    setCurves(curves);
    const some = cases.x25519.filter((_case, index) => index % 4 === part);
    expect(some.length).toBeGreaterThan(100);
    for (const [secret, other, shared] of some) {
      const own = await importDh(fromHex(secret));
      expect(await outcome(dh(own.key, fromHex(other)))).toBe(shared);
    }
  });

  test('Ed25519', async () => {
    setCurves(curves);
    expect(cases.ed25519.length).toBeGreaterThan(100);
    for (const [key, message, signature, expected] of cases.ed25519) {
      const verified = verify(fromHex(key), fromHex(message), fromHex(signature));
      expect(await outcome(verified.then(() => new Uint8Array([1])))).toBe(expected);
    }
  });
});
