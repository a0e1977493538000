// Accounts and conversations for tests. All keys come from names, so every run and every implementation has the same.
import { commitAccountKey, type KeyClass } from '../crypto/account-keys';
import type { AccountChange, AccountSigner } from '../crypto/account-links';
import {
  type AccountLog,
  accountHead,
  describeDevice,
  emptyAccount,
  extendAccount,
  signAccountLink,
} from '../crypto/account-log';
import type { ConversationChange, Policy, Role, RosterEntry } from '../crypto/conversation-links';
import {
  type Accounts,
  type ConversationLog,
  extendConversation,
  signConversationLink,
} from '../crypto/conversation-log';
import { importDh, importSigner, type KeyPair } from '../crypto/curves';
import { type Id, type Key32, key32 } from '../crypto/encoding';
import { commitEpoch } from '../crypto/epochs';
import { CryptoError } from '../crypto/errors';
import type { Head, Link } from '../crypto/link';
import { rosterHash } from '../crypto/roster';
import { named, namedId } from './e2ee-vectors';

/** The time of the first link of every account in tests. */
export const START = 1_795_000_000;

export const signerOf = async (name: string): Promise<KeyPair> => importSigner(await named(name));
export const dhOf = async (name: string): Promise<KeyPair> => importDh(await named(name));
const dhPub = async (name: string): Promise<Key32> => key32((await dhOf(name)).pub);

/** An account with its identity and first device. */
export class Actor {
  readonly name: string;
  readonly account: Id;
  aik!: KeyPair;
  device!: Id;
  dsk!: KeyPair;
  ik!: KeyPair;
  links: Link[] = [];
  log: AccountLog;

  private constructor(name: string, account: Id) {
    this.name = name;
    this.account = account;
    this.log = emptyAccount(account);
  }

  /** An account whose log has its root, with one slot and one device. */
  static async make(name: string): Promise<Actor> {
    const actor = new Actor(name, await namedId(name));
    await actor.#begin('', null);
    return actor;
  }

  get identity(): Key32 {
    return key32(this.aik.pub);
  }

  get head(): Head {
    return accountHead(this.log);
  }

  async #begin(suffix: string, reset_of: Head | null): Promise<void> {
    const life = `${this.name}${suffix}`;
    this.aik = await signerOf(`${life}-aik`);
    this.device = await namedId(`${life}-dev`);
    this.dsk = await signerOf(`${life}-dsk`);
    this.ik = await dhOf(`${life}-ik`);
    const device = await describeDevice(
      this.account,
      this.identity,
      { id: this.device, dsk: key32(this.dsk.pub), dxk: await dhPub(`${life}-dxk`), kind: 'web' },
      this.dsk,
    );
    const slot = { id: await namedId(`${life}-slot`), kind: 'pw', pub: await dhPub(`${life}-slot`) } as const;
    await this.accept(
      await this.byIdentity({
        t: 'root',
        aik: this.identity,
        device,
        slots: [slot],
        keys: [await this.commit('h', 1), await this.commit('s', 1)],
        ik: { gen: 1, pub: key32(this.ik.pub) },
        reset_of,
      }),
    );
  }

  async commit(c: KeyClass, gen: number) {
    const name = { account: this.account, class: c, gen };
    return { class: c, gen, commit: await commitAccountKey(await named(`${this.name}-${c}${gen}`), name) };
  }

  /** Another device that agrees to belong to this account. */
  async otherDevice(name: string) {
    const dsk = await signerOf(`${name}-dsk`);
    const id = await namedId(name);
    const keys = { id, dsk: key32(dsk.pub), dxk: await dhPub(`${name}-dxk`), kind: 'cli' } as const;
    return { id, dsk, device: await describeDevice(this.account, this.identity, keys, dsk) };
  }

  sign(change: AccountChange, by: AccountSigner, key: KeyPair, at?: number): Promise<Link> {
    return signAccountLink(this.log, change, by, key, at ?? START + this.log.hashes.length * 60);
  }

  byIdentity(change: AccountChange, at?: number): Promise<Link> {
    return this.sign(change, { k: 'aik' }, this.aik, at);
  }

  byDevice(change: AccountChange, at?: number): Promise<Link> {
    return this.sign(change, { k: 'dev', d: this.device }, this.dsk, at);
  }

  async accept(link: Link): Promise<void> {
    this.log = await extendAccount(this.log, [link]);
    this.links.push(link);
  }

  /** What becomes of a link: `ok`, the rule it breaks or the code. */
  attempt(link: Link): Promise<string> {
    return outcome(() => extendAccount(this.log, [link]));
  }

  /** Everything lost: a new identity and device under the same account. */
  async reset(): Promise<void> {
    await this.#begin(`-again${this.head.seq}`, this.head);
  }
}

