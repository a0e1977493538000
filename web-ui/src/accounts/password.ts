import { t } from '@lingui/core/macro';
import type { Id, Kdf } from '../api/types';
import { CryptoError } from '../crypto/errors';
import { checkKdf, floor } from '../crypto/password';
import { fromBase64Url, toBase64Url } from '../lib/bytes';
import { workerUrl } from '../lib/trusted-types';
import type { PasswordJob, PasswordJobResult } from './password.worker';
import workerPath from './password.worker.ts?worker&url';

/** What the node is given for a password: never the password itself. */
export interface PasswordProof {
  salt: string;
  kdf: Kdf;
  auth_key: string;
}

/** The authentication key of an existing password, from what the node says about the account. */
export async function deriveAuthKey(
  account: Id,
  password: string,
  salt: string,
  { m, t: passes, p }: Kdf,
): Promise<string> {
  const kdf = { m, t: passes, p };
  try {
    checkKdf(kdf);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw new Error(
      t`This node asks for unsafe password parameters, so nothing was sent to it. Tell its administrator.`,
    );
  }
  return toBase64Url(await derive({ account, password, salt: fromBase64Url(salt), kdf }));
}

/** Makes salt and authentication key for a new password. */
export async function provePassword(account: Id, password: string): Promise<PasswordProof> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const key = await derive({ account, password, salt, kdf: floor });
  return { salt: toBase64Url(salt), kdf: floor, auth_key: toBase64Url(key) };
}

function derive(job: PasswordJob): Promise<Uint8Array> {
  if (!globalThis.isSecureContext) {
    throw new Error(t`Browsers do cryptography only on secure pages. Open this address with https://.`);
  }
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl(new URL(workerPath, location.href)), {
      type: 'module',
      name: 'password',
    });
    // A worker of its own for each job: its memory, and the password in it, goes when it ends.
    const end = (settle: () => void) => {
      worker.terminate();
      settle();
    };
    worker.onmessage = ({ data }: MessageEvent<PasswordJobResult>) =>
      end(() => ('error' in data ? reject(new Error(data.error)) : resolve(data.authKey)));
    worker.onerror = () => end(() => reject(new Error(t`The key could not be derived on this device.`)));
    worker.postMessage(job);
  });
}
