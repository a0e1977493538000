// The index in IndexedDB: segments sealed under a key that this browser made and never hands out. Whoever copies the
// files of the browser's profile has the key's bytes somewhere too; what this prevents is reading along in passing.
import type { Id } from '../../api/types';
import { type Entry, Segment } from './segment';

const VERSION = 1;
const KEYS = 'keys';
const SEGMENTS = 'segments';
const LOCAL = 'local';

interface StoredRecord {
  key: number;
  nonce: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
}

const nameOf = (account: Id): string => `snug-search-${account}`;

export class SegmentStore {
  #database: IDBDatabase;
  #key: CryptoKey;
  #account: Id;

  private constructor(database: IDBDatabase, key: CryptoKey, account: Id) {
    this.#database = database;
    this.#key = key;
    this.#account = account;
  }

  static async open(account: Id): Promise<SegmentStore> {
    const database = await openDatabase(account);
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]);
    // Another tab may make one in the same moment: the first one that is stored counts.
    const key = await new Promise<CryptoKey>((resolve, reject) => {
      const transaction = database.transaction(KEYS, 'readwrite');
      const keys = transaction.objectStore(KEYS);
      const asked = keys.get(LOCAL);
      asked.onsuccess = () => {
        const known = asked.result as CryptoKey | undefined;
        if (!known) keys.put(made, LOCAL);
        transaction.oncomplete = () => resolve(known ?? made);
      };
      transaction.onabort = () => reject(transaction.error);
    });
    return new SegmentStore(database, key, account);
  }

  /** All segments by key. What does not open is dropped: the index can be made again. */
  async load(): Promise<Map<number, Segment>> {
    const transaction = this.#database.transaction(SEGMENTS, 'readonly');
    const records = await done(transaction.objectStore(SEGMENTS).getAll() as IDBRequest<StoredRecord[]>);
    const segments = new Map<number, Segment>();
    for (const record of records) {
      const segment = await this.#unseal(record);
      if (segment) segments.set(record.key, segment);
    }
    return segments;
  }

  /** Stores segments; null deletes one. */
  async save(changes: Map<number, Segment | null>): Promise<void> {
    const records = await Promise.all(
      [...changes].map(async ([key, segment]) => ({
        key,
        record: segment && (await this.#seal(key, segment)),
      })),
    );
    const transaction = this.#database.transaction(SEGMENTS, 'readwrite');
    const store = transaction.objectStore(SEGMENTS);
    for (const { key, record } of records) {
      if (record) store.put(record);
      else store.delete(key);
    }
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** Deletes everything, the key too. */
  static async destroy(account: Id): Promise<void> {
    const request = indexedDB.deleteDatabase(nameOf(account));
    await new Promise<void>((resolve, reject) => {
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
      // Another tab holds it open; it is deleted when that one closes it.
      request.onblocked = () => resolve();
    });
  }

  async #seal(key: number, { stored }: Segment): Promise<StoredRecord> {
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(this.#algorithm(key, nonce), this.#key, pack(stored));
    return { key, nonce, sealed };
  }

  async #unseal({ key, nonce, sealed }: StoredRecord): Promise<Segment | null> {
    try {
      return new Segment(unpack(await crypto.subtle.decrypt(this.#algorithm(key, nonce), this.#key, sealed)));
    } catch {
      return null;
    }
  }

  #algorithm(key: number, nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
    const place = new TextEncoder().encode(`snug/search/${VERSION}/${this.#account}/${key}`);
    return { name: 'AES-GCM', iv: nonce, additionalData: place };
  }
}

interface Header {
  entries: Entry[];
  words: string;
  starts: number;
  places: number;
}

const HEADER_BYTES = 4;

/** Length of the JSON, the JSON, and the two rows of numbers, each beginning at a multiple of four. */
function pack({ entries, words, starts, places }: Segment['stored']): Uint8Array<ArrayBuffer> {
  const header: Header = { entries, words, starts: starts.length, places: places.length };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const at = aligned(HEADER_BYTES + json.length);
  const bytes = new Uint8Array(at + starts.byteLength + places.byteLength);
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, HEADER_BYTES);
  bytes.set(new Uint8Array(starts.buffer), at);
  bytes.set(new Uint8Array(places.buffer), at + starts.byteLength);
  return bytes;
}

function unpack(buffer: ArrayBuffer): Segment['stored'] {
  const length = new DataView(buffer).getUint32(0);
  const json = new TextDecoder().decode(new Uint8Array(buffer, HEADER_BYTES, length));
  const { entries, words, starts, places } = JSON.parse(json) as Header;
  const at = aligned(HEADER_BYTES + length);
  return {
    entries,
    words,
    starts: new Uint32Array(buffer, at, starts),
    places: new Uint16Array(buffer, at + starts * 4, places),
  };
}

const aligned = (bytes: number): number => Math.ceil(bytes / 4) * 4;

function openDatabase(account: Id): Promise<IDBDatabase> {
  const request = indexedDB.open(nameOf(account), VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(KEYS);
    request.result.createObjectStore(SEGMENTS, { keyPath: 'key' });
  };
  return done(request).then((database) => {
    // Signed out in another tab: what is open must not keep it from being deleted.
    database.onversionchange = () => database.close();
    return database;
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