/** The rules that a new group has. */
export const POLICY: Policy = {
  add: 'admin',
  history: 'joined',
  backup: true,
  retain_s: 0,
  max_age_s: 604_800,
  max_msgs: 2_000,
  min_suite: 1,
};

export function entry(actor: Actor, role: Role): RosterEntry {
  return { acct: actor.account, aik: actor.identity, role };
}

export async function create(
  kind: 'dm' | 'group' | 'room',
  members: RosterEntry[],
  policy: Partial<Policy> = {},
): Promise<ConversationChange> {
  const instance_key = key32((await signerOf('instance')).pub);
  return { t: 'create', kind, members, policy: { ...POLICY, ...policy }, instance_key, room: null };
}

/** A conversation as an honest client sees it. */
export class Group {
  readonly conversation: Id;
  readonly known = new Map<Id, AccountLog>();
  links: Link[] = [];
  #log: ConversationLog | undefined;

  private constructor(conversation: Id) {
    this.conversation = conversation;
  }

  static async between(...actors: Actor[]): Promise<Group> {
    const group = new Group(await namedId('conv'));
    for (const actor of actors) group.learn(actor);
    return group;
  }

  /** A group; the first one owns it. */
  static async make(people: [Actor, Role][], policy: Partial<Policy> = {}): Promise<Group> {
    const group = await Group.between(...people.map(([actor]) => actor));
    const owner = people[0]?.[0];
    if (!owner) throw new Error('nobody');
    const members = people.map(([actor, role]) => entry(actor, role));
    await group.accept(owner, await create('group', members, policy));
    return group;
  }

  get log(): ConversationLog {
    if (!this.#log) throw new Error('no conversation yet');
    return this.#log;
  }

  get accounts(): Accounts {
    return (id) => this.known.get(id);
  }

  learn(actor: Actor): void {
    this.known.set(actor.account, actor.log);
  }

  link(by: Actor, change: ConversationChange, { head = by.head, device = by.device, dsk = by.dsk } = {}) {
    const at = START + 10_000 + (this.#log?.hashes.length ?? 0) * 60;
    const signer = { acct: by.account, dev: device, head };
    return signConversationLink(this.#log, this.conversation, change, signer, dsk, at);
  }

  async append(link: Link): Promise<void> {
    this.#log = await extendConversation(this.#log, this.conversation, [link], this.accounts);
    this.links.push(link);
  }

  async accept(by: Actor, change: ConversationChange): Promise<void> {
    await this.append(await this.link(by, change));
  }

  /** What would become of a change: `ok`, the rule it breaks or the code. */
  async attempt(by: Actor, change: ConversationChange): Promise<string> {
    return this.attemptLink(await this.link(by, change));
  }

  attemptLink(link: Link): Promise<string> {
    return outcome(() => extendConversation(this.#log, this.conversation, [link], this.accounts));
  }

  /** The next epoch as it should be. Its secret is named after its number. */
  async epoch(): Promise<ConversationChange & { t: 'epoch' }> {
    const n = this.log.epochs.length + 1;
    const commit = await commitEpoch(await named(`epoch${n}`), { conversation: this.conversation, epoch: n });
    const roster = await rosterHash(this.conversation, this.log.members.values());
    return { t: 'epoch', n, suite: 1, commit, roster, why: 'test' };
  }
}

/** `ok`, the rule that was broken, or the code. */
export async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    if (error instanceof CryptoError) return error.rule ?? error.code;
    throw error;
  }
}
