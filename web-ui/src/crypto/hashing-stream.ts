import { createSHA256 } from 'hash-wasm';
import { b64u } from './encoding';

/**
 * Passes bytes on and takes their SHA-256 on the way: WebCrypto would want all of a file at once. The hash, as
 * base64url, is there once the stream has ended; if it breaks off, it never is.
 */
export async function hashingStream(): Promise<{
  stream: TransformStream<Uint8Array, Uint8Array>;
  hash: Promise<string>;
}> {
  const hasher = await createSHA256();
  hasher.init();
  let done: (hash: string) => void;
  const hash = new Promise<string>((resolve) => {
    done = resolve;
  });
  const stream = new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, controller) {
      hasher.update(bytes);
      controller.enqueue(bytes);
    },
    flush() {
      done(b64u(hasher.digest('binary')));
    },
  });
  return { stream, hash };
}
