import { useSyncExternalStore } from 'react';

/** Whether a media query matches now, and when that changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    () => matchMedia(query).matches,
  );
}

/** More than one column beside each other. */
export const WIDE = '(min-width: 640px)';
/** Room for the members beside the messages. */
export const WIDEST = '(min-width: 1100px)';
