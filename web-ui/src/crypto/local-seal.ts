// What lies in the browser's database is sealed under a key that never leaves the browser, so that a copy of the
// files alone tells nothing, and nothing in it can be exchanged unnoticed.
import { type Bytes, fromUtf8, utf8 } from './encoding';
import type { Keeper } from './keeper';

const { subtle } = crypto;
const NAME = 'local';

/** A value as text; maps are kept. */
function write(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => (entry instanceof Map ? { $map: [...entry] } : entry));
}

function read(text: string): unknown {
  return JSON.parse(text, (_, entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('$map' in entry)) return entry;
    return new Map(entry.$map as [unknown, unknown][]);
  });
}

export class LocalSeal {
  readonly #keeper: Keeper;
  #key: CryptoKey | null = null;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  async #local(): Promise<CryptoKey> {
    this.#key ??= ((await this.#keeper.get(NAME)) as CryptoKey | undefined) ?? null;
    if (this.#key) return this.#key;
    const made = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    // Another tab may have made one at the same time.
    this.#key = (await this.#keeper.update(NAME, (known) => known ?? made)) as CryptoKey;
    return this.#key;
  }

  /** Seals a value for the entry of this name. */
  async seal(name: string, value: unknown): Promise<{ iv: Bytes; ct: ArrayBuffer }> {
    const key = await this.#local();
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const params = { name: 'AES-GCM', iv, additionalData: utf8(name) };
    return { iv, ct: await subtle.encrypt(params, key, utf8(write(value))) };
  }

  /** Opens it again; undefined for what is not there or was not sealed here. */
  async open<T>(name: string, sealed: unknown): Promise<T | undefined> {
    if (typeof sealed !== 'object' || sealed === null || !('iv' in sealed) || !('ct' in sealed)) return;
    const { iv, ct } = sealed as { iv: Bytes; ct: ArrayBuffer };
    const key = await this.#local();
    try {
      const plain = await subtle.decrypt({ name: 'AES-GCM', iv, additionalData: utf8(name) }, key, ct);
      return read(fromUtf8(new Uint8Array(plain))) as T;
    } catch {
      return undefined;
    }
  }

  /** The key went with the database. */
  forget(): void {
    this.#key = null;
  }
}
