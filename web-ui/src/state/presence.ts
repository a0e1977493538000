// Whose presence this device shows: the union of what is on the screen, told to the node when it changes.
import { useEffect } from 'react';
import type { Id, Presence } from '../api/types';
import { remember } from './load';
import { socket } from './sync';

const MOST = 200;
const SETTLE_MS = 300;

const counts = new Map<Id, number>();
let timer: ReturnType<typeof setTimeout> | undefined;
let told = '';

function changed(): void {
  clearTimeout(timer);
  timer = setTimeout(tell, SETTLE_MS);
}

function tell(): void {
  const user_ids = [...counts.keys()].slice(0, MOST);
  const now = user_ids.join();
  if (now === told || !socket.isOnline) return;
  told = now;
  socket
    .request<{ users: Presence[] }>('presence.watch', { user_ids })
    .then(({ users }) => remember.presence(users))
    .catch(() => {
      told = '';
    });
}

// The node forgets the list with the connection.
socket.subscribe(() => {
  if (!socket.isOnline) {
    told = '';
    return;
  }
  changed();
});

function watch(ids: Id[]): () => void {
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  changed();
  return () => {
    for (const id of ids) {
      const left = (counts.get(id) ?? 1) - 1;
      if (left === 0) counts.delete(id);
      else counts.set(id, left);
    }
    changed();
  };
}

/** Keeps the presence of these people up to date in the store (`state.presence`) while the component is shown. */
export function useWatchedPresence(ids: Id[]): void {
  const list = ids.join();
  useEffect(() => watch(list === '' ? [] : list.split(',')), [list]);
}
