// The vault: what an account keeps on the node that only its devices can read. An item opens only in the place
// for which it was sealed.

import type { AccountKeyName, KeyClass } from './account-keys';
import { type Sealed, type SealRandom, seal, unseal } from './aead';
import { type Bytes, b64u, concat, type Id, idBytes, u64be, unb64u } from './encoding';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { tuple } from './tuple';

/** What an item is: identity DH key, signed prekey, one-time prekey, epoch secret, trust record, settings, the key before. */
export type VaultKind = 'ik' | 'spk' | 'opk' | 'epoch' | 'trust' | 'set' | 'prev';
const KINDS: readonly VaultKind[] = ['ik', 'spk', 'opk', 'epoch', 'trust', 'set', 'prev'];
const CLASSES: readonly KeyClass[] = ['h', 's'];

/** Where an item lies: everything that is bound to its ciphertext. */
export interface VaultPlace extends AccountKeyName {
  kind: VaultKind;
  /** At most 64 bytes; see the functions that make them. */
  item: Bytes;
  /** 1 for the first version of an item. */
  rev: number;
}

export interface VaultItem {
  place: VaultPlace;
  sealed: Sealed;
}

/** Items `ik` and `prev` are named by a generation. */
export const generationItem = u64be;

/** Items `epoch` are named by conversation and epoch. */
export function epochItem(conversation: Id, epoch: number): Bytes {
  return concat(idBytes(conversation), u64be(epoch));
}

/** Items `spk`, `opk` (prekey) and `trust` (account) are named by an id. */
export const namedItem = idBytes;

function ctx({ account, class: c, gen, kind, item, rev }: VaultPlace): Bytes {
  return tuple('vault', idBytes(account), c, gen, kind, item, rev);
}

/** Seals an item under the account key of its class and generation. */
export async function sealItem(
  key: CryptoKey,
  place: VaultPlace,
  plaintext: Bytes,
  random?: SealRandom,
): Promise<VaultItem> {
  return { place, sealed: await seal(key, ctx(place), plaintext, random) };
}

/** Opens an item; `bad_seal` when it was sealed for another place. */
export function openItem(key: CryptoKey, { place, sealed }: VaultItem): Promise<Bytes> {
  return unseal(key, ctx(place), sealed);
}

/** Refuses a version older than one that was seen: a node cannot bring back what was replaced. */
export function checkRev(newestSeen: number | undefined, rev: number): void {
  if (newestSeen !== undefined && rev < newestSeen) {
    throw new CryptoError('e2ee_rev', `version ${rev} of a vault item after version ${newestSeen}`);
  }
}

/** The item as the API carries it. */
export function itemToJson({ place, sealed }: VaultItem) {
  return {
    class: place.class,
    gen: place.gen,
    kind: place.kind,
    item: b64u(place.item),
    rev: place.rev,
    salt: b64u(sealed.salt),
    nonce: b64u(sealed.nonce),
    ct: b64u(sealed.ct),
  };
}

/** Reads an item of this account as the API carries it. */
export function itemFromJson(account: Id, json: unknown): VaultItem {
  const fields = new Fields(json, 'vault item');
  const item = unb64u(fields.text('item', 88), 'any', 'item');
  if (item.length > 64) throw new CryptoError('bad_format', 'the name of a vault item is too long');
  return {
    place: {
      account,
      class: fields.oneOf('class', CLASSES),
      gen: fields.int('gen', 1),
      kind: fields.oneOf('kind', KINDS),
      item,
      rev: fields.int('rev', 1),
    },
    sealed: {
      salt: fields.bytes('salt', 32),
      nonce: fields.bytes('nonce', 12),
      ct: fields.bytes('ct', 'any'),
    },
  };
}
