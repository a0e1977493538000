// What becomes of a password: Argon2id makes the master key, which never leaves the device. From it come the
// authentication key, the only thing that the node is shown, and the keys of the slot that unlocks the account.
import { argon2id } from 'hash-wasm';
import { type Bytes, type Id, idBytes } from './encoding';
import { CryptoError } from './errors';
import { hkdf } from './hash';
import { tuple } from './tuple';

/** Parameters of Argon2id: KiB of memory, passes, lanes. */
export interface Kdf {
  m: number;
  t: number;
  p: number;
}

/** What this client uses for a new password, and the least that it accepts from a node. */
export const floor: Kdf = { m: 65_536, t: 3, p: 1 };
const ceiling = { m: 1_048_576, t: 10 };

/**
 * Refuses parameters outside the limits as `downgraded`, whatever the node says: else it could ask for a key that
 * is easy to guess, or so much work that the device freezes.
 */
export function checkKdf({ m, t, p }: Kdf): void {
  const ok =
    [m, t, p].every(Number.isInteger) &&
    m >= floor.m &&
    m <= ceiling.m &&
    t >= floor.t &&
    t <= ceiling.t &&
    p === floor.p;
  if (!ok)
    throw new CryptoError('downgraded', `key derivation parameters out of bounds: m=${m}, t=${t}, p=${p}`);
}

/** MK = Argon2id(NFKC(password), salt of 16 bytes). Takes about half a second and 64 MiB. */
export async function masterKey(password: string, salt: Uint8Array, kdf: Kdf): Promise<Bytes> {
  checkKdf(kdf);
  if (salt.length !== 16) throw new CryptoError('bad_key', `the salt has ${salt.length} bytes instead of 16`);
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
export function authKey(master: Bytes, account: Id): Promise<Bytes> {
  return hkdf(master, '', tuple('pw-auth', idBytes(account)));
}
