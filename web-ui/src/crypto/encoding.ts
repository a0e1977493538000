// Binary in JSON: base64url without padding, read strictly, so that equal text means equal bytes and the other way round.
import { fromBase64Url, fromHex, toBase64Url, toHex, uuidBytes } from '../lib/bytes';
import { CryptoError } from './errors';

/** Bytes that WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

declare const packed: unique symbol;
/** Bytes written as base64url. */
export type Packed = string & { readonly [packed]: number };

/** Base64url of the 16 bytes of an account, device, conversation, message or key. */
export type Id = string & { readonly [packed]: 16 };

/** Base64url of 32 public bytes: a public key, a hash or a commitment. */
export type Key32 = string & { readonly [packed]: 32 };

export const b64u = toBase64Url;

/** Reads base64url of so many bytes; `bad_format` for anything else. */
export function unb64u(text: unknown, length: number | 'any', what: string): Bytes {
  if (typeof text !== 'string') throw new CryptoError('bad_format', `${what} is not text`);
  let bytes: Bytes;
  try {
    bytes = fromBase64Url(text);
  } catch {
    throw new CryptoError('bad_format', `${what} is not base64url`);
  }
  if (length !== 'any' && bytes.length !== length) {
    throw new CryptoError('bad_format', `${what} has ${bytes.length} bytes instead of ${length}`);
  }
  return bytes;
}

export function asId(text: unknown, what = 'id'): Id {
  return b64u(unb64u(text, 16, what)) as Id;
}

export function idOf(bytes: Uint8Array): Id {
  if (bytes.length !== 16) throw new CryptoError('bad_format', `an id has ${bytes.length} bytes`);
  return b64u(bytes) as Id;
}

export function idBytes(id: Id): Bytes {
  return fromBase64Url(id);
}

/** The API writes ids as UUIDs, the protocol as their 16 bytes. */
export function idFromUuid(uuid: string): Id {
  return idOf(uuidBytes(uuid));
}

export function uuidFromId(id: Id): string {
  const hex = toHex(idBytes(id));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function asKey32(text: unknown, what = 'key'): Key32 {
  return b64u(unb64u(text, 32, what)) as Key32;
}

export function key32(bytes: Uint8Array): Key32 {
  if (bytes.length !== 32) throw new CryptoError('bad_format', `a key has ${bytes.length} bytes`);
  return b64u(bytes) as Key32;
}

export function key32Bytes(key: Key32): Bytes {
  return fromBase64Url(key);
}

export function concat(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function u32be(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function u64be(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Unsigned order of bytes, as rosters and safety numbers need it. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const encoder = new TextEncoder();
// Two readers must see the same text: no replacement characters, and a byte order mark is a character.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  return encoder.encode(text) as Bytes;
}

export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new CryptoError('bad_format', 'not UTF-8');
  }
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function randomId(): Id {
  return idOf(random(16));
}

export { fromHex, toHex };
