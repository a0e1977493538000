// A node in memory that keeps the contract of end-to-end encryption, and that can be told to misbehave.
import { ApiError } from '../api/errors';
import type { Id, JoinedConversation, Message, User } from '../api/types';
import {
  type AccountLog,
  activeDevices,
  currentIk,
  emptyAccount,
  extendAccount,
} from '../crypto/account-log';
import type { RemovalStatement } from '../crypto/conversation-links';
import { type ConversationLog, extendConversation } from '../crypto/conversation-log';
import { removalStatement } from '../crypto/conversation-rules';
import { importSigner, type KeyPair, sign } from '../crypto/curves';
import { type Id as Bin, b64u, idFromUuid, uuidFromId } from '../crypto/encoding';
import { linkFromJson } from '../crypto/link';
import type { AccountChangeJson, KeyBoxJson, SlotRecordJson } from '../crypto/requests';
import type { EncryptionEvent } from '../encryption/events';
import type {
  BatchJson,
  ConversationChangeJson,
  EnvelopeJson,
  HeadJson,
  Identity,
  PairingJson,
} from '../encryption/node-api';
import type { RawMessage } from '../encryption/showing';

export interface VaultEntry {
  class: string;
  gen: number;
  kind: string;
  item: string;
  rev: number;
}
interface Account {
  id: Id;
  links: unknown[];
  log: AccountLog;
  slots: SlotRecordJson[];
  boxes: KeyBoxJson[];
  vault: Map<string, { json: VaultEntry; version: number }>;
  version: number;
  spk: { id: string; at: number; by: string } | null;
  opks: { id: string; pub: string }[];
  salt: string;
  authKey: string | null;
  reset: { asked_at: number; ready_at: number } | null;
}
interface Conversation {
  id: Id;
  links: unknown[];
  log: ConversationLog;
  info: EnvelopeJson | null;
  /** By epoch and account. */
  wraps: Map<string, BatchJson>;
  rewraps: Map<string, { user_id: Id; epochs: number[] }>;
  messages: RawMessage[];
}

type NodeEvent =
  | EncryptionEvent
  | { ev: 'message.created'; d: RawMessage }
  | { ev: 'message.deleted'; d: RawMessage }
  | {
      ev: 'message.envelope';
      d: {
        message_id: Id;
        conversation_id: Id;
        seq: number;
        envelope: EnvelopeJson;
        edited_at: number | null;
      };
    };

export interface NodeSession {
  user: Id;
  device: Bin | null;
  isGone: boolean;
  hear(event: NodeEvent): void;
}

export const refuse = (status: number, code: string, more: { conversationId?: string } = {}): never => {
  throw new ApiError({ code, detail: code, status, ...more });
};

/** How the node lies; nothing is set while it is honest. */
export interface Mischief {
  /** Shows logs of conversations only up to this link. */
  withhold?: number;
  /** Gives somebody else's bundle. */
  bundle?: (bundle: Record<string, unknown>) => Record<string, unknown>;
  /** Adds to what it shows of a conversation's log. */
  links?: (links: unknown[], reader: Id) => unknown[];
  vault?: (items: unknown[]) => unknown[];
  /** Drops wraps instead of handing them out. */
  losesWraps?: boolean;
}

export class NodeDouble {
  readonly accounts = new Map<Id, Account>();
  readonly conversations = new Map<Id, Conversation>();
  readonly sessions = new Set<NodeSession>();
  readonly pairings = new Map<Id, PairingJson & { user: Id; tries: number; session: NodeSession }>();
  readonly mischief: Mischief = {};
  /** People of whom the node says that they are to go. */
  readonly banned = new Set<Id>();
  /** People who see rooms that they are not let into. */
  readonly asking = new Map<Id, Set<Id>>();
  now: () => number;
  /** Everything that the node was given, to look for what it must not see. */
  readonly seen: string[] = [];

