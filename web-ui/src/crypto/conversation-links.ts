// The links of a conversation's log: what they say. Whether they may say it is decided in conversation-rules.ts.
import { readPrev } from './account-links';
import type { Id, Key32 } from './encoding';
import { CryptoError } from './errors';
import type { Fields } from './fields';
import { type Head, headFrom, type Link, readLink } from './link';

export type Role = 'owner' | 'admin' | 'member' | 'reader';
const ROLES: readonly Role[] = ['owner', 'admin', 'member', 'reader'];
export type ConversationKind = 'dm' | 'group' | 'room';
const KINDS: readonly ConversationKind[] = ['dm', 'group', 'room'];
/** Who reads messages from before they joined: nobody, or everybody. */
export type History = 'joined' | 'shared';

/** Members of an encrypted conversation. */
export const MOST_MEMBERS = 2_000;
const PER_LINK = 500;

export interface RosterEntry {
  acct: Id;
  /** The identity that everybody agrees on. */
  aik: Key32;
  role: Role;
}

export interface Policy {
  /** The least role that adds people. */
  add: 'admin' | 'member';
  history: History;
  /** Whether epoch secrets lie in the part of the vault that is kept for ever. */
  backup: boolean;
  /** Seconds that messages live; 0: for ever. */
  retain_s: number;
  /** Seconds after which an epoch that was used is over. */
  max_age_s: number;
  /** Messages after which an epoch is over. */
  max_msgs: number;
  /** The least suite; it only rises. */
  min_suite: number;
}

/** The link to the epoch before, as it stands in a link. */
export interface ChainJson {
  salt: string;
  nonce: string;
  ct: string;
}

/** By which the node has somebody removed, signed with its own key. */
export interface RemovalStatement {
  conv: Id;
  acct: Id;
  at: number;
  sig: string;
}

export type ConversationChange =
  | {
      t: 'create';
      kind: ConversationKind;
      members: RosterEntry[];
      policy: Policy;
      instance_key: Key32;
      room: Id | null;
    }
  | { t: 'add'; members: RosterEntry[] }
  | { t: 'remove'; members: Id[]; stmt?: RemovalStatement }
  | { t: 'role'; acct: Id; role: Role }
  | { t: 'policy'; policy: Partial<Policy> }
  | { t: 'rebind'; acct: Id; aik_old: Key32; aik_new: Key32 }
  | {
      t: 'epoch';
      n: number;
      suite: number;
      commit: Key32;
      roster: Key32;
      chain?: ChainJson;
      why: string;
    };

/** Who signed, and how far they knew their own account's log. */
export interface ConversationSigner {
  acct: Id;
  dev: Id;
  head: Head;
}

/** A link as it was read; nothing about it is verified yet. */
export interface ConversationLink {
  link: Link;
  conv: Id;
  seq: number;
  prev: Key32 | '';
  /** Unix seconds, by the signer's clock. */
  at: number;
  by: ConversationSigner;
  change: ConversationChange;
}

/** Reads a link; `newer` when its version or type is not known here. */
export function readConversationLink(link: Link): ConversationLink {
  return readLink(link, (fields) => ({
    link,
    change: readChange(fields),
    conv: fields.id('conv'),
    seq: fields.int('seq'),
    prev: readPrev(fields),
    at: fields.int('at'),
    by: readSigner(fields.object('by')),
  }));
}

function readSigner(by: Fields): ConversationSigner {
  const signer = { acct: by.id('acct'), dev: by.id('dev'), head: headFrom(by.object('head')) };
  by.end();
  return signer;
}

function readChange(fields: Fields): ConversationChange {
  const t = fields.text('t', 64);
  switch (t) {
    case 'create':
      return {
        t,
        kind: fields.oneOf('kind', KINDS),
        members: readMembers(fields),
        policy: { ...readPolicy(fields.object('policy'), true) } as Policy,
        instance_key: fields.key('instance_key'),
        room: fields.idOrNull('room'),
      };
    case 'add':
      return { t, members: readMembers(fields) };
    case 'remove': {
      const members = fields.ids('members', PER_LINK);
      return { t, members, ...(fields.has('stmt') && { stmt: readStatement(fields.object('stmt')) }) };
    }
    case 'role':
      return { t, acct: fields.id('acct'), role: fields.oneOf('role', ROLES) };
    case 'policy':
      return { t, policy: readPolicy(fields.object('policy'), false) };
    case 'rebind':
      return { t, acct: fields.id('acct'), aik_old: fields.key('aik_old'), aik_new: fields.key('aik_new') };
    case 'epoch':
      return {
        t,
        n: fields.int('n'),
        suite: fields.int('suite'),
        commit: fields.key('commit'),
        roster: fields.key('roster'),
        ...(fields.has('chain') && { chain: readChain(fields.object('chain')) }),
        why: fields.text('why', 64),
      };
    default:
      throw new CryptoError('newer', 'a link of a type that is not known here');
  }
}

function readMembers(fields: Fields): RosterEntry[] {
  return fields.objects('members', PER_LINK).map((member) => {
    const entry = { acct: member.id('acct'), aik: member.key('aik'), role: member.oneOf('role', ROLES) };
    member.end();
    return entry;
  });
}

/** All fields, or only those that change. */
function readPolicy(fields: Fields, whole: boolean): Partial<Policy> {
  const given = (name: keyof Policy) => whole || fields.has(name);
  const policy: Partial<Policy> = {
    ...(given('add') && { add: fields.oneOf('add', ['admin', 'member']) }),
    ...(given('history') && { history: fields.oneOf('history', ['joined', 'shared']) }),
    ...(given('backup') && { backup: fields.bool('backup') }),
    ...(given('retain_s') && { retain_s: fields.int('retain_s') }),
    ...(given('max_age_s') && { max_age_s: fields.int('max_age_s', 1) }),
    ...(given('max_msgs') && { max_msgs: fields.int('max_msgs', 1) }),
    ...(given('min_suite') && { min_suite: fields.int('min_suite', 1) }),
  };
  fields.end();
  return policy;
}

function readStatement(fields: Fields): RemovalStatement {
  fields.bytes('sig', 64);
  const statement = {
    conv: fields.id('conv'),
    acct: fields.id('acct'),
    at: fields.int('at'),
    sig: fields.text('sig', 86),
  };
  fields.end();
  return statement;
}

function readChain(fields: Fields): ChainJson {
  fields.bytes('salt', 32);
  fields.bytes('nonce', 12);
  fields.bytes('ct', 48);
  const chain = { salt: fields.text('salt', 43), nonce: fields.text('nonce', 16), ct: fields.text('ct', 64) };
  fields.end();
  return chain;
}
