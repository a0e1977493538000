// Files: padded, cut into chunks, each sealed under the file's own key with its number and whether it is the last
// one. Chunks can be read one by one; a file that was cut, extended or reordered does not open.
import { decrypt, encrypt, importAes } from './aead';
import { type Bytes, concat, random, u64be } from './encoding';
import { CryptoError } from './errors';
import { hkdf } from './hash';
import { padme } from './padding';
import { tuple } from './tuple';

const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
/** The largest chunk that somebody else's file may have. */
const MOST_CHUNK_BYTES = 1_048_576;
const MOST_CHUNKS = 2 ** 32;

/** The secrets of a file, which travel in the message. Never shared between files. */
export interface FileSecret {
  /** 32 bytes. */
  key: Bytes;
  /** 16 bytes. */
  salt: Bytes;
}

export function newFileSecret(): FileSecret {
  return { key: random(32), salt: random(16) };
}

/** How a file lies on the node. All sizes in bytes. */
export interface FileShape {
  /** Of the file itself. */
  size: number;
  /** With padding. */
  padded: number;
  chunk: number;
  chunks: number;
  /** Of what the node stores. */
  ctSize: number;
}

export function fileShape(size: number, chunk = CHUNK_BYTES): FileShape {
  if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(chunk) || chunk < 1) {
    throw new CryptoError('bad_format', 'not the size of a file');
  }
  const padded = padme(size);
  const chunks = Math.max(1, Math.ceil(padded / chunk));
  if (chunk > MOST_CHUNK_BYTES || chunks > MOST_CHUNKS)
    throw new CryptoError('e2ee_too_large', 'the file, or its chunks, are too large');
  return { size, padded, chunk, chunks, ctSize: padded + chunks * TAG_BYTES };
}

/** The shape of a file that a message describes; `bad_format` when its sizes do not fit each other. */
export function describedShape(file: { size: number; ct_size: number; chunk: number }): FileShape {
  const shape = fileShape(file.size, file.chunk);
  if (shape.ctSize !== file.ct_size) throw new CryptoError('bad_format', 'the sizes of the file do not fit');
  return shape;
}

/** Where chunk `index` lies in the ciphertext: from … until (exclusive), for requests of a part. */
export function chunkRange(shape: FileShape, index: number): { from: number; until: number } {
  const step = shape.chunk + TAG_BYTES;
  return { from: index * step, until: Math.min((index + 1) * step, shape.ctSize) };
}

/** The key of a file's chunks. */
export async function fileKey({ key, salt }: FileSecret): Promise<CryptoKey> {
  return importAes(await hkdf(key, salt, tuple('file')));
}

function chunkNonce(index: number, last: boolean): Bytes {
  return concat(new Uint8Array(3), u64be(index), Uint8Array.of(last ? 1 : 0));
}

const none = new Uint8Array();

export function sealChunk(key: CryptoKey, index: number, last: boolean, plaintext: Bytes): Promise<Bytes> {
  return encrypt(key, chunkNonce(index, last), none, plaintext);
}

/** Opens a chunk; `bad_seal` when it is another one, or not the last where it should be, or changed. */
export function openChunk(key: CryptoKey, index: number, last: boolean, ciphertext: Bytes): Promise<Bytes> {
  return decrypt(key, chunkNonce(index, last), none, ciphertext);
}
