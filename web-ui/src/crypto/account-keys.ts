// The two keys that all devices of an account share: `h`, which opens its history for ever, and `s`, for what
// is meant to be forgotten. Everybody can box a key to a device, so a key counts only if a signed link of the
// account's log is committed to it.
import type { KeyPair } from './curves';
import { type Bytes, type Id, idBytes, type Key32, key32 } from './encoding';
import { CryptoError } from './errors';
import { hkdf } from './hash';
import { type Box, box, unbox } from './hpke';
import { tuple } from './tuple';

/** `h`: history, also boxed to slots. `s`: session, to devices only. */
export type KeyClass = 'h' | 's';

/** Which key of which account. Generations count from 1. */
export interface AccountKeyName {
  account: Id;
  class: KeyClass;
  gen: number;
}

/** What the account's log says of a key without giving it away. */
export async function commitAccountKey(
  key: Bytes,
  { account, class: c, gen }: AccountKeyName,
): Promise<Key32> {
  return key32(await hkdf(key, '', tuple('account-key-commit', idBytes(account), c, gen)));
}

function boxInfo({ account, class: c, gen }: AccountKeyName, recipient: Id): Bytes {
  return tuple('box', idBytes(account), c, gen, idBytes(recipient));
}

/** Gives the key to a device (its DXK) or slot (its public key), named by its id. */
export function boxAccountKey(
  key: Bytes,
  name: AccountKeyName,
  recipient: Id,
  pub: Bytes,
  ephemeral?: Bytes,
): Promise<Box> {
  return box(pub, boxInfo(name, recipient), key, undefined, ephemeral);
}

/** Opens a key that was boxed to this device or slot; `bad_commit` when it is not the one in the log. */
export async function openAccountKey(
  boxed: Box,
  name: AccountKeyName,
  recipient: Id,
  own: KeyPair,
  commit: Key32,
): Promise<Bytes> {
  const key = await unbox(own, boxInfo(name, recipient), boxed);
  await checkAccountKey(key, name, commit);
  return key;
}

/** Refuses a key, from wherever it came, that the log does not commit to. */
export async function checkAccountKey(key: Bytes, name: AccountKeyName, commit: Key32): Promise<void> {
  if ((await commitAccountKey(key, name)) !== commit) {
    throw new CryptoError('bad_commit', `not the key ${name.class}${name.gen} of the account's log`);
  }
}
