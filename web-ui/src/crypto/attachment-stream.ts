// Files in both directions as streams: no more than a chunk of a file is ever in memory.
import { type FileSecret, type FileShape, fileKey, openChunk, sealChunk } from './attachment';
import type { Bytes } from './encoding';
import { CryptoError } from './errors';
import { checkZeros } from './padding';

/** Seals a file of exactly `shape.size` bytes; `bad_format` when the source has more or fewer. */
export function sealingStream(secret: FileSecret, shape: FileShape): TransformStream<Uint8Array, Bytes> {
  const key = fileKey(secret);
  // Nobody may be listening yet when the key cannot be made; the first chunk then tells.
  key.catch(() => undefined);
  const pieces = new Pieces(shape.chunk);
  let index = 0;
  let given = 0;
  const emit = async (controller: TransformStreamDefaultController<Bytes>, plaintext: Bytes) => {
    const last = index === shape.chunks - 1;
    controller.enqueue(await sealChunk(await key, index, last, plaintext));
    index += 1;
  };
  return new TransformStream({
    async transform(input, controller) {
      given += input.length;
      if (given > shape.size)
        throw new CryptoError('bad_format', 'the file is longer than it was said to be');
      // Whole chunks go on, but for one that may be the last.
      for (const whole of pieces.push(input)) await emit(controller, whole);
    },
    async flush(controller) {
      if (given < shape.size)
        throw new CryptoError('bad_format', 'the file is shorter than it was said to be');
      for (const whole of pieces.pad(shape.padded - shape.size)) await emit(controller, whole);
      await emit(controller, pieces.rest());
    },
  });
}

/**
 * Opens what `sealingStream` made; gives exactly the file. Every chunk that comes out was verified, but only the
 * end of the stream says that it was all: an error after it means that the whole must be thrown away.
 */
export function openingStream(secret: FileSecret, shape: FileShape): TransformStream<Uint8Array, Bytes> {
  const key = fileKey(secret);
  key.catch(() => undefined);
  const pieces = new Pieces(shape.chunk + 16);
  let index = 0;
  let left = shape.size;
  const emit = async (controller: TransformStreamDefaultController<Bytes>, ciphertext: Bytes) => {
    if (index >= shape.chunks)
      throw new CryptoError('bad_seal', 'the file has more chunks than it was said to have');
    const plaintext = await openChunk(await key, index, index === shape.chunks - 1, ciphertext);
    index += 1;
    const real = plaintext.subarray(0, Math.min(left, plaintext.length));
    checkZeros(plaintext.subarray(real.length));
    left -= real.length;
    if (real.length > 0) controller.enqueue(real);
  };
  return new TransformStream({
    async transform(input, controller) {
      for (const whole of pieces.push(input)) await emit(controller, whole);
    },
    async flush(controller) {
      await emit(controller, pieces.rest());
      if (index !== shape.chunks || left !== 0) {
        throw new CryptoError('bad_seal', 'the file ends before it should');
      }
    },
  });
}

/** Cuts what comes in any lengths into pieces of one length, keeping back the last one, whole or not. */
class Pieces {
  readonly #size: number;
  #buffer: Bytes;
  #length = 0;

  constructor(size: number) {
    this.#size = size;
    this.#buffer = new Uint8Array(size);
  }

  *push(input: Uint8Array): Generator<Bytes> {
    for (let at = 0; at < input.length; ) {
      if (this.#length === this.#size) yield this.#take();
      const part = input.subarray(at, at + this.#size - this.#length);
      this.#buffer.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
    }
  }

  *pad(zeros: number): Generator<Bytes> {
    for (let left = zeros; left > 0; ) {
      const part = Math.min(left, this.#size);
      yield* this.push(new Uint8Array(part));
      left -= part;
    }
  }

  rest(): Bytes {
    return this.#take();
  }

  #take(): Bytes {
    const piece = this.#buffer.slice(0, this.#length);
    this.#length = 0;
    return piece;
  }
}
