// A conversation's log: who is in it, under which identity, with which role, and since when which secret holds.
// Every client checks every link, so the node can add nobody.
import { type AccountLog, checkSeen, deviceAt, identityAt, reachedByRotation } from './account-log';
import {
  type ChainJson,
  type ConversationChange,
  type ConversationKind,
  type ConversationLink,
  type ConversationSigner,
  type History,
  type Policy,
  type Role,
  type RosterEntry,
  readConversationLink,
} from './conversation-links';
import { checkChange } from './conversation-rules';
import type { KeyPair } from './curves';
import type { Id, Key32 } from './encoding';
import { CryptoError, refuse } from './errors';
import { type Head, type Link, linkHash, signLink, verifyLink } from './link';

export interface Member extends RosterEntry {
  /** The link with which this membership began, */
  from: number;
  /** and when it was signed: Unix seconds. */
  since: number;
}

/** What became of an account's membership with link `seq`; no role: it ended. */
export interface MemberChange {
  seq: number;
  aik: Key32;
  role: Role | null;
}

interface Epoch {
  n: number;
  /** Its link. */
  seq: number;
  at: number;
  suite: number;
  commit: Key32;
  /** Who saw earlier messages when it was made. */
  history: History;
  chain: ChainJson | null;
}

/** Everything that a conversation's verified log says. Never changed; `extendConversation` makes a new one. */
export interface ConversationLog {
  conversation: Id;
  hashes: readonly Key32[];
  kind: ConversationKind;
  room: Id | null;
  instanceKey: Key32;
  policy: Policy;
  members: ReadonlyMap<Id, Member>;
  /** Of everybody who was ever a member, oldest first. */
  changes: ReadonlyMap<Id, readonly MemberChange[]>;
  /** How far each signer knew their own account's log when they last signed. */
  heads: ReadonlyMap<Id, number>;
  /** Epochs by number: epoch n is at n - 1. */
  epochs: readonly Epoch[];
  /** Whether members changed since the newest epoch in a way that ends it. */
  stale: boolean;
  /** Whether an identity was replaced after a reset since the newest epoch: the next one may not link back. */
  unchained: boolean;
}

/** The verified log of an account, as far as it is known; undefined when it was never fetched. */
export type Accounts = (account: Id) => AccountLog | undefined;

/** The verified log of a conversation whose links start with the first. */
export function foldConversation(
  conv: Id,
  links: readonly Link[],
  accounts: Accounts,
): Promise<ConversationLog> {
  return extendConversation(undefined, conv, links, accounts);
}

/**
 * Verifies further links; throws at the first that is refused, and nothing of them counts. `need_log` names an
 * account whose log has to be fetched before it is tried again.
 */
export async function extendConversation(
  log: ConversationLog | undefined,
  conv: Id,
  links: readonly Link[],
  accounts: Accounts,
): Promise<ConversationLog> {
  let draft = log && copy(log);
  for (const link of links) {
    const read = readConversationLink(link);
    draft = await extendByOne(draft, conv, read, accounts);
    draft.heads.set(read.by.acct, read.by.head.seq);
    draft.hashes.push(await linkHash('conv', conv, link));
  }
  if (!draft) throw new CryptoError('e2ee_bad_link', 'a log without links', { rule: 'first' });
  return draft;
}

interface Draft extends ConversationLog {
  hashes: Key32[];
  members: Map<Id, Member>;
  changes: Map<Id, MemberChange[]>;
  heads: Map<Id, number>;
  epochs: Epoch[];
}

function copy(log: ConversationLog): Draft {
  return {
    ...log,
    hashes: [...log.hashes],
    members: new Map(log.members),
    changes: new Map([...log.changes].map(([id, changes]) => [id, [...changes]])),
    heads: new Map(log.heads),
    epochs: [...log.epochs],
  };
}

async function extendByOne(
  draft: Draft | undefined,
  conv: Id,
  read: ConversationLink,
  accounts: Accounts,
): Promise<Draft> {
  checkPlace(draft, conv, read);
  const { change, by, link } = read;
  const roster = change.t === 'create' ? change.members : [...(draft?.members.values() ?? [])];
  const signer = roster.find(({ acct }) => acct === by.acct);
  if (!signer) refuse('permission', 'signed by somebody who is no member');
  // A device that was revoked cannot claim not to know, once its account has signed something with that knowledge.
  if (by.head.seq < (draft?.heads.get(by.acct) ?? 0)) refuse('signer', 'the signer knew more before');
  await verifyLink('conv', conv, link, signerKey(accounts, by, signer));
  await checkChange(draft, conv, change, signer, accounts);
  if (change.t === 'create') return create(conv, change, read);
  if (!draft) refuse('first', 'the first link does not create the conversation');
  return apply(draft, change, read, accounts);
}

function checkPlace(log: ConversationLog | undefined, conv: Id, read: ConversationLink): void {
  const length = log?.hashes.length ?? 0;
  if (read.conv !== conv) refuse('place', 'a link of another conversation');
  if (read.seq !== length) refuse('seq', `link ${read.seq} where ${length} is next`);
  if (read.prev !== (log?.hashes.at(-1) ?? '')) refuse('prev', 'the link does not follow the one before');
  if ((read.change.t === 'create') !== (length === 0))
    refuse('first', 'a conversation is created once, first');
}