  constructor(now: () => number) {
    this.now = now;
  }

  account(user: Id): Account {
    const known = this.accounts.get(user);
    if (known) return known;
    const made: Account = {
      id: user,
      links: [],
      log: emptyAccount(idFromUuid(user)),
      slots: [],
      boxes: [],
      vault: new Map(),
      version: 0,
      spk: null,
      opks: [],
      salt: idFromUuid(user),
      authKey: null,
      reset: null,
    };
    this.accounts.set(user, made);
    return made;
  }

  tell(users: readonly Id[], event: NodeEvent): void {
    for (const session of this.sessions) {
      if (!session.isGone && users.includes(session.user)) session.hear(structuredClone(event));
    }
  }

  conversationsOf(user: Id): Id[] {
    return [...this.conversations.values()]
      .filter((one) => this.members(one).includes(user))
      .map(({ id }) => id);
  }

  /** Its own key, of which conversations know the public half. */
  signer(): Promise<KeyPair> {
    return importSigner(new Uint8Array(32).fill(7));
  }

  async statements(id: Id): Promise<RemovalStatement[]> {
    const { key } = await this.signer();
    const gone = this.members(this.conversation(id)).filter((user) => this.banned.has(user));
    return Promise.all(
      gone.map(async (user) => {
        const said = { conv: idFromUuid(id), acct: idFromUuid(user), at: Math.floor(this.now() / 1_000) };
        return { ...said, sig: b64u(await sign(key, removalStatement(said))) };
      }),
    );
  }

  members(conversation: Conversation): Id[] {
    return [...conversation.log.members.keys()].map(uuidFromId);
  }

  identity(session: NodeSession): Identity {
    const account = this.account(session.user);
    const { log, slots, boxes } = account;
    const newest = log.keys.h.length;
    const hasNewest = (id: Bin) =>
      boxes.some((box) => box.holder === id && box.class === 's' && box.gen === log.keys.s.length);
    const isSlot = (id: Bin) => slots.some((slot) => slot.id === id);
    return structuredClone({
      head: headOf(log.hashes),
      links_total: account.links.length,
      device_id: session.device && uuidFromId(session.device),
      slots,
      boxes: boxes.filter(
        ({ holder, class: c, gen }) =>
          holder === session.device || (isSlot(holder) && c === 'h' && gen === newest),
      ),
      kdf: null,
      signed_prekey: account.spk && { id: account.spk.id, at: account.spk.at },
      one_time_prekeys: account.opks.length,
      vault_version: account.version,
      reset: account.reset,
      needs_session_key: activeDevices(log)
        .filter(({ id }) => !hasNewest(id))
        .map(({ id }) => uuidFromId(id)),
    });
  }

