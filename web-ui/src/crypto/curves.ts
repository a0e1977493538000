// X25519 and Ed25519. Browsers have them in WebCrypto; for those that do not, an implementation in JavaScript
// is loaded, whose keys are plain bytes.

import { hasNativeCurves, nativeCurves } from './curves-native';
import { type Bytes, compareBytes, fromHex } from './encoding';
import { CryptoError } from './errors';

/** Key bytes, where the browser cannot keep them from the page. */
interface SoftKey {
  readonly soft: Bytes;
}
export type PrivateKey = CryptoKey | SoftKey;

/** A private key and its public half (32 bytes). */
export interface KeyPair {
  readonly key: PrivateKey;
  readonly pub: Bytes;
}

/** What both implementations offer. Private keys are 32 bytes: the scalar of X25519, the seed of Ed25519. */
export interface Curves {
  importDh(secret: Bytes): Promise<KeyPair>;
  /** May throw, or give zeros, for points of low order. */
  dh(own: PrivateKey, other: Bytes): Promise<Bytes>;
  importSigner(seed: Bytes): Promise<KeyPair>;
  sign(key: PrivateKey, message: Bytes): Promise<Bytes>;
  /** Without the cofactor. Gets only keys and signatures that passed the strict checks. */
  verify(pub: Bytes, message: Bytes, signature: Bytes): Promise<boolean>;
}

let chosen: Promise<Curves> | undefined;

function curves(): Promise<Curves> {
  chosen ??= choose();
  return chosen;
}

/** What could not be loaded, because the node was away, is tried again by the next who needs it. */
async function choose(): Promise<Curves> {
  if (await hasNativeCurves()) return nativeCurves;
  try {
    return (await import('./curves-fallback')).fallbackCurves;
  } catch (error) {
    chosen = undefined;
    throw error;
  }
}

/** Takes another implementation from now on. For tests. */
export function setCurves(other: Curves | undefined): void {
  chosen = other && Promise.resolve(other);
}

function check32(bytes: Bytes, what: string): Bytes {
  if (bytes.length !== 32) throw new CryptoError('bad_key', `${what} has ${bytes.length} bytes`);
  return bytes;
}

/** An X25519 pair from its private half. */
export async function importDh(secret: Bytes): Promise<KeyPair> {
  return (await curves()).importDh(check32(secret, 'X25519 key'));
}

/** DH: X25519. Refuses points of low order as `bad_key`. */
export async function dh(own: PrivateKey, other: Bytes): Promise<Bytes> {
  check32(other, 'X25519 public key');
  const ours = await curves();
  let shared: Bytes | undefined;
  try {
    shared = await ours.dh(own, other);
  } catch {
    // Some implementations refuse by themselves.
  }
  if (!shared?.some((byte) => byte !== 0)) throw new CryptoError('bad_key', 'a point of low order');
  return shared;
}

/** An Ed25519 pair from its seed. */
export async function importSigner(seed: Bytes): Promise<KeyPair> {
  return (await curves()).importSigner(check32(seed, 'Ed25519 seed'));
}

/** Not deterministic on all platforms. */
export async function sign(key: PrivateKey, message: Bytes): Promise<Bytes> {
  return (await curves()).sign(key, message);
}

/** Verifies strictly; `bad_signature` when the signature, or the key, is not beyond doubt. */
export async function verify(pub: Bytes, message: Bytes, signature: Bytes): Promise<void> {
  const ok = isStrict(pub, signature) && (await (await curves()).verify(pub, message, signature));
  if (!ok) throw new CryptoError('bad_signature', 'the signature does not verify');
}

// Little-endian, as on the wire.
const L = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
const P = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
/** The y coordinates of the eight points whose order divides 8; the sign of x is in the top bit. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

function isLess(a: Bytes, b: Bytes): boolean {
  return compareBytes(a.slice().reverse(), b.slice().reverse()) < 0;
}

/** Canonical and not of small order. */
function isStrictPoint(point: Bytes): boolean {
  const y = point.slice();
  y[31] = (y[31] ?? 0) & 0x7f;
  return isLess(y, P) && !SMALL_ORDER.some((small) => compareBytes(small, y) === 0);
}

/** Refuses an Ed25519 public key that is not beyond doubt (`bad_key`). */
export function checkSigningKey(pub: Bytes): void {
  if (!isStrictPoint(check32(pub, 'Ed25519 key'))) {
    throw new CryptoError('bad_key', 'the key is of low order or not canonical');
  }
}

/** What implementations disagree on is refused before they are asked: S ≥ L, and doubtful A or R. */
function isStrict(pub: Bytes, signature: Bytes): boolean {
  if (pub.length !== 32 || signature.length !== 64) return false;
  return isLess(signature.slice(32), L) && isStrictPoint(signature.slice(0, 32)) && isStrictPoint(pub);
}
