// A link of a signed, hash-chained log. Its body is JSON that is signed as the exact bytes that were sent.
import { type KeyPair, sign, verify } from './curves';
import {
  type Bytes,
  b64u,
  fromUtf8,
  type Id,
  idBytes,
  type Key32,
  key32,
  key32Bytes,
  utf8,
} from './encoding';
import { CryptoError, refuse } from './errors';
import { Fields, type JsonObject } from './fields';
import { sha256 } from './hash';
import { tuple } from './tuple';

/** The log of an account or of a conversation. */
type LogKind = 'acct' | 'conv';

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
  if (bytes.length > BODY_BYTES) throw new CryptoError('e2ee_too_large', 'the body of a link is too long');
  let value: unknown;
  try {
    const text = fromUtf8(bytes);
    value = JSON.parse(text);
    checkPlain(value, 0);
    if (JSON.stringify(value) !== text) throw new CryptoError('bad_format', 'not written the one way');
  } catch (error) {
    refuse('canonical', `the body of a link: ${error instanceof Error ? error.message : 'not JSON'}`);
  }
  return new Fields(value, 'link');
}

function checkPlain(value: unknown, depth: number): void {
  if (depth > DEPTH) throw new CryptoError('bad_format', 'too deep');
  if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0)) {
    throw new CryptoError('bad_format', 'a number is not a whole one');
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
    if (/^\d+$/.test(name)) throw new CryptoError('bad_format', 'a name is a number');
    checkPlain(entry, depth + 1);
  }
}

function checkText(text: string): void {
  if (!text.isWellFormed()) throw new CryptoError('bad_format', 'text is not Unicode');
}

/** Reads a link with `read`; what is wrong with its fields breaks the rule `fields`. */
export function readLink<T>(link: Link, read: (fields: Fields) => T): T {
  const fields = parseBody(link.body);
  try {
    if (fields.int('v') !== 1) throw new CryptoError('newer', 'a link of a newer version');
    const result = read(fields);
    fields.end();
    return result;
  } catch (error) {
    if (error instanceof CryptoError && error.code === 'bad_format') refuse('fields', error.message);
    throw error;
  }
}

/** Reads `{seq, hash}`. */
export function headFrom(fields: Fields): Head {
  const head = { seq: fields.int('seq'), hash: fields.key('hash') };
  fields.end();
  return head;
}
