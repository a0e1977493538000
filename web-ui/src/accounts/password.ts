import { t } from '@lingui/core/macro';
import type { Id, Kdf } from '../api/types';
import { idFromUuid } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import { checkKdf, floor } from '../crypto/password';
import { keyWorker, newKeyWorker } from '../encryption/key-worker';
import { toBase64Url } from '../lib/bytes';

/** What the node is given for a password: never the password itself. */
export interface PasswordProof {
  salt: string;
  kdf: Kdf;
  auth_key: string;
}

interface Job {
  account: Id;
  password: string;
  salt: string;
  kdf: Kdf;
  /** Of whoever signs in: the keys stay in their worker, to open the account. */
  isOwn: boolean;
}

/** The authentication key of an existing password, from what the node says about the account. */
export async function deriveAuthKey(
  account: Id,
  password: string,
  salt: string,
  { m, t: passes, p }: Kdf,
  isOwn = false,
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
  return derive({ account, password, salt, kdf, isOwn });
}

/** Makes salt and authentication key for a new password. */
export async function provePassword(account: Id, password: string, isOwn = false): Promise<PasswordProof> {
  const salt = toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  const auth_key = await derive({ account, password, salt, kdf: floor, isOwn });
  return { salt, kdf: floor, auth_key };
}

async function derive({ account, password, salt, kdf, isOwn }: Job): Promise<string> {
  if (!globalThis.isSecureContext) {
    throw new Error(t`Browsers do cryptography only on secure pages. Open this address with https://.`);
  }
  const own = isOwn ? keyWorker(account) : null;
  // A worker of its own for a password that opens nothing here: its memory goes when it ends.
  const worker = own?.worker ?? newKeyWorker('');
  try {
    // Kept until this device is set up: the page may be loaded again before.
    const keep = own ? { keep: Math.floor(Date.now() / 1_000) } : {};
    const input = { account: idFromUuid(account), password, salt, kdf, ...keep };
    const { authKey } = await worker.ask('password', input);
    if (own) own.hasSlot = true;
    return authKey;
  } catch (error) {
    if (error instanceof CryptoError) throw error;
    throw new Error(t`The key could not be derived on this device.`);
  } finally {
    if (!own) worker.end();
  }
}
