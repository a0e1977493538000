import type { Curves, KeyPair, PrivateKey } from './curves';
import { type Bytes, b64u, concat, fromHex, unb64u } from './encoding';
import { CryptoError } from './errors';

const { subtle } = crypto;

const PKCS8 = {
  X25519: fromHex('302e020100300506032b656e04220420'),
  Ed25519: fromHex('302e020100300506032b657004220420'),
} as const;
type Curve = keyof typeof PKCS8;
const USES = { X25519: ['deriveBits'], Ed25519: ['sign'] } as const satisfies Record<Curve, KeyUsage[]>;

async function importPair(curve: Curve, secret: Bytes): Promise<KeyPair> {
  const pkcs8 = concat(PKCS8[curve], secret);
  // The public half can only be read from a key that may be exported; the one that stays may not.
  const open = await subtle.importKey('pkcs8', pkcs8, curve, true, USES[curve]);
  const [key, { x }] = await Promise.all([
    subtle.importKey('pkcs8', pkcs8, curve, false, USES[curve]),
    subtle.exportKey('jwk', open),
  ]);
  if (x === undefined) throw new CryptoError('bad_key', 'the browser gives no public key');
  const pub = unb64u(x, 32, 'public key');
  return { key, pub };
}

/** Importing costs more than using: the newest public keys are kept. */
const CACHED = 8_192;

function publicKeys(curve: Curve, uses: KeyUsage[]): (pub: Bytes) => Promise<CryptoKey> {
  const cache = new Map<string, Promise<CryptoKey>>();
  return (pub) => {
    const name = b64u(pub);
    let key = cache.get(name);
    if (!key) {
      key = subtle.importKey('raw', pub, curve, false, uses);
      // What the browser refuses is not worth a place.
      key.catch(() => cache.delete(name));
      const oldest = cache.size >= CACHED ? cache.keys().next().value : undefined;
      if (oldest !== undefined) cache.delete(oldest);
      cache.set(name, key);
    }
    return key;
  };
}

const dhKey = publicKeys('X25519', []);
const verifyKey = publicKeys('Ed25519', ['verify']);

function native(key: PrivateKey): CryptoKey {
  if ('soft' in key) throw new CryptoError('bad_key', 'a key of another implementation');
  return key;
}

/** The browser's own. Private keys cannot be exported. */
export const nativeCurves: Curves = {
  importDh: (secret) => importPair('X25519', secret),
  async dh(own, other) {
    const params = { name: 'X25519', public: await dhKey(other) };
    return new Uint8Array(await subtle.deriveBits(params, native(own), 256));
  },
  importSigner: (seed) => importPair('Ed25519', seed),
  async sign(key, message) {
    return new Uint8Array(await subtle.sign('Ed25519', native(key), message));
  },
  async verify(pub, message, signature) {
    try {
      return await subtle.verify('Ed25519', await verifyKey(pub), signature, message);
    } catch {
      return false;
    }
  },
};

/** Whether this browser has both curves. */
export async function hasNativeCurves(): Promise<boolean> {
  try {
    await subtle.generateKey('X25519', false, ['deriveBits']);
    await subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}
