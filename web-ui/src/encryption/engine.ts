// The app's way to encryption: what it knows, and what can be done. The work is done by whoever `serve`s, which is
// loaded after the first screen.
import { useStore as useZustand } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { type EncryptionActions, EncryptionError, type EncryptionState, emptyEncryption } from './model';

export const encryptionStore = createStore<EncryptionState>(() => emptyEncryption);

/** A part of the state, re-read when it changes. Selectors return stored values or primitives, never new objects. */
export function useEncryption<T>(selector: (state: EncryptionState) => T): T {
  return useZustand(encryptionStore, selector);
}

let serving: EncryptionActions | null = null;

/** Says who carries out the actions; null: nobody (signed out). Tests give a false one. */
export function serve(actions: EncryptionActions | null): void {
  serving = actions;
}

type Name = keyof EncryptionActions;

/** All actions; until encryption has started they are refused with `starting`. */
export const encryption: EncryptionActions = new Proxy({} as EncryptionActions, {
  get: (_, name: Name) => {
    if (!serving)
      return () => Promise.reject(new EncryptionError('starting', 'encryption has not started yet'));
    const action: unknown = serving[name];
    return typeof action === 'function' ? action.bind(serving) : action;
  },
});
