// Who may do what in a conversation.
import { type AccountLog, reachedByRotation } from './account-log';
import {
  type ConversationChange,
  MOST_MEMBERS,
  type RemovalStatement,
  type Role,
  type RosterEntry,
} from './conversation-links';
import type { Accounts, ConversationLog } from './conversation-log';
import { verify } from './curves';
import { type Bytes, type Id, idBytes, key32Bytes, unb64u } from './encoding';
import { CryptoError, refuse } from './errors';
import { rosterHash } from './roster';
import { tuple } from './tuple';

/** The suites that this client knows. */
export const NEWEST_SUITE = 1;

const RANK: Record<Role, number> = { reader: 0, member: 1, admin: 2, owner: 3 };

/** Refuses a change that its signer may not make, or that does not fit what is there. */
export async function checkChange(
  log: ConversationLog | undefined,
  conv: Id,
  change: ConversationChange,
  by: RosterEntry,
  accounts: Accounts,
): Promise<void> {
  if (change.t === 'create') return checkCreate(change, by);
  if (!log) refuse('first', 'the first link does not create the conversation');
  switch (change.t) {
    case 'add':
      return checkAdd(log, change.members, by);
    case 'remove':
      return checkRemove(log, conv, change.members, change.stmt, by);
    case 'role':
      return checkRole(log, change, by);
    case 'policy':
      if (by.role !== 'owner') refuse('permission', 'only the owner changes the policy');
      if (Object.keys(change.policy).length === 0) refuse('empty', 'no rule changes');
      if ((change.policy.min_suite ?? log.policy.min_suite) < log.policy.min_suite) {
        refuse('suite', 'the least suite only rises');
      }
      return;
    case 'rebind':
      return checkRebind(log, change, by, accounts(change.acct));
    case 'epoch':
      return checkEpoch(log, conv, change, by);
  }
}

function checkCreate({ kind, members }: ConversationChange & { t: 'create' }, by: RosterEntry): void {
  if (by.role !== 'owner') refuse('permission', 'whoever creates a conversation owns it');
  checkNew(new Set(), members);
  if (kind === 'dm' && (members.length > 2 || members.some(({ role }) => role !== 'owner'))) {
    refuse('direct', 'a direct conversation is between one or two owners');
  }
}

function checkNew(present: Set<Id>, members: RosterEntry[]): void {
  if (members.length === 0) refuse('empty', 'nobody is added');
  const all = new Set(present);
  for (const { acct } of members) {
    if (all.has(acct)) refuse('reused', 'already a member');
    all.add(acct);
  }
  if (all.size > MOST_MEMBERS) refuse('limit', `more than ${MOST_MEMBERS} members`);
}

/** Whether the role is that of people who add others. */
function mayAdd(log: ConversationLog, role: Role): boolean {
  return RANK[role] >= RANK[log.policy.add];
}

function checkAdd(log: ConversationLog, members: RosterEntry[], by: RosterEntry): void {
  if (log.kind === 'dm') refuse('direct', 'nobody joins a direct conversation');
  if (!mayAdd(log, by.role)) refuse('permission', 'may not add people');
  for (const { role } of members) {
    const most = RANK[by.role] >= RANK.admin ? by.role : 'member';
    const ok = most === 'member' ? role === 'member' : RANK[role] <= RANK[most];
    if (!ok) refuse('permission', `may not add people as ${role}`);
  }
  checkNew(new Set(log.members.keys()), members);
}

async function checkRemove(
  log: ConversationLog,
  conv: Id,
  members: Id[],
  stmt: RemovalStatement | undefined,
  by: RosterEntry,
): Promise<void> {
  if (members.length === 0) refuse('empty', 'nobody is removed');
  if (new Set(members).size !== members.length) refuse('missing', 'somebody is removed twice');
  const targets = members.map((acct) => log.members.get(acct) ?? refuse('missing', 'not a member'));
  if (stmt) {
    // It counts for the membership about which it was said, not for a later one.
    const [target] = targets;
    const fits =
      targets.length === 1 && stmt.acct === target?.acct && stmt.conv === conv && stmt.at >= target.since;
    if (!fits) refuse('statement', 'the statement is about something else');
    try {
      await verify(key32Bytes(log.instanceKey), removalStatement(stmt), unb64u(stmt.sig, 64, 'sig'));
    } catch {
      refuse('statement', "the statement is not the node's");
    }
    return;
  }
  for (const { acct, role } of targets) {
    if (acct === by.acct) continue;
    if (log.kind === 'dm') refuse('direct', 'nobody is removed from a direct conversation');
    const may = by.role === 'owner' || (by.role === 'admin' && role !== 'owner');
    if (!may) refuse('permission', 'may not remove this member');
  }
}

/** What the node signs to have somebody removed. */
export function removalStatement({ conv, acct, at }: Omit<RemovalStatement, 'sig'>): Bytes {
  return tuple('srv-remove', idBytes(conv), idBytes(acct), at);
}

function checkRole(
  log: ConversationLog,
  { acct, role }: ConversationChange & { t: 'role' },
  by: RosterEntry,
): void {
  if (log.kind === 'dm') refuse('direct', 'roles of a direct conversation do not change');
  const target = log.members.get(acct);
  if (!target) refuse('missing', 'not a member');
  const may = by.role === 'owner' || (by.role === 'admin' && role !== 'owner' && target.role !== 'owner');
  if (!may) refuse('permission', 'may not give or take this role');
  if (target.role === role) refuse('empty', 'the role is the same');
}

function checkRebind(
  log: ConversationLog,
  { acct, aik_old, aik_new }: ConversationChange & { t: 'rebind' },
  by: RosterEntry,
  account: AccountLog | undefined,
): void {
  const target = log.members.get(acct);
  if (!target) refuse('missing', 'not a member');
  if (target.aik !== aik_old) refuse('identity', 'the roster has another identity');
  if (aik_old === aik_new) refuse('empty', 'the identity is the same');
  if (!account) throw new CryptoError('need_log', 'the log of the account is not known', { account: acct });
  if (!account.identities.some(({ aik }) => aik === aik_new)) {
    refuse('identity', 'the new identity is not in the log of the account');
  }
  if (reachedByRotation(account, aik_old, aik_new)) return;
  const peer = log.kind === 'dm' && by.acct !== acct;
  if (!peer && !mayAdd(log, by.role)) refuse('permission', 'may not accept the new identity');
}

async function checkEpoch(
  log: ConversationLog,
  conv: Id,
  { n, suite, roster, chain }: ConversationChange & { t: 'epoch' },
  by: RosterEntry,
): Promise<void> {
  if (by.role === 'reader') refuse('permission', 'readers make no epochs');
  if (n !== log.epochs.length + 1) refuse('generation', `epoch ${n} does not follow ${log.epochs.length}`);
  const least = Math.max(log.policy.min_suite, log.epochs.at(-1)?.suite ?? 1);
  if (suite < least) refuse('suite', `suite ${suite} where ${least} is the least`);
  if (suite > NEWEST_SUITE) throw new CryptoError('newer', `suite ${suite} is not known here`);
  if (roster !== (await rosterHash(conv, log.members.values()))) {
    refuse('roster', 'made for other members');
  }
  if (chain && !mayChain(log)) refuse('chain', 'may not link back to the epoch before');
}

/** Whether the next epoch may let its holders read back to the one before. */
export function mayChain(log: ConversationLog): boolean {
  const before = log.epochs.at(-1);
  return before?.history === 'shared' && log.policy.history === 'shared' && !log.unchained;
}
