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

/** How long an action waits for encryption to start. */
const PATIENCE_MS = 10_000;

const isStarting = () => encryptionStore.getState().phase === 'starting';

/** Until it is known what this browser can do: who is faster than the start has made no mistake. */
export async function whenStarted(): Promise<void> {
  if (!isStarting()) return;
  await new Promise<void>((resolve) => {
    const off = encryptionStore.subscribe(() => isStarting() || resolve(off()));
    setTimeout(() => resolve(off()), PATIENCE_MS);
  });
}

type Name = keyof EncryptionActions;

/** All actions. Those that come before encryption has started wait for it; after a while they are refused with `starting`. */
export const encryption: EncryptionActions = new Proxy({} as EncryptionActions, {
  get:
    (_, name: Name) =>
    (...input: never[]) => {
      const act = () => {
        if (!serving) throw new EncryptionError('starting');
        return (serving[name] as (...input: never[]) => unknown)(...input);
      };
      return serving && !isStarting() ? act() : whenStarted().then(act);
    },
});
