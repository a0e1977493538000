import type { RosterEntry } from './conversation-links';
import { compareBytes, type Id, idBytes, type Key32, key32, key32Bytes } from './encoding';
import { sha256 } from './hash';
import { type TupleField, tuple } from './tuple';

/** What an epoch says of the members at its time: everybody's account, identity and role. */
export async function rosterHash(conv: Id, members: Iterable<RosterEntry>): Promise<Key32> {
  const sorted = [...members]
    .map(({ acct, aik, role }) => ({ acct: idBytes(acct), aik: key32Bytes(aik), role }))
    .sort((a, b) => compareBytes(a.acct, b.acct));
  const fields: TupleField[] = sorted.flatMap(({ acct, aik, role }) => [acct, aik, role]);
  return key32(await sha256(tuple('roster', idBytes(conv), sorted.length, ...fields)));
}
