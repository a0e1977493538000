// Which errors of the node this browser has shown already.
import { useSyncExternalStore } from 'react';
import { loadErrors } from './watching';

const KEY = 'snug.errors-seen-at';
const watchers = new Set<() => void>();
let count = 0;

/** Up to when the errors were looked at here (Unix milliseconds). */
export function errorsSeenAt(): number {
  try {
    return Number(localStorage.getItem(KEY) ?? 0);
  } catch {
    return 0;
  }
}

/** Everything up to this time has been looked at. */
export function seeErrors(until: number): void {
  try {
    localStorage.setItem(KEY, String(until));
  } catch {
    // then they are new again the next time
  }
  tell(0);
}

function tell(now: number): void {
  count = now;
  for (const watcher of watchers) watcher();
}

/** Counts the errors that are new; what fails is tried again with the next page. */
export async function countNewErrors(): Promise<void> {
  const seen = errorsSeenAt();
  const { errors } = await loadErrors('error').catch(() => ({ errors: [] }));
  tell(errors.filter(({ last_at }) => last_at > seen).length);
}

export const useNewErrors = (): number =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => count,
  );
