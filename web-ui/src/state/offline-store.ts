// Where the offline part lies: one database for each account, sealed entry by entry.
import { offlineDatabase } from '../api/kept-account';
import type { Id } from '../api/types';
import { type Keeper, memoryKeeper, storedKeeper } from '../crypto/keeper';
import { LocalSeal } from '../crypto/local-seal';

/** Where there is no database, or no cipher (plain HTTP), it lasts as long as the page. */
export function openOffline(account: Id): OfflineStore {
  const canKeep = typeof indexedDB !== 'undefined' && globalThis.crypto?.subtle !== undefined;
  return new OfflineStore(canKeep ? storedKeeper(offlineDatabase(account)) : memoryKeeper());
}

/** One account's; values come back as they were put. */
export class OfflineStore {
  readonly #keeper: Keeper;
  readonly #seal: LocalSeal;
  #isOver = false;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
    this.#seal = new LocalSeal(keeper);
  }

  async get<T>(name: string): Promise<T | null> {
    return (await this.#seal.open<T>(name, await this.#keeper.get(name))) ?? null;
  }

  /** By what follows the prefix. What does not open is left out. */
  async all<T>(prefix: string): Promise<[string, T][]> {
    const found = await this.#keeper.all(prefix);
    const opened = await Promise.all(
      found.map(
        async ([name, sealed]): Promise<[string, T | undefined]> => [
          name.slice(prefix.length),
          await this.#seal.open<T>(name, sealed),
        ],
      ),
    );
    return opened.filter((entry): entry is [string, T] => entry[1] !== undefined);
  }

  /** Null takes it away. One after the other. */
  put(name: string, value: object | null): Promise<void> {
    const written = this.#writing.then(() => this.#put(name, value));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #put(name: string, value: object | null): Promise<void> {
    if (this.#isOver) return;
    const sealed = value === null ? undefined : await this.#seal.seal(name, value);
    if (!this.#isOver) await this.#keeper.put({ [name]: sealed });
  }

  /** No more is written, whatever is under way. */
  end(): void {
    this.#isOver = true;
  }

  /** Nothing stays, the key neither. */
  async clear(): Promise<void> {
    this.end();
    await this.#writing;
    await this.#keeper.clear();
  }
}
