// What this device keeps of the chat for when the node can't be reached: the lists, and the newest messages of the
// conversations that were read last. All of it lies sealed under a key that never leaves the browser.
import { offlineDatabase } from '../api/kept-account';
import type { Id } from '../api/types';
import { type Keeper, memoryKeeper, storedKeeper } from '../crypto/keeper';
import { LocalSeal } from '../crypto/local-seal';
import { type State, store } from './store';

const STATE = 'state';
const PAGE = 'page/';
const GATHER_MS = 2_000;

const PARTS = [
  'me',
  'instance',
  'users',
  'servers',
  'categories',
  'rooms',
  'roles',
  'members',
  'conversations',
  'readStates',
  'cursors',
] as const;

export type KeptState = Pick<State, (typeof PARTS)[number]>;

/** One account's; values come back as they were put. */
export class OfflineStore {
  readonly #keeper: Keeper;
  readonly #seal: LocalSeal;
  #isOver = false;

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

  /** Null takes it away. */
  async put(name: string, value: object | null): Promise<void> {
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
    await this.#keeper.clear();
  }
}

let own: OfflineStore | null = null;
let account: Id | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** That of whoever is signed in. Where there is no database it lasts as long as the page. */
export const offline = {
  use(userId: Id | null): void {
    if (userId === account) return;
    clearTimeout(timer);
    timer = undefined;
    own?.end();
    account = userId;
    const hasDatabase = typeof indexedDB !== 'undefined' && globalThis.crypto?.subtle !== undefined;
    if (userId === null) own = null;
    else own = new OfflineStore(hasDatabase ? storedKeeper(offlineDatabase(userId)) : memoryKeeper());
  },

  state: async (): Promise<KeptState | null> => (await own?.get<KeptState>(STATE).catch(() => null)) ?? null,

  pages: async <T>(): Promise<[Id, T][]> => (await own?.all<T>(PAGE).catch(() => null)) ?? [],

  async keepPage(conversationId: Id, page: object | null): Promise<void> {
    await own?.put(PAGE + conversationId, page).catch(() => undefined);
  },

  /** Signed out for good. */
  async clear(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    await own?.clear().catch(() => undefined);
  },
};

function keepState(): void {
  clearTimeout(timer);
  timer = undefined;
  const state = store.getState();
  if (state.phase !== 'ready' || state.isKept || state.me?.user.id !== account) return;
  const kept = Object.fromEntries(PARTS.map((part) => [part, state[part]]));
  void own?.put(STATE, kept).catch(() => undefined);
}

store.subscribe((state, before) => {
  if (timer !== undefined || account === null || state.isKept || state.phase !== 'ready') return;
  if (PARTS.some((part) => state[part] !== before[part])) timer = setTimeout(keepState, GATHER_MS);
});

// The page may end at any time from here on.
if (typeof document !== 'undefined') {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && timer !== undefined) keepState();
  });
}
