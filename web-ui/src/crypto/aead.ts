import type { Bytes } from './encoding';
import { CryptoError } from './errors';
import { expand } from './hash';

const { subtle } = crypto;

export function importAes(key: Bytes): Promise<CryptoKey> {
  return subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** AES-GCM with a tag of 16 bytes. */
export async function encrypt(key: CryptoKey, nonce: Bytes, aad: Bytes, plaintext: Bytes): Promise<Bytes> {
  const params = { name: 'AES-GCM', iv: nonce, additionalData: aad };
  return new Uint8Array(await subtle.encrypt(params, key, plaintext));
}

/** Opens what `encrypt` made; `bad_seal` when anything of it was changed. */
export async function decrypt(key: CryptoKey, nonce: Bytes, aad: Bytes, ciphertext: Bytes): Promise<Bytes> {
  try {
    const params = { name: 'AES-GCM', iv: nonce, additionalData: aad };
    return new Uint8Array(await subtle.decrypt(params, key, ciphertext));
  } catch {
    throw new CryptoError('bad_seal', 'does not open with this key in this place');
  }
}

/** What SEAL makes. */
export interface Sealed {
  /** 32 bytes. */
  salt: Bytes;
  /** 12 bytes. */
  nonce: Bytes;
  ct: Bytes;
}

/** Salt and nonce of a seal. Given only by tests; everybody else leaves them to chance. */
export type SealRandom = Pick<Sealed, 'salt' | 'nonce'>;

export function sealRandom(): SealRandom {
  return {
    salt: crypto.getRandomValues(new Uint8Array(32)),
    nonce: crypto.getRandomValues(new Uint8Array(12)),
  };
}

function sealKey(secret: CryptoKey, salt: Bytes, ctx: Bytes): Promise<CryptoKey> {
  const params = { name: 'HKDF', hash: 'SHA-256', salt, info: ctx };
  return subtle.deriveKey(params, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** SEAL(K, ctx, plaintext): a key of its own for every sealing, so that no nonce can meet the same key twice. */
export async function seal(
  secret: CryptoKey,
  ctx: Bytes,
  plaintext: Bytes,
  { salt, nonce }: SealRandom = sealRandom(),
): Promise<Sealed> {
  const ct = await encrypt(await sealKey(secret, salt, ctx), nonce, ctx, plaintext);
  return { salt, nonce, ct };
}

/** Opens a seal; `bad_seal` when the secret, the place (`ctx`) or any bit of it is another. */
export async function unseal(secret: CryptoKey, ctx: Bytes, sealed: Sealed): Promise<Bytes> {
  return decrypt(await sealKey(secret, sealed.salt, ctx), sealed.nonce, ctx, sealed.ct);
}

/** The key of one seal: to show one message to somebody without giving away the secret. */
export function sealKeyBytes(secret: CryptoKey, salt: Bytes, ctx: Bytes): Promise<Bytes> {
  return expand(secret, salt, ctx);
}