  /** All or nothing, as in a transaction. */
  async change(session: NodeSession, change: AccountChangeJson, isRoot: boolean): Promise<Identity> {
    this.seen.push(JSON.stringify(change));
    const account = this.account(session.user);
    const before = account.log;
    let log: AccountLog;
    try {
      log = await extendAccount(before, change.links.map(linkFromJson));
    } catch {
      return refuse(409, 'e2ee.conflict');
    }
    if (account.log !== before) refuse(409, 'e2ee.conflict');
    if (isRoot && before.hashes.length > 0) {
      if (!account.reset || account.reset.ready_at > this.now()) refuse(409, 'e2ee.reset_waits');
      Object.assign(account, { slots: [], boxes: [], opks: [], spk: null, reset: null });
      account.vault.clear();
    }
    const isRekeyed = ({ holder }: KeyBoxJson) =>
      before.devices.get(holder)?.dxk !== log.devices.get(holder)?.dxk && before.devices.has(holder);
    const kept = account.boxes.filter(
      (box) => !isRekeyed(box) && !change.boxes.some((one) => isSame(one, box)),
    );
    const boxes = isRoot ? change.boxes : [...kept, ...change.boxes];
    for (const c of ['h', 's'] as const) {
      if (log.keys[c].length === before.keys[c].length) continue;
      for (const { id } of activeDevices(log)) {
        const has = boxes.some(
          ({ holder, class: of, gen }) => holder === id && of === c && gen === log.keys[c].length,
        );
        if (!has) refuse(422, 'e2ee.box_missing');
      }
    }
    this.#checkRevs(account, change.vault as VaultEntry[]);
    const acting = this.#acting(session, before, log, change);
    if (change.prekeys?.signed && change.prekeys.signed.by !== acting) refuse(403, 'e2ee.wrong_device');
    if (change.password) {
      const { auth_key, new_auth_key, new_salt } = change.password as Record<string, string>;
      if (account.authKey !== null && account.authKey !== auth_key) refuse(403, 'auth.wrong_password');
      Object.assign(account, { authKey: new_auth_key, salt: new_salt });
    }
    account.log = log;
    account.links.push(...change.links);
    account.boxes = boxes;
    const renewed = new Set(change.slots.map(({ id }) => id));
    account.slots = [...account.slots.filter(({ id }) => !renewed.has(id)), ...change.slots].filter(
      ({ id }) => log.slots.get(id),
    );
    for (const { kind, item } of change.drop) account.vault.delete(`${kind} ${item}`);
    this.#store(account, change.vault as VaultEntry[]);
    const { prekeys } = change;
    if (prekeys?.signed) account.spk = { ...prekeys.signed };
    if (prekeys) account.opks = [...(prekeys.replace ? [] : account.opks), ...prekeys.one_time].slice(-200);
    this.#bind(session, before, log, change, acting);
    this.#afterChange(session, account, change);
    return this.identity(session);
  }

