// What becomes of a password: Argon2id makes the master key, which never leaves the device, and HKDF makes
// from it the authentication key, the only thing that the node is shown.
import { argon2id } from 'hash-wasm';
import type { Kdf } from '../api/types';
import { uuidBytes } from '../lib/bytes';
import { tuple } from './tuple';

/** What this client uses for a new password, and the least that it accepts from a node. */
export const floor: Kdf = { m: 65_536, t: 3, p: 1 };
const ceiling = { m: 1_048_576, t: 10 };

/** The node offers a derivation that is too weak, or so heavy that it would freeze the device. */
export class UnsafeKdf extends Error {
  override name = 'UnsafeKdf';
}

/** Refuses parameters outside the limits, whatever the node says: else it could ask for a key easy to guess. */
export function checkKdf({ m, t, p }: Kdf): void {
  const ok =
    [m, t, p].every(Number.isInteger) &&
    m >= floor.m &&
    m <= ceiling.m &&
    t >= floor.t &&
    t <= ceiling.t &&
    p === floor.p;
  if (!ok) throw new UnsafeKdf(`key derivation parameters out of bounds: m=${m}, t=${t}, p=${p}`);
}

/** MK = Argon2id(NFKC(password), salt). */
export async function masterKey(
  password: string,
  salt: Uint8Array,
  kdf: Kdf,
): Promise<Uint8Array<ArrayBuffer>> {
  checkKdf(kdf);
  if (salt.length !== 16) throw new UnsafeKdf(`the salt has ${salt.length} bytes instead of 16`);
  const key = await argon2id({
    password: password.normalize('NFKC'),
    salt,
    memorySize: kdf.m,
    iterations: kdf.t,
    parallelism: kdf.p,
    hashLength: 32,
    outputType: 'binary',
  });
  return new Uint8Array(key);
}

/** auth_key = HKDF(MK, "", T("pw-auth", account)). */
export async function authKey(
  master: Uint8Array<ArrayBuffer>,
  account: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', master, 'HKDF', false, ['deriveBits']);
  const info = tuple('pw-auth', uuidBytes(account));
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    key,
    256,
  );
  return new Uint8Array(bits);
}
