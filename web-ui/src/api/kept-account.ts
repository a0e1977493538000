// Who was signed in on this device last, so that the app can start without the node.
import type { Id } from './types';

const KEY = 'snug.account';
/** Signed out while the node could not be told. */
const OWED = 'snug.signs-out';

/** The database with what an account keeps for when the node can't be reached. */
export const offlineDatabase = (account: Id): string => `snug-offline.${account}`;

export const keptAccount = {
  get: (): Id | null => read(KEY),
  set(account: Id): void {
    write(OWED, null);
    write(KEY, account);
  },
  /** Signed out: what was kept goes with it. */
  forget(): void {
    const account = read(KEY);
    write(KEY, null);
    if (account !== null && typeof indexedDB !== 'undefined') {
      indexedDB.deleteDatabase(offlineDatabase(account));
    }
  },
  owesSignOut: (): boolean => read(OWED) !== null,
  oweSignOut: (owes: boolean): void => write(OWED, owes ? '1' : null),
};

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Not kept then: the app starts only with the node.
  }
}
