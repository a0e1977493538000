// Users that something refers to but that are not loaded yet, fetched together.
import { useEffect } from 'react';
import { api, take } from '../api/http';
import type { Id } from '../api/types';
import { remember } from './load';
import { store } from './store';

const GATHER_MS = 40;
const MOST = 100;

const wanted = new Set<Id>();
const asked = new Set<Id>();
let isGathering = false;

/** Loads those of these users that are not known yet. */
export function wantUsers(ids: readonly Id[]): void {
  const { users } = store.getState();
  for (const id of ids) if (!(id in users) && !asked.has(id)) wanted.add(id);
  if (wanted.size > 0) gather();
}

function gather(): void {
  if (isGathering) return;
  isGathering = true;
  setTimeout(fetchWanted, GATHER_MS);
}

async function fetchWanted(): Promise<void> {
  isGathering = false;
  const ids = [...wanted].slice(0, MOST);
  for (const id of ids) {
    wanted.delete(id);
    asked.add(id);
  }
  try {
    const { users } = await take(api.GET('/api/v1/users', { params: { query: { ids: ids.join() } } }));
    remember.users(users);
  } catch {
    // Shown without names until something else brings them; asked for again then.
    for (const id of ids) asked.delete(id);
  }
  if (wanted.size > 0) gather();
}

/** Loads these users while the component is shown. */
export function useUsers(ids: readonly Id[]): void {
  const list = ids.join();
  useEffect(() => {
    if (list !== '') wantUsers(list.split(','));
  }, [list]);
}
