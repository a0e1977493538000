// For browsers without the curves in WebCrypto (Chrome before 137, Firefox before 130, Safari before 17).
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import type { Curves, PrivateKey } from './curves';
import { type Bytes, compareBytes, concat } from './encoding';
import { CryptoError } from './errors';
import { sha512 } from './hash';

function soft(key: PrivateKey): Bytes {
  if (!('soft' in key)) throw new CryptoError('bad_key', 'a key of another implementation');
  return key.soft;
}

function fromLittleEndian(bytes: Bytes): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

const { Point } = ed25519;

/** Slower, and its keys are readable by the page. */
export const fallbackCurves: Curves = {
  async importDh(secret) {
    return { key: { soft: secret.slice() }, pub: new Uint8Array(x25519.getPublicKey(secret)) };
  },
  async dh(own, other) {
    return new Uint8Array(x25519.getSharedSecret(soft(own), other));
  },
  async importSigner(seed) {
    return { key: { soft: seed.slice() }, pub: new Uint8Array(ed25519.getPublicKey(seed)) };
  },
  async sign(key, message) {
    return new Uint8Array(ed25519.sign(message, soft(key)));
  },
  async verify(pub, message, signature) {
    // By hand, because the library multiplies by the cofactor and the browsers and the node do not: all must
    // agree on every signature, honest or not.
    try {
      const r = signature.slice(0, 32);
      const order = Point.Fn.ORDER;
      const k = fromLittleEndian(await sha512(concat(r, pub, message))) % order;
      const s = fromLittleEndian(signature.slice(32));
      const key = Point.fromBytes(pub);
      const left = s === 0n ? Point.ZERO : Point.BASE.multiplyUnsafe(s);
      const expected = left.subtract(k === 0n ? Point.ZERO : key.multiplyUnsafe(k));
      return compareBytes(expected.toBytes(), r) === 0;
    } catch {
      return false;
    }
  },
};
