// What this device keeps of the chat for when the node can't be reached: the lists, and the newest messages of the
// conversations that were read last. All of it lies sealed under a key that never leaves the browser.
import type { Id } from '../api/types';
import type { OfflineStore } from './offline-store';
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
  'levels',
  'notify',
  'cursors',
] as const;

export type KeptState = Pick<State, (typeof PARTS)[number]>;

let own: Promise<OfflineStore | null> = Promise.resolve(null);
let account: Id | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

async function open(userId: Id): Promise<OfflineStore | null> {
  const { openOffline } = await import('./offline-store');
  return openOffline(userId);
}

/** That of whoever is signed in. What can't be kept or found is no error: then there is nothing. */
export const offline = {
  use(userId: Id | null): void {
    if (userId === account) return;
    clearTimeout(timer);
    timer = undefined;
    void own.then((before) => before?.end());
    account = userId;
    own = userId === null ? Promise.resolve(null) : open(userId).catch(() => null);
  },

  state: async (): Promise<KeptState | null> =>
    (await (await own)?.get<KeptState>(STATE).catch(() => null)) ?? null,

  pages: async <T>(): Promise<[Id, T][]> => (await (await own)?.all<T>(PAGE).catch(() => null)) ?? [],

  async keepPage(conversationId: Id, page: object | null): Promise<void> {
    await (await own)?.put(PAGE + conversationId, page).catch(() => undefined);
  },

  /** Signed out for good. */
  async clear(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    await (await own)?.clear().catch(() => undefined);
  },
};

function keepState(): void {
  clearTimeout(timer);
  timer = undefined;
  const state = store.getState();
  if (state.phase !== 'ready' || state.isKept || state.me?.user.id !== account) return;
  const kept = Object.fromEntries(PARTS.map((part) => [part, state[part]]));
  void own.then((one) => one?.put(STATE, kept)).catch(() => undefined);
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
