// Epochs: each has a secret of its own, to which the signed link of the conversation's log is committed.
import { type AccountLog, currentIdentity, reachedByRotation } from './account-log';
import { type Sealed, type SealRandom, seal, unseal } from './aead';
import type { ChainJson } from './conversation-links';
import {
  type Accounts,
  type ConversationLog,
  epochAt,
  type MemberChange,
  memberAt,
} from './conversation-log';
import { type Bytes, b64u, type Id, idBytes, type Key32, key32, random, unb64u } from './encoding';
import { CryptoError } from './errors';
import { hkdf, importSecret } from './hash';
import { tuple } from './tuple';

export interface EpochName {
  conversation: Id;
  epoch: number;
  suite: number;
}

export function newEpochSecret(): Bytes {
  return random(32);
}

/** What the epoch's link says of its secret. */
export async function commitEpoch(
  secret: Bytes,
  { conversation, epoch }: Omit<EpochName, 'suite'>,
): Promise<Key32> {
  return key32(await hkdf(secret, '', tuple('epoch-commit', idBytes(conversation), epoch)));
}

/** Refuses a secret, from wherever it came, that the epoch's link does not commit to. */
export async function checkEpochSecret(
  secret: Bytes,
  name: Omit<EpochName, 'suite'>,
  commit: Key32,
): Promise<void> {
  if (secret.length !== 32 || (await commitEpoch(secret, name)) !== commit) {
    throw new CryptoError('bad_commit', `not the secret of epoch ${name.epoch}`);
  }
}

function chainCtx({ conversation, epoch }: Omit<EpochName, 'suite'>): Bytes {
  return tuple('epoch-chain', idBytes(conversation), epoch);
}

/** The secret before, sealed under that of the epoch `name`: who is given the one reads back to the other. */
export async function sealChain(
  secret: Bytes,
  name: Omit<EpochName, 'suite'>,
  before: Bytes,
  random?: SealRandom,
): Promise<ChainJson> {
  const { salt, nonce, ct } = await seal(await importSecret(secret), chainCtx(name), before, random);
  return { salt: b64u(salt), nonce: b64u(nonce), ct: b64u(ct) };
}

/** The secret of the epoch before, checked against its own link. */
export async function openChain(
  secret: Bytes,
  name: Omit<EpochName, 'suite'>,
  chain: ChainJson,
  commitBefore: Key32,
): Promise<Bytes> {
  const sealed: Sealed = {
    salt: unb64u(chain.salt, 32, 'salt'),
    nonce: unb64u(chain.nonce, 12, 'nonce'),
    ct: unb64u(chain.ct, 48, 'ct'),
  };
  const before = await unseal(await importSecret(secret), chainCtx(name), sealed);
  await checkEpochSecret(before, { conversation: name.conversation, epoch: name.epoch - 1 }, commitBefore);
  return before;
}

/** Reads back from a secret as far as the links go: epoch → secret, its own included. */
export async function readBack(
  log: ConversationLog,
  epoch: number,
  secret: Bytes,
): Promise<Map<number, Bytes>> {
  const secrets = new Map([[epoch, secret]]);
  const { conversation } = log;
  let newest = secret;
  for (let n = epoch; n > 1; n--) {
    const { chain } = epochAt(log, n);
    if (!chain) break;
    newest = await openChain(newest, { conversation, epoch: n }, chain, epochAt(log, n - 1).commit);
    secrets.set(n - 1, newest);
  }
  return secrets;
}

/** Why the next message needs a new epoch; stands in its link as `why`. */
export type StaleReason = 'first' | 'people' | 'break' | 'age' | 'messages' | 'suite';

/**
 * Whether a sender must make a new epoch before encrypting; null if the newest still holds. `now` in Unix
 * seconds; `messages` is how many the newest epoch has. Receivers never ask.
 */
export function staleReason(
  log: ConversationLog,
  accounts: Accounts,
  now: number,
  messages: number,
): StaleReason | null {
  const epoch = log.epochs.at(-1);
  if (!epoch) return 'first';
  if (log.stale) return 'people';
  for (const acct of log.members.keys()) {
    if (accounts(acct)?.losses.some(({ at }) => at >= epoch.at)) return 'break';
  }
  if (messages > 0 && now - epoch.at >= log.policy.max_age_s) return 'age';
  if (messages >= log.policy.max_msgs) return 'messages';
  return log.policy.min_suite > epoch.suite ? 'suite' : null;
}

/**
 * Whether a member's client gives the secret of an epoch to somebody who asks for it, without asking its user:
 * when the epoch was made for them, too, or its history is shared with all members. Never after a reset: whoever
 * holds the account now need not be who held it then. `account` is the requester's verified log.
 */
export function mayRewrap(log: ConversationLog, account: AccountLog, n: number): boolean {
  const epoch = epochAt(log, n);
  const member = log.members.get(account.account);
  if (!member) return false;
  const isSame = (was: MemberChange | undefined) =>
    was !== undefined && reachedByRotation(account, was.aik, member.aik);
  if (isSame(memberAt(log, member.acct, epoch.seq))) return true;
  return epoch.history === 'shared' && isSame(memberAt(log, member.acct, member.from));
}

/** Whether the account may still be given the secret of an epoch; not while the others have not agreed on what it became. */
export function mayReceive(log: ConversationLog, account: AccountLog, n: number): boolean {
  const agreed = log.members.get(account.account)?.aik;
  const isAgreed = agreed !== undefined && reachedByRotation(account, agreed, currentIdentity(account).aik);
  return isAgreed && mayRewrap(log, account, n);
}
