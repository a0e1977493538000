// SHA-2, HMAC and HKDF over WebCrypto.
import { type Bytes, concat } from './encoding';

const { subtle } = crypto;

/** H: SHA-256. */
export async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.digest('SHA-256', data));
}

export async function sha512(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.digest('SHA-512', data));
}

export function importHmac(key: Bytes): Promise<CryptoKey> {
  return subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

export async function hmac(key: CryptoKey, data: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.sign('HMAC', key, data));
}

/** Compares in constant time: WebCrypto promises that of `verify`. */
export function hmacMatches(key: CryptoKey, data: Bytes, tag: Bytes): Promise<boolean> {
  return subtle.verify('HMAC', key, tag, data);
}

/** A secret from which others are derived; its bytes cannot be read back. */
export function importSecret(secret: Bytes): Promise<CryptoKey> {
  return subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits', 'deriveKey']);
}

const none = new Uint8Array();

/** HKDF-SHA256 of a secret that was imported. `length` in bytes. */
export async function expand(secret: CryptoKey, salt: Bytes, info: Bytes, length = 32): Promise<Bytes> {
  const bits = await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, secret, length * 8);
  return new Uint8Array(bits);
}

/** HKDF(secret, "", info) for 32 bytes: the form in which nearly all keys are derived. */
export function derive(secret: CryptoKey, info: Bytes): Promise<Bytes> {
  return expand(secret, none, info);
}

/** HKDF-SHA256. An empty salt stands for zeros, as in RFC 5869. */
export async function hkdf(secret: Bytes, salt: Bytes | '', info: Bytes, length = 32): Promise<Bytes> {
  return expand(await importSecret(secret), salt === '' ? none : salt, info, length);
}

/** HKDF-Extract of RFC 5869, which WebCrypto does not offer by itself. */
export async function extract(salt: Bytes, secret: Bytes): Promise<Bytes> {
  // WebCrypto refuses an empty HMAC key; zeros are the same key.
  return hmac(await importHmac(salt.length === 0 ? new Uint8Array(32) : salt), secret);
}

/** HKDF-Expand of RFC 5869 for at most 32 bytes. */
export async function expandOnce(prk: CryptoKey, info: Bytes, length: number): Promise<Bytes> {
  return (await hmac(prk, concat(info, Uint8Array.of(1)))).slice(0, length);
}
