// The service worker of this page (src/service-worker): it keeps the app's files, and a new version of them waits until
// somebody takes it.
import { workerUrl } from '../lib/trusted-types';

/** `waits`: a newer version is there; `taken`: another tab has begun with it already. */
export type VersionState = 'current' | 'waits' | 'taken';

const SCRIPT = '/service-worker.js';
const CHECK_MS = 3_600_000;

let state: VersionState = 'current';
let registration: ServiceWorkerRegistration | null = null;
let isTaking = false;
const listeners = new Set<() => void>();

function set(next: VersionState): void {
  state = next;
  for (const listener of listeners) listener();
}

export const version = {
  getSnapshot: (): VersionState => state,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Loads the page again, with the version that waits. What was typed is kept on this device. */
  take(): void {
    const waiting = registration?.waiting;
    if (!waiting) {
      location.reload();
      return;
    }
    isTaking = true;
    waiting.postMessage('take over');
  },

  /** The node may have been exchanged. */
  check(): void {
    void registration?.update().catch(() => undefined);
  },
};

let isKeeping = false;

/** Keeps the app's files in this browser. Where it does not trust the node's certificate it refuses, and nothing changes. */
export async function keepShell(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!import.meta.env.PROD || !serviceWorker || isKeeping) return;
  isKeeping = true;
  const hadOne = serviceWorker.controller !== null;
  serviceWorker.addEventListener('controllerchange', () => {
    if (isTaking) location.reload();
    else if (hadOne) set('taken');
  });
  try {
    const script = workerUrl(new URL(SCRIPT, location.href));
    registration = await serviceWorker.register(script, { updateViaCache: 'none' });
  } catch {
    return;
  }
  const look = () => {
    if (registration?.waiting && serviceWorker.controller) set('waits');
  };
  look();
  registration.addEventListener('updatefound', () => {
    registration?.installing?.addEventListener('statechange', look);
  });
  setInterval(version.check, CHECK_MS);
}
