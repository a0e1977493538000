// Unlocking an account with nothing but a password, recovery words or a passkey: everything else comes from the
// node, and is believed only as far as the slot's tag and the account's log say.
import { type AccountKeyName, checkAccountKey, openAccountKey } from './account-keys';
import { type AccountLog, activeSlots, currentIdentity, keyCommit, reachedByRotation } from './account-log';
import type { Bytes, Id, Key32 } from './encoding';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { type Box, boxFromJson } from './hpke';
import { checkSlot, openIdentity, SLOT_KINDS, type SlotKeys, type SlotKind } from './slots';
import { generationItem, openItem, type VaultItem } from './vault';

/** A slot as the node keeps it. */
export interface SlotRecord {
  id: Id;
  kind: SlotKind;
  pub: Key32;
  minSeq: number;
  tag: Bytes;
  identity: Box;
}

/** Reads a slot as the API carries it. */
export function slotFromJson(json: unknown): SlotRecord {
  const fields = new Fields(json, 'slot');
  return {
    id: fields.id('id'),
    kind: fields.oneOf('kind', SLOT_KINDS),
    pub: fields.key('pub'),
    minSeq: fields.int('min_seq'),
    tag: fields.bytes('tag', 32),
    identity: boxFromJson(fields.object('aik_box')),
  };
}

/** What a slot opens. */
interface Unlocked {
  /** The seed of the account's identity: for the one operation that needs it, and then wiped. */
  identitySeed: Bytes;
  /** The newest history key. */
  history: { gen: number; key: Bytes };
}

/**
 * Checks that the verified log is that of the account for which the slot was made, and opens identity and history
 * key. `bad_key` when the record is another slot's, `bad_signature` when the account is another one than the tag
 * names, `log_fork` when the log is older than the slot, `locked` when the slot is not in the log any more,
 * `bad_seal`, `bad_commit`.
 */
export async function unlock(
  keys: SlotKeys,
  record: SlotRecord,
  log: AccountLog,
  historyBox: Box,
): Promise<Unlocked> {
  const aik = await taggedIdentity(keys, record, log);
  const newest = currentIdentity(log).aik;
  if (!reachedByRotation(log, aik, newest)) {
    throw new CryptoError('bad_signature', 'the account was reset since the slot was made');
  }
  if (log.hashes.length <= record.minSeq) throw new CryptoError('log_fork', 'the log is older than the slot');
  if (!activeSlots(log).some(({ id, pub }) => id === record.id && pub === record.pub)) {
    throw new CryptoError('locked', 'the slot is not in the log any more');
  }
  const gen = log.keys.h.length;
  const name: AccountKeyName = { account: log.account, class: 'h', gen };
  const key = await openAccountKey(historyBox, name, record.id, keys.pair, keyCommit(log, 'h', gen));
  if (aik !== newest) throw new CryptoError('locked', 'the slot was not renewed when the identity was');
  const identitySeed = await openIdentity(record.identity, tagOf(record, log.account, aik), keys);
  return { identitySeed, history: { gen, key } };
}

function tagOf({ id, kind, pub, minSeq }: SlotRecord, account: Id, aik: Key32) {
  return { account, slot: id, kind, pub, aik, minSeq };
}

/** Which of the log's identities the tag names. */
async function taggedIdentity(keys: SlotKeys, record: SlotRecord, log: AccountLog): Promise<Key32> {
  let last: unknown = new CryptoError('e2ee_no_keys', 'the account has not set up encryption');
  for (const { aik } of log.identities.toReversed()) {
    try {
      await checkSlot(keys, tagOf(record, log.account, aik), record.tag);
      return aik;
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** The history key of the generation before, from the vault; checked against the log. */
export async function previousHistoryKey(
  log: AccountLog,
  { gen, key }: { gen: number; key: CryptoKey },
  item: VaultItem,
): Promise<Unlocked['history']> {
  const before = { account: log.account, class: 'h', gen: gen - 1 } as const;
  const commit = keyCommit(log, 'h', before.gen);
  const { kind, rev } = item.place;
  const place = { ...before, gen, kind, item: generationItem(before.gen), rev };
  if (kind !== 'prev') throw new CryptoError('bad_format', 'the item holds no key');
  const previous = await openItem(key, { ...item, place });
  await checkAccountKey(previous, before, commit);
  return { gen: before.gen, key: previous };
}