  /** Which device the session is by this: the one that it was, if that was active, or the one that it adds. */
  #acting(session: NodeSession, before: AccountLog, log: AccountLog, change: AccountChangeJson): Bin {
    const added = [...log.devices.values()].filter(({ id }) => !before.devices.has(id));
    const isRoot = log.identities.length > before.identities.length;
    if (!isRoot && session.device && before.devices.get(session.device)?.until === null)
      return session.device;
    const [device, another] = added;
    if (!device || another || change.welcome) return refuse(403, 'e2ee.wrong_device');
    return device.id;
  }

  #bind(
    session: NodeSession,
    before: AccountLog,
    log: AccountLog,
    change: AccountChangeJson,
    acting: Bin,
  ): void {
    if (change.welcome) {
      const [device] = [...log.devices.values()].filter(({ id }) => !before.devices.has(id));
      const pairing = this.pairings.get(change.welcome.request_id) ?? refuse(410, 'e2ee.pairing_expired');
      Object.assign(pairing, { state: 'answered', welcome: change.welcome.box, head: headOf(log.hashes) });
      if (device) pairing.session.device = device.id;
    }
    session.device = acting;
    for (const other of this.sessions) {
      if (other === session || other.user !== session.user || !other.device) continue;
      if (log.devices.get(other.device)?.until !== null) other.device = null;
    }
  }

  #afterChange(session: NodeSession, account: Account, { links, vault }: AccountChangeJson): void {
    const head = headOf(account.log.hashes);
    if (links.length > 0 && head) {
      this.tell([session.user], { ev: 'e2ee.account', d: { head, links } });
      const others = [...this.conversations.values()]
        .map((conversation) => this.members(conversation))
        .filter((members) => members.includes(session.user))
        .flat();
      this.tell([...new Set(others)], { ev: 'e2ee.identity', d: { user_id: session.user, head } });
    }
    if (vault.length > 0) this.tell([session.user], { ev: 'e2ee.vault', d: { version: account.version } });
  }

  #checkRevs(account: Account, items: VaultEntry[]): void {
    for (const { kind, item, rev } of items) {
      if (rev !== (account.vault.get(`${kind} ${item}`)?.json.rev ?? 0) + 1) refuse(409, 'e2ee.rev');
    }
  }

  #store(account: Account, items: VaultEntry[]): void {
    for (const json of items) {
      account.version += 1;
      account.vault.set(`${json.kind} ${json.item}`, { json, version: account.version });
    }
  }

  putVault(user: Id, items: VaultEntry[], isAck = false): number {
    const account = this.account(user);
    const fresh = isAck ? items.filter(({ kind, item }) => !account.vault.has(`${kind} ${item}`)) : items;
    this.seen.push(JSON.stringify(items));
    this.#checkRevs(account, fresh);
    this.#store(account, fresh);
    if (fresh.length > 0) this.tell([user], { ev: 'e2ee.vault', d: { version: account.version } });
    return account.version;
  }

  bundle(user: Id, oneTime: boolean): Record<string, unknown> | null {
    const account = this.accounts.get(user);
    if (!account?.spk || account.log.hashes.length === 0) return null;
    const { gen, pub } = currentIk(account.log);
    const opk = oneTime ? (account.opks.shift() ?? null) : null;
    const bundle = {
      account: idFromUuid(user),
      ik: { gen, pub },
      spk: account.spk,
      opk,
      log: headOf(account.log.hashes),
    };
    return this.mischief.bundle?.(bundle) ?? bundle;
  }

  conversation(id: Id): Conversation {
    return this.conversations.get(id) ?? refuse(404, 'not_found');
  }

  async grow(
    session: NodeSession,
    id: Id,
    body: ConversationChangeJson & { wraps: unknown },
  ): Promise<Conversation> {
    this.seen.push(JSON.stringify(body));
    const known = this.conversations.get(id);
    const logs = (account: Bin) => this.accounts.get(uuidFromId(account))?.log;
    const before = known?.log;
    let log: ConversationLog;
    try {
      log = await extendConversation(before, idFromUuid(id), body.links.map(linkFromJson), logs);
    } catch {
      return refuse(409, 'e2ee.conflict');
    }
    if (this.conversations.get(id)?.log !== before) refuse(409, 'e2ee.conflict');
    const same = [...this.conversations.values()].find(
      (other) =>
        !known &&
        other.log.kind === 'dm' &&
        log.kind === 'dm' &&
        [...log.members.keys()].every((one) => other.log.members.has(one)),
    );
    if (same) refuse(409, 'e2ee.exists', { conversationId: same.id });
    const made = { id, links: [], log, info: null, wraps: new Map(), rewraps: new Map(), messages: [] };
    const conversation: Conversation = known ?? made;
    const batches = [body.wraps].flat().filter((batch) => batch !== null) as BatchJson[];
    if (log.epochs.length > (before?.epochs.length ?? 0)) {
      for (const member of log.members.keys()) {
        const user = uuidFromId(member);
        if (user === session.user || !this.accounts.get(user)?.spk) continue;
        if (!batches.some(({ wraps }) => wraps.some(({ a }) => a === member)))
          refuse(422, 'e2ee.wrap_missing');
      }
    }
    this.#checkRevs(this.account(session.user), body.vault as VaultEntry[]);
    const from = conversation.links.length;
    conversation.log = log;
    conversation.links.push(...body.links);
    this.conversations.set(id, conversation);
    this.#store(this.account(session.user), body.vault as VaultEntry[]);
    this.keepWraps(conversation, batches);
    if (body.info) conversation.info = body.info as EnvelopeJson;
    const people = [
      ...new Set([
        ...this.members(conversation),
        ...(before ? [...before.members.keys()].map(uuidFromId) : []),
      ]),
    ];
    for (const [index, link] of body.links.entries()) {
      this.tell(people, { ev: 'e2ee.link', d: { conversation_id: id, seq: from + index, link } });
    }
    if (body.info)
      this.tell(people, {
        ev: 'e2ee.info',
        d: { conversation_id: id, envelope: conversation.info as EnvelopeJson },
      });
    return conversation;
  }

  keepWraps(conversation: Conversation, batches: BatchJson[]): void {
    if (this.mischief.losesWraps) return;
    for (const batch of batches) {
      for (const wrap of batch.wraps) {
        conversation.wraps.set(`${batch.epoch} ${wrap.a}`, { ...batch, wraps: [wrap] });
      }
    }
  }

  checkEnvelope(
    session: NodeSession,
    { conversation_id, epoch, account, device }: EnvelopeJson,
  ): Conversation {
    const conversation = this.conversation(uuidFromId(conversation_id as Bin));
    const { log } = conversation;
    if (account !== idFromUuid(session.user) || device !== session.device) refuse(403, 'e2ee.wrong_device');
    const member = log.members.get(idFromUuid(session.user));
    if (!member || member.role === 'reader') refuse(403, 'e2ee.not_member');
    const at = log.epochs.at(-1)?.at ?? 0;
    const lost = [...log.members.keys()].some((id) =>
      this.accounts.get(uuidFromId(id))?.log.losses.some((loss) => loss.at >= at),
    );
    if (epoch !== log.epochs.length || log.stale || lost) refuse(409, 'e2ee.epoch_stale');
    return conversation;
  }

  send(session: NodeSession, id: Id, envelope: EnvelopeJson): Message {
    this.seen.push(JSON.stringify(envelope));
    const conversation = this.checkEnvelope(session, envelope);
    const again = conversation.messages.find((message) => message.id === id);
    if (again) return structuredClone(again) as unknown as Message;
    const message: RawMessage = {
      id,
      conversation_id: conversation.id,
      seq: conversation.messages.length + 1,
      author_id: session.user,
      content: { type: 'encrypted', envelope },
      reply: null,
      mentions: { everyone: false, users: [], roles: [], rooms: [] },
      reactions: [],
      pinned_at: null,
      created_at: this.now(),
      edited_at: null,
      deleted_at: null,
      deleted_by: null,
    };
    conversation.messages.push(message);
    this.tell(this.members(conversation), { ev: 'message.created', d: message });
    return structuredClone(message) as unknown as Message;
  }

  sendEnvelope(session: NodeSession, envelope: EnvelopeJson): unknown {
    this.seen.push(JSON.stringify(envelope));
    const conversation = this.checkEnvelope(session, envelope);
    const people = this.members(conversation);
    if (envelope.kind === 'sys') {
      conversation.info = envelope;
      this.tell(people, { ev: 'e2ee.info', d: { conversation_id: conversation.id, envelope } });
      return null;
    }
    const target = uuidFromId(envelope.target as Bin);
    const message = conversation.messages.find(({ id }) => id === target) ?? refuse(404, 'not_found');
    if (envelope.kind === 'del') {
      Object.assign(message, { content: null, about: [], deleted_at: this.now() });
      this.tell(people, { ev: 'message.deleted', d: message });
      return structuredClone(message);
    }
    message.about = [...(message.about ?? []), envelope];
    if (envelope.kind === 'edit') message.edited_at = this.now();
    const { seq, edited_at } = message;
    const d = { message_id: target, conversation_id: conversation.id, seq, envelope, edited_at };
    this.tell(people, { ev: 'message.envelope', d });
    return structuredClone(message);
  }

  joined(): JoinedConversation {
    return {} as JoinedConversation;
  }

  user(id: Id): User {
    return { id, username: id, display_name: id } as User;
  }
}

const isSame = (a: KeyBoxJson, b: KeyBoxJson): boolean =>
  a.holder === b.holder && a.class === b.class && a.gen === b.gen;

export function headOf(hashes: readonly string[]): HeadJson | null {
  const hash = hashes.at(-1);
  return hash === undefined ? null : { seq: hashes.length - 1, hash };
}