/** The key of the device that signed, if it was one of the identity that stands in the roster. */
function signerKey(accounts: Accounts, { acct, dev, head }: ConversationSigner, { aik }: RosterEntry): Key32 {
  const log = accounts(acct);
  if (!log) throw new CryptoError('need_log', 'the log of the signer is not known', { account: acct });
  checkSeen(log.hashes, head, acct);
  const identity = identityAt(log, head.seq);
  if (!identity || !reachedByRotation(log, aik, identity.aik)) {
    refuse('signer', 'signed by another identity than the one in the roster');
  }
  const device = deviceAt(log, dev, head.seq);
  if (!device) refuse('signer', 'signed by a device that was not active');
  return device.dsk;
}

function create(
  conv: Id,
  change: ConversationChange & { t: 'create' },
  { seq, at }: ConversationLink,
): Draft {
  const draft: Draft = {
    conversation: conv,
    hashes: [],
    kind: change.kind,
    room: change.room,
    instanceKey: change.instance_key,
    policy: change.policy,
    members: new Map(),
    changes: new Map(),
    heads: new Map(),
    epochs: [],
    stale: true,
    unchained: false,
  };
  for (const member of change.members) setMember(draft, { ...member, from: seq, since: at }, seq);
  return draft;
}

function setMember(draft: Draft, member: Member, seq: number): void {
  draft.members.set(member.acct, member);
  note(draft, member.acct, { seq, aik: member.aik, role: member.role });
}

function note(draft: Draft, acct: Id, change: MemberChange): void {
  draft.changes.set(acct, [...(draft.changes.get(acct) ?? []), change]);
}

function apply(
  draft: Draft,
  change: ConversationChange,
  { seq, at }: ConversationLink,
  accounts: Accounts,
): Draft {
  switch (change.t) {
    case 'create':
      return draft;
    case 'add':
      for (const member of change.members) setMember(draft, { ...member, from: seq, since: at }, seq);
      if (draft.policy.history === 'joined') draft.stale = true;
      return draft;
    case 'remove':
      for (const acct of change.members) {
        const { aik } = memberOf(draft, acct);
        draft.members.delete(acct);
        note(draft, acct, { seq, aik, role: null });
      }
      draft.stale = true;
      return draft;
    case 'role':
      setMember(draft, { ...memberOf(draft, change.acct), role: change.role }, seq);
      return draft;
    case 'policy':
      draft.policy = { ...draft.policy, ...change.policy };
      return draft;
    case 'rebind':
      setMember(draft, { ...memberOf(draft, change.acct), aik: change.aik_new }, seq);
      draft.stale = true;
      draft.unchained ||= !isRotation(change, accounts);
      return draft;
    case 'epoch': {
      const { n, suite, commit, chain } = change;
      const { history } = draft.policy;
      draft.epochs.push({ n, seq, at, suite, commit, history, chain: chain ?? null });
      draft.stale = false;
      draft.unchained = false;
      return draft;
    }
  }
}

function isRotation(
  { acct, aik_old, aik_new }: ConversationChange & { t: 'rebind' },
  accounts: Accounts,
): boolean {
  const account = accounts(acct);
  return account !== undefined && reachedByRotation(account, aik_old, aik_new);
}

function memberOf(log: ConversationLog, acct: Id): Member {
  const member = log.members.get(acct);
  if (!member) refuse('missing', 'not a member');
  return member;
}

/** Writes and signs the next link of a log; `log` is undefined for the link that creates it. */
export function signConversationLink(
  log: ConversationLog | undefined,
  conv: Id,
  change: ConversationChange,
  by: ConversationSigner,
  signer: KeyPair,
  at: number,
): Promise<Link> {
  const { t, ...rest } = change;
  const hashes = log?.hashes ?? [];
  const place = { v: 1, t, conv, seq: hashes.length, prev: hashes.at(-1) ?? '', at, by };
  return signLink('conv', conv, { ...place, ...rest }, signer);
}

export function conversationHead(log: ConversationLog): Head {
  const hash = log.hashes.at(-1);
  if (hash === undefined) throw new CryptoError('need_log', 'the log of the conversation is not known');
  return { seq: log.hashes.length - 1, hash };
}

/** The membership after link `seq`, if there was one. */
export function memberAt(log: ConversationLog, acct: Id, seq: number): MemberChange | undefined {
  const change = log.changes.get(acct)?.findLast((one) => one.seq <= seq);
  return change?.role ? change : undefined;
}

export function epochAt(log: ConversationLog, n: number): Epoch {
  const epoch = log.epochs[n - 1];
  if (!epoch) throw new CryptoError('need_log', `the log has no epoch ${n}`);
  return epoch;
}

/** The memberships of an account while the epoch was the newest, oldest first; none: it was no member then. */
export function membershipsDuring(log: ConversationLog, acct: Id, n: number): MemberChange[] {
  const from = epochAt(log, n).seq;
  const until = log.epochs[n]?.seq ?? log.hashes.length;
  const before = memberAt(log, acct, from);
  const during = (log.changes.get(acct) ?? []).filter(({ seq, role }) => seq > from && seq < until && role);
  return before ? [before, ...during] : during;
}

/** The identities under which an account stands in the roster, or stood during the epoch; newest first. */
export function identitiesDuring(log: ConversationLog, acct: Id, n: number): Key32[] {
  const during = membershipsDuring(log, acct, n).reverse();
  const now = log.members.get(acct);
  return [...new Set([...(now ? [now.aik] : []), ...during.map(({ aik }) => aik)])];
}

/** Members whose account log, where it is known, has another identity than the roster (`key_mismatch`). */
export function mismatchedMembers(log: ConversationLog, accounts: Accounts): Id[] {
  return [...log.members.values()]
    .filter(({ acct, aik }) => {
      const identities = accounts(acct)?.identities;
      const newest = identities?.at(-1);
      return identities && newest && !reachedByRotation({ identities }, aik, newest.aik);
    })
    .map(({ acct }) => acct);
}
