// The worker that holds the keys: one for every account, from the moment its password is typed.
import type { Id } from '../api/types';
import workerPath from '../crypto/worker.ts?worker&url';
import { CryptoWorker } from '../crypto/worker-client';
import { workerUrl } from '../lib/trusted-types';

interface Own {
  account: Id;
  worker: CryptoWorker;
  /** It holds the keys of the password that was just typed. */
  hasSlot: boolean;
}

let own: Own | null = null;

/** A worker whose memory, and the password in it, goes when it ends. `name` is that of its database. */
export function newKeyWorker(name: string): CryptoWorker {
  return new CryptoWorker(
    new Worker(workerUrl(new URL(workerPath, location.href)), { type: 'module', name }),
  );
}

/** The account's worker; another account's is ended. */
export function keyWorker(account: Id): Own {
  if (own?.account === account) return own;
  own?.worker.end();
  own = { account, worker: newKeyWorker(`snug-e2ee.${account}`), hasSlot: false };
  return own;
}

export function endKeyWorker(): void {
  own?.worker.end();
  own = null;
}
