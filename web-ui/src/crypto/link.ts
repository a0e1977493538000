// A link of a signed, hash-chained log. Its body is JSON that is signed as the exact bytes that were sent.
import { type KeyPair, sign, verify } from './curves';
import { type Bytes, b64u, fromUtf8, type Id, idBytes, type Key32, key32, key32Bytes, utf8 } from './encoding';
import { CryptoError } from './errors';
import { Fields, type JsonObject } from './fields';
import { sha256 } from './hash';
import { tuple } from './tuple';

/** The log of an account or of a conversation. */
export type LogKind = 'acct' | 'conv';

export interface Link {
  body: Bytes;
  /** 64 bytes. */
  sig: Bytes;
}

/** How far a log goes: the number and the hash of its newest link. */
export interface Head {
  seq: number;
  hash: Key32;
}

const BODY_BYTES = 128 * 1024;
const DEPTH = 8;

export function linkToJson({ body, sig }: Link) {
  return { body: b64u(body), sig: b64u(sig) };
}

export function linkFromJson(json: unknown): Link {
  const fields = new Fields(json, 'link');
  fields.text('body', Math.ceil((BODY_BYTES * 4) / 3) + 2);
  return { body: fields.bytes('body', 'any'), sig: fields.bytes('sig', 64) };
}

function signed(log: LogKind, owner: Id, body: Bytes): Bytes {
  return tuple(`${log}-link`, idBytes(owner), body);
}

/** Writes and signs a body. `owner` is the account or conversation whose log it is. */
export async function signLink(log: LogKind, owner: Id, body: JsonObject, signer: KeyPair): Promise<Link> {
  const bytes = utf8(JSON.stringify(body));
  parseBody(bytes);
  return { body: bytes, sig: await sign(signer.key, signed(log, owner, bytes)) };
}

export function verifyLink(log: LogKind, owner: Id, link: Link, signer: Key32): Promise<void> {
  return verify(key32Bytes(signer), signed(log, owner, link.body), link.sig);
}

export async function linkHash(log: LogKind, owner: Id, { body, sig }: Link): Promise<Key32> {
  return key32(await sha256(tuple(`${log}-link-hash`, idBytes(owner), body, sig)));
}

/**
 * Reads a body. It must be what any client writes for the same values: so no two readers can understand it
 * differently (names twice, spaces, other spellings of numbers and letters).
 */
export function parseBody(bytes: Bytes): Fields {
  if (bytes.length > BODY_BYTES) throw new CryptoError('bad_encoding', 'the body of a link is too long');
  const text = fromUtf8(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CryptoError('bad_encoding', 'the body of a link is not JSON');
  }
  checkPlain(value, 0);
  if (JSON.stringify(value) !== text) {
    throw new CryptoError('bad_encoding', 'the body of a link is not written the one way');
  }
  return new Fields(value, 'link');
}

function checkPlain(value: unknown, depth: number): void {
  if (depth > DEPTH) throw new CryptoError('bad_encoding', 'the body of a link is too deep');
  if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0)) {
    throw new CryptoError('bad_encoding', 'a number of a link is not a whole one');
  }
  if (typeof value === 'string') checkText(value);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) checkPlain(entry, depth + 1);
    return;
  }
  for (const [name, entry] of Object.entries(value)) {
    checkText(name);
    // Some readers move such names to the front.
    if (/^\d+$/.test(name)) throw new CryptoError('bad_encoding', 'a name of a link is a number');
    checkPlain(entry, depth + 1);
  }
}

function checkText(text: string): void {
  if (!text.isWellFormed()) throw new CryptoError('bad_encoding', 'text of a link is not Unicode');
}

/** Reads `{seq, hash}`. */
export function headFrom(fields: Fields): Head {
  const head = { seq: fields.int('seq'), hash: fields.key('hash') };
  fields.end();
  return head;
}
