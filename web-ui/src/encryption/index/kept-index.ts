// The index with its store: one per tab, in a worker. All tabs hold it in memory; the one with the lock stores it.
import type { Id } from '../../api/types';
import { type Asked, type FoundPage, IndexInMemory } from './message-index';
import type { Entry, Segment } from './segment';
import { SegmentStore } from './segment-store';

const SAVE_MS = 3_000;
/** The unfilled segment. */
const FRESH = 0;

export interface IndexStats {
  messages: number;
  /** When the oldest of them was sent (Unix milliseconds). */
  oldestAt: number | null;
}

export class KeptIndex {
  #index: IndexInMemory;
  #account: Id;
  #store: SegmentStore | null = null;
  #isWriter = false;
  #isEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #unsaved = new Map<number, Segment | null>();
  #letGo: () => void = () => undefined;
  readonly loaded: Promise<void>;

  constructor(account: Id, index = new IndexInMemory()) {
    this.#account = account;
    this.#index = index;
    this.loaded = this.#load().catch(() => undefined);
  }

  async put(entries: Entry[]): Promise<void> {
    await this.loaded;
    if (this.#index.put(entries)) this.#saveSoon();
  }

  async remove(ids: Id[]): Promise<void> {
    await this.loaded;
    if (this.#index.remove(ids)) this.#saveSoon();
  }

  async forget(conversation: Id): Promise<void> {
    await this.loaded;
    if (this.#index.forget(conversation)) this.#saveSoon();
  }

  async search(asked: Asked): Promise<FoundPage> {
    await this.loaded;
    return this.#index.search(asked);
  }

  async stats(): Promise<IndexStats> {
    await this.loaded;
    return { messages: this.#index.size, oldestAt: this.#index.oldest?.at ?? null };
  }

  /** Stores now what is not stored yet. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.loaded;
    const store = this.#store;
    if (!store || !this.#isWriter || this.#isEnded) return;
    const saving = this.#saving.catch(() => undefined).then(() => this.#saveTo(store));
    this.#saving = saving;
    await saving;
  }

  async #saveTo(store: SegmentStore): Promise<void> {
    for (const [key, segment] of this.#index.settle()) this.#unsaved.set(key, segment);
    const changes = new Map(this.#unsaved);
    await store.save(changes);
    // What failed, as on a full disk, is tried again with the next.
    this.#unsaved.clear();
  }

  /** Signed out: nothing stays, neither in memory nor on disk. */
  async clear(): Promise<void> {
    await this.loaded;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    await this.#saving.catch(() => undefined);
    this.#index = new IndexInMemory();
    this.#store?.close();
    this.#letGo();
    await SegmentStore.destroy(this.#account);
  }

  async #load(): Promise<void> {
    this.#store = await SegmentStore.open(this.#account);
    await this.#read();
    void this.#becomeWriter();
  }

  async #read(): Promise<void> {
    const segments = (await this.#store?.load()) ?? new Map();
    for (const [key, segment] of segments) {
      if (key === FRESH) this.#index.loadFresh(segment);
      else this.#index.load(key, segment);
    }
  }

  /** Waits until no other tab writes; what that one has stored meanwhile is read, and what is newer here added. */
  async #becomeWriter(): Promise<void> {
    const write = async (hasWaited: boolean) => {
      if (this.#isEnded) return;
      if (hasWaited) await this.#readAgain();
      this.#isWriter = true;
      this.#saveSoon();
      await new Promise<void>((resolve) => {
        this.#letGo = resolve;
      });
    };
    const name = `snug-search-${this.#account}`;
    if (typeof navigator === 'undefined' || !navigator.locks) {
      void write(false);
      return;
    }
    const hadIt = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await write(false);
      return lock !== null;
    });
    if (!hadIt && !this.#isEnded) await navigator.locks.request(name, () => write(true));
  }

  async #readAgain(): Promise<void> {
    const own = this.#index;
    this.#index = new IndexInMemory();
    await this.#read();
    this.#index.put(own.entries().filter(({ id }) => !this.#index.has(id)));
  }

  #saveSoon(): void {
    this.#timer ??= setTimeout(() => void this.save().catch(() => undefined), SAVE_MS);
  }
}
