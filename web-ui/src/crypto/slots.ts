// Slots: what unlocks an account without another device. The private half of a slot's key comes from a secret
// that a person keeps; a tag under the same secret says to which identity the slot belongs, so that a node
// cannot offer an invented account to somebody who brings only a password.

import { importDh, importSigner, type KeyPair } from './curves';
import { type Bytes, type Id, idBytes, type Key32, key32, key32Bytes } from './encoding';
import { CryptoError } from './errors';
import { derive, hmac, hmacMatches, importHmac, importSecret } from './hash';
import { type Box, box, unbox } from './hpke';
import { tuple } from './tuple';

/** Password, recovery words, passkey. */
export type SlotKind = 'pw' | 'rk' | 'prk';
export const SLOT_KINDS: readonly SlotKind[] = ['pw', 'rk', 'prk'];

/** What a slot's secret becomes. */
export interface SlotKeys {
  pair: KeyPair;
  tagKey: CryptoKey;
}

/** What the tag of a slot vouches for. */
export interface SlotTag {
  account: Id;
  slot: Id;
  kind: SlotKind;
  /** The slot's public key. */
  pub: Key32;
  aik: Key32;
  /** The account log had at least this `seq` when the tag was written. */
  minSeq: number;
}

/**
 * The keys of a slot. The secret is the master key (`pw`), the 16 bytes of the recovery words (`rk`) or what
 * the passkey gives for `passkeyInput` (`prk`).
 */
export async function slotKeys(secret: Bytes, account: Id, kind: SlotKind): Promise<SlotKeys> {
  const from = await importSecret(secret);
  const [priv, tag] = await Promise.all([
    derive(from, tuple('slot-key', idBytes(account), kind)),
    derive(from, tuple('slot-tag-key', idBytes(account), kind)),
  ]);
  return { pair: await importDh(priv), tagKey: await importHmac(tag) };
}

/** What a passkey is asked to evaluate. */
export function passkeyInput(account: Id): Bytes {
  return tuple('prf', idBytes(account));
}

function tagged(tag: SlotTag): Bytes {
  const { account, slot, kind, pub, aik, minSeq } = tag;
  return tuple('slot-tag', idBytes(account), idBytes(slot), kind, key32Bytes(pub), key32Bytes(aik), minSeq);
}

export function slotTag(keys: SlotKeys, tag: SlotTag): Promise<Bytes> {
  return hmac(keys.tagKey, tagged(tag));
}

/** Refuses a slot whose public key (`bad_key`) or tag (`bad_signature`) the secret did not make. */
export async function checkSlot(keys: SlotKeys, tag: SlotTag, mac: Bytes): Promise<void> {
  if (key32(keys.pair.pub) !== tag.pub) throw new CryptoError('bad_key', 'the slot has another key');
  if (!(await hmacMatches(keys.tagKey, tagged(tag), mac))) {
    throw new CryptoError('bad_signature', 'the tag of the slot was not made with this secret');
  }
}

function seedInfo({ account, slot, aik }: Pick<SlotTag, 'account' | 'slot' | 'aik'>): Bytes {
  return tuple('aik-box', idBytes(account), idBytes(slot), key32Bytes(aik));
}

/** Gives the seed of the account's identity to a slot. */
export function boxIdentity(seed: Bytes, tag: SlotTag, ephemeral?: Bytes): Promise<Box> {
  return box(key32Bytes(tag.pub), seedInfo(tag), seed, undefined, ephemeral);
}

/** The seed of the account's identity, checked to be that of the identity that the tag names. */
export async function openIdentity(boxed: Box, tag: SlotTag, keys: SlotKeys): Promise<Bytes> {
  const seed = await unbox(keys.pair, seedInfo(tag), boxed);
  if (key32((await importSigner(seed)).pub) !== tag.aik) {
    throw new CryptoError('bad_commit', 'the slot holds another identity');
  }
  return seed;
}
