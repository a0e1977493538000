// @vitest-environment node
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import {
  chunkRange,
  describedShape,
  type FileShape,
  fileKey,
  fileShape,
  newFileSecret,
  openChunk,
} from './attachment';
import { openingStream, sealingStream } from './attachment-stream';
import { type Bytes, b64u, concat } from './encoding';
import { sha256 } from './hash';
import { hashingStream } from './hashing-stream';

const secret = newFileSecret();

function pieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
      controller.close();
    },
  });
}

async function all(stream: ReadableStream<Uint8Array>): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value);
  return concat(...parts);
}

const sealFile = (file: Uint8Array, shape: FileShape, piece = 1_000, with_ = secret) =>
  all(pieces(file, piece).pipeThrough(sealingStream(with_, shape)));
const openFile = (ct: Uint8Array, shape: FileShape, piece = 1_000, with_ = secret) =>
  all(pieces(ct, piece).pipeThrough(openingStream(with_, shape)));

function bytesOf(length: number): Bytes {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + 1) % 256);
}

describe('a file', () => {
  test('comes back as it was, in whatever pieces it travels', async () => {
    const sizes = fc.oneof(
      fc.integer({ min: 0, max: 600 }),
      fc.constantFrom(0, 1, 63, 64, 65, 127, 128, 129, 512),
    );
    const piece = fc.integer({ min: 1, max: 300 });
    await fc.assert(
      fc.asyncProperty(sizes, piece, piece, async (size, out, back) => {
        const shape = fileShape(size, 64);
        const ct = await sealFile(bytesOf(size), shape, out);
        expect(ct).toHaveLength(shape.ctSize);
        expect(await openFile(ct, shape, back)).toEqual(bytesOf(size));
      }),
      { numRuns: 60 },
    );
  });

  test('of several chunks of the usual size comes back, too', async () => {
    const file = bytesOf(200_000);
    const shape = fileShape(file.length);
    expect(shape).toMatchObject({ chunk: 65_536, chunks: 4, padded: 200_704 });
    const ct = await sealFile(file, shape, 65_536);
    expect(await openFile(ct, shape, 40_000)).toEqual(file);
    const { from, until } = chunkRange(shape, 3);
    const last = await openChunk(await fileKey(secret), 3, true, ct.slice(from, until));
    expect(last.slice(0, 200_000 - 3 * 65_536)).toEqual(file.slice(3 * 65_536));
    expect(until).toBe(ct.length);
  });

  test('is hashed as it is sealed', async () => {
    const file = bytesOf(1_000);
    const shape = fileShape(file.length, 64);
    const { stream, hash } = await hashingStream();
    const ct = await all(pieces(file, 100).pipeThrough(sealingStream(secret, shape)).pipeThrough(stream));
    expect(await hash).toBe(b64u(await sha256(ct)));
  });

  test('that was cut, extended, reordered or changed does not open', async () => {
    const file = bytesOf(200);
    const shape = fileShape(file.length, 64);
    const ct = await sealFile(file, shape);
    const open = (bytes: Uint8Array, as = shape, with_ = secret) =>
      outcome(() => openFile(bytes, as, 80, with_));
    const step = 80;
    const chunk = (index: number) => ct.slice(index * step, (index + 1) * step);
    expect(shape.chunks).toBe(4);
    expect(await open(ct)).toBe('ok');
    expect(await open(ct.slice(0, 3 * step))).toBe('bad_seal');
    expect(await open(ct.slice(0, -1))).toBe('bad_seal');
    expect(await open(new Uint8Array())).toBe('bad_seal');
    expect(await open(concat(ct, chunk(0)))).toBe('bad_seal');
    expect(await open(concat(ct, new Uint8Array(1)))).toBe('bad_seal');
    expect(await open(concat(chunk(1), chunk(0), chunk(2), chunk(3)))).toBe('bad_seal');
    expect(await open(concat(chunk(0), chunk(0), chunk(2), chunk(3)))).toBe('bad_seal');
    for (let at = 0; at < ct.length; at += 13)
      expect(await open(ct.with(at, (ct[at] ?? 0) ^ 1))).toBe('bad_seal');
    expect(await open(ct, shape, newFileSecret())).toBe('bad_seal');
    expect(await open(ct, shape, { ...secret, salt: newFileSecret().salt })).toBe('bad_seal');
    // The last chunk as one in the middle, and the other way round.
    const key = await fileKey(secret);
    expect(await outcome(() => openChunk(key, 3, false, chunk(3)))).toBe('bad_seal');
    expect(await outcome(() => openChunk(key, 0, true, chunk(0)))).toBe('bad_seal');
  });

  test('is exactly as long as it was said to be', async () => {
    const shape = fileShape(100, 64);
    expect(await outcome(() => sealFile(bytesOf(101), shape))).toBe('bad_format');
    expect(await outcome(() => sealFile(bytesOf(99), shape))).toBe('bad_format');
    // Said to be shorter: what is then padding is not zero.
    const ct = await sealFile(bytesOf(104), fileShape(104, 64));
    expect(fileShape(104, 64).padded).toBe(fileShape(100, 64).padded);
    expect(await outcome(() => openFile(ct, shape))).toBe('bad_padding');
  });

  test('is described by sizes that fit each other', async () => {
    const { ctSize } = fileShape(200);
    expect(describedShape({ size: 200, ct_size: ctSize, chunk: 65_536 }).size).toBe(200);
    const describe_ = (change: object) =>
      outcome(async () => describedShape({ size: 200, ct_size: ctSize, chunk: 65_536, ...change }));
    expect(await describe_({ ct_size: ctSize + 1 })).toBe('bad_format');
    expect(await describe_({ size: 100 })).toBe('bad_format');
    expect(await describe_({ chunk: 0 })).toBe('bad_format');
    expect(await describe_({ size: -1 })).toBe('bad_format');
    expect(await describe_({ chunk: 2_000_000 })).toBe('e2ee_too_large');
    expect(await describe_({ size: 2 ** 52, chunk: 1 })).toBe('e2ee_too_large');
  });
});
