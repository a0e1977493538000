// What stands in a message once it is open.
import { type Bytes, b64u, fromUtf8, type Key32, key32Bytes, utf8 } from './encoding';
import type { MessageKind } from './envelope';
import { CryptoError } from './errors';
import { Fields } from './fields';
import type { Head } from './link';

/** Types of content by the kind of message that may hold them. */
const TYPES = {
  msg: ['text', 'file', 'voice', 'sticker', 'gif', 'poll', 'contact', 'location'],
  edit: ['edit'],
  react: ['react'],
  del: ['del'],
  note: ['vote', 'pin'],
  sys: ['info'],
  sig: ['call'],
} as const satisfies Record<MessageKind, readonly string[]>;
export type ContentType = (typeof TYPES)[MessageKind][number];

/** A head as messages gossip it: the number and the first 16 bytes of the hash, in base64url. */
export interface ShortHead {
  seq: number;
  hash: string;
}

/** What all contents have in common. The rest is in `fields`, by type. */
export interface Content {
  type: ContentType;
  /** How far the sender knew the logs of the conversation and of their own account. */
  heads: { conversation: ShortHead; account: ShortHead };
  /** Counts what this device sent in the conversation; gaps show that something may be missing. */
  n: number;
  fields: Fields;
}

/** Writes content. `rest` are the fields of its type. */
export function writeContent(
  type: ContentType,
  rest: Record<string, unknown>,
  heads: { conversation: Head; account: Head },
  n: number,
): Bytes {
  const short = ({ seq, hash }: Head) => [seq, shortHash(hash)];
  const h = { c: short(heads.conversation), a: short(heads.account) };
  return utf8(JSON.stringify({ v: 1, t: type, ...rest, h, n }));
}

/** The first 16 bytes of a hash. */
export function shortHash(hash: Key32): string {
  return b64u(key32Bytes(hash).subarray(0, 16));
}

/** Reads content; `newer` for versions and types that are not known here. Fields that are not known are left alone. */
export function readContent(kind: MessageKind, bytes: Bytes): Content {
  let json: unknown;
  try {
    json = JSON.parse(fromUtf8(bytes));
  } catch {
    throw new CryptoError('bad_format', 'the content is not JSON');
  }
  const fields = new Fields(json, 'content');
  if (fields.int('v') !== 1) throw new CryptoError('newer', 'content of a newer version');
  const text = fields.text('t', 32);
  const type = (TYPES[kind] as readonly ContentType[]).find((known) => known === text);
  if (!type) throw new CryptoError('newer', 'content of a type that is not known here');
  const heads = fields.object('h');
  return {
    type,
    heads: { conversation: heads.shortHead('c'), account: heads.shortHead('a') },
    n: fields.int('n'),
    fields,
  };
}
