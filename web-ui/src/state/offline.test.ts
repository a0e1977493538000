import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keptAccount, offlineDatabase } from '../api/kept-account';
import { memoryKeeper, storedKeeper } from '../crypto/keeper';
import { aSync, ROOM } from '../testing/entities';
import { loadSync } from './load';
import { offline } from './offline';
import { OfflineStore } from './offline-store';
import { emptyState, store } from './store';

beforeEach(() => {
  localStorage.clear();
  store.setState(emptyState, true);
});

afterEach(() => {
  vi.useRealTimers();
  offline.use(null);
});

test('values come back as they were put, and nothing of them can be read from the disk', async () => {
  const keeper = memoryKeeper();
  const kept = new OfflineStore(keeper);
  await kept.put('page/one', { text: 'in passing' });
  await kept.put('page/two', { text: 'another' });
  await kept.put('page/two', null);
  expect(await kept.get('page/one')).toEqual({ text: 'in passing' });
  expect(await kept.all('page/')).toEqual([['one', { text: 'in passing' }]]);
  const [[, sealed] = []] = await keeper.all('page/');
  const { ct } = sealed as { ct: ArrayBuffer };
  expect(new TextDecoder().decode(ct)).not.toContain('in passing');
  // What was sealed for one place does not open in another.
  await keeper.put({ 'page/three': sealed });
  expect(await kept.get('page/three')).toBeNull();
});

test('after the sign-out nothing is written any more, whatever was under way', async () => {
  const keeper = memoryKeeper();
  const kept = new OfflineStore(keeper);
  const late = kept.put('state', { me: 'ann' });
  await kept.clear();
  await late;
  await kept.put('state', { me: 'ann' });
  expect(await keeper.all('')).toEqual([]);
});

test('the lists are kept as they change, and can be begun with', async () => {
  const sync = aSync();
  const me = sync.me.user.id;
  offline.use(me);
  store.setState((state) => loadSync(state, sync), true);
  await vi.waitFor(async () => expect(await offline.state()).not.toBeNull(), { timeout: 5_000 });
  const kept = await offline.state();
  expect(Object.keys(kept?.rooms ?? {})).toContain(ROOM);
  expect(kept?.me?.user.id).toBe(me);
  await offline.clear();
  expect(await storedKeeper(offlineDatabase(me)).all('')).toEqual([]);
});

test('whoever is signed out by the node is forgotten with all that was kept', async () => {
  keptAccount.set('ann');
  await new OfflineStore(storedKeeper(offlineDatabase('ann'))).put('state', { secret: 1 });
  keptAccount.forget();
  expect(keptAccount.get()).toBeNull();
  await vi.waitFor(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name);
    expect(names).not.toContain(offlineDatabase('ann'));
  });
});
