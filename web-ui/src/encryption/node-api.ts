// What the engine asks of the node: docs/protocol.md, "End-to-end encryption". Protocol objects go as they are.
import type { Id, JoinedConversation, Kdf, Message, Prelogin, User } from '../api/types';
import type { RemovalStatement } from '../crypto/conversation-links';
import type { AccountChangeJson, BoxJson, ItemJson, KeyBoxJson, SlotRecordJson } from '../crypto/requests';

export interface HeadJson {
  seq: number;
  hash: string;
}

/** The own account as the node keeps it for this session. */
export interface Identity {
  head: HeadJson | null;
  links_total: number;
  /** The device that is bound to this session. */
  device_id: Id | null;
  slots: SlotRecordJson[];
  boxes: KeyBoxJson[];
  kdf: (Kdf & { salt: string }) | null;
  signed_prekey: { id: string; at: number } | null;
  one_time_prekeys: number;
  vault_version: number;
  reset: { asked_at: number; ready_at: number } | null;
  needs_session_key: Id[];
}

export interface PairingJson {
  id: Id;
  state: 'open' | 'answered' | 'expired';
  device: { id: string; dsk: string; dxk: string; kind: 'web' | 'cli' | 'bot'; pop: string };
  mac: string;
  welcome: BoxJson | null;
  head: HeadJson | null;
  created_at: number;
  expires_at: number;
}

export interface EnvelopeJson {
  v: number;
  suite: number;
  conversation_id: string;
  epoch: number;
  id: string;
  account: string;
  device: string;
  kind: string;
  target: string | null;
  expires: number;
  ciphertext: string;
  [more: string]: unknown;
}

/** What a conversation says of its encryption. */
export interface Encryption {
  head: HeadJson;
  epoch: number;
  epoch_seq: number;
  info: EnvelopeJson | null;
}

export interface BatchJson {
  epoch: number;
  from: { account: string; device: string };
  wraps: { a: string }[];
}

export interface ConversationChangeJson {
  links: unknown[];
  wraps: unknown;
  vault: unknown[];
  info: unknown;
}

interface DeviceJson {
  id: Id;
  kind: 'web' | 'cli' | 'bot';
  added_at: number;
  session: { device_name: string; last_seen_at: number; ip: string | null } | null;
  is_current: boolean;
  is_active: boolean;
}

export interface NodeApi {
  prelogin(login: string): Promise<Prelogin>;
  instanceKey(): Promise<string>;

  identity(): Promise<Identity>;
  createIdentity(change: AccountChangeJson): Promise<Identity>;
  changeIdentity(change: AccountChangeJson): Promise<Identity>;
  log(userId: Id, from: number): Promise<{ links: unknown[]; head: HeadJson | null }>;
  bundles(body: {
    user_ids: Id[];
    conversation_id: Id | null;
    one_time: boolean;
  }): Promise<{ bundles: unknown[]; missing: Id[] }>;
  vault(after: number): Promise<{ items: unknown[]; version: number; has_more: boolean }>;
  putVault(body: { items: unknown[]; drop: ItemJson[] }): Promise<{ version: number }>;
  startPairing(body: { device: unknown; mac: string }): Promise<PairingJson>;
  pairings(): Promise<PairingJson[]>;
  pairing(id: Id): Promise<PairingJson>;
  refusePairing(id: Id): Promise<void>;
  askReset(authKey: string): Promise<Identity>;
  cancelReset(): Promise<void>;
  history(): Promise<{ kind: string; old: string | null; new: string | null; reason: string; at: number }[]>;
  devices(): Promise<DeviceJson[]>;
  contact(code: string): Promise<User>;
  contactCode(): Promise<{ code: string; previous: { code_hint: string; until: number }[] }>;
  rotateContactCode(
    graceDays: number,
  ): Promise<{ code: string; previous: { code_hint: string; until: number }[] }>;

  createConversation(body: ConversationChangeJson & { conversation_id: Id }): Promise<JoinedConversation>;
  conversation(id: Id, from: number): Promise<{ encryption: Encryption; links: unknown[] }>;
  postLinks(id: Id, body: ConversationChangeJson): Promise<{ encryption: Encryption }>;
  keys(id: Id, epochs: number[]): Promise<BatchJson[]>;
  ackKeys(id: Id, items: unknown[]): Promise<void>;
  giveKeys(id: Id, wraps: unknown[]): Promise<void>;
  askKeys(id: Id, epochs: number[]): Promise<void>;
  rewraps(): Promise<{ conversation_id: Id; user_id: Id; epochs: number[] }[]>;
  askToJoin(id: Id): Promise<void>;
  joinRequests(id: Id): Promise<Id[]>;
  /** Whom the node wants removed. */
  statements(id: Id): Promise<RemovalStatement[]>;
  sendMessage(id: Id, conversationId: Id, envelope: EnvelopeJson): Promise<Message>;
  sendEnvelope(envelope: EnvelopeJson): Promise<unknown>;
  deleteMessage(id: Id): Promise<Message>;
  history50(conversationId: Id, before: number): Promise<Message[]>;
  report(body: {
    conversation_id: Id;
    reports: { message_id: Id; key: string }[];
    reason: string;
  }): Promise<void>;
}
