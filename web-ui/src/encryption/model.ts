// What the app sees of end-to-end encryption: its state, what can be done, and what is said about messages that
// cannot be shown. Ids are UUID text as everywhere in the app. No keys and no React here.
import type { Id, Message, User } from '../api/types';
import type { CryptoCode } from '../crypto/errors';

/**
 * - `starting`: looking at what this browser has and what the node says;
 * - `ready`: encrypted conversations can be read and written;
 * - `locked`: this browser has no keys for the account yet, or not any more; `reason` says why;
 * - `unsupported`: this browser, or this page without https, can't do it;
 * - `newer`: the account was used with a newer Snug;
 * - `failed`: the node could not be asked, or what it said does not fit together; tried again.
 */
type Phase = 'starting' | 'ready' | 'locked' | 'unsupported' | 'newer' | 'failed';

/**
 * Why the phase is what it is.
 *
 * `locked`: `new_browser` (signed in here for the first time), `new_password` (the same, and the password came from a
 * link, so that it opens nothing yet), `cleared` (this browser deleted its data), `removed`
 * (this device was removed from the account), `reset` (the account was reset on another device), `no_way` (not set up
 * yet, and set-up needs the password once).
 * `unsupported`: `insecure_page`, `old_browser`, `no_storage`.
 * `failed`: `unreachable`, or the code of what is wrong.
 */
export type PhaseReason =
  | 'new_browser'
  | 'new_password'
  | 'cleared'
  | 'removed'
  | 'reset'
  | 'no_way'
  | 'insecure_page'
  | 'old_browser'
  | 'no_storage'
  | 'unreachable'
  | 'refused'
  | CryptoCode;

/** The user's own account, as far as it concerns encryption. */
interface OwnIdentity {
  /** Active devices. */
  devices: number;
  hasPassword: boolean;
  hasWords: boolean;
}

/** A new device of one's own that asks to be let in. */
export interface PairingRequest {
  id: Id;
  kind: DeviceKind;
  /** Unix milliseconds. */
  createdAt: number;
  expiresAt: number;
}

export type DeviceKind = 'web' | 'cli' | 'bot';

/** The pairing that this (new) device has begun. */
export interface Pairing {
  /** Four groups of four letters, to be typed on the other device. */
  code: string;
  /** The same for a camera. */
  link: string;
  /** Unix milliseconds. */
  expiresAt: number;
  getState(): PairingState;
  subscribe(listener: () => void): () => void;
  cancel(): void;
}
export type PairingState = 'waiting' | 'done' | 'expired' | 'failed';

export type AlarmCode = 'log_fork' | 'key_mismatch' | 'bad_commit' | 'downgraded';

/** Somebody lies: nothing more is sent where it concerns. */
export interface Alarm {
  id: string;
  code: AlarmCode;
  conversation_id?: Id;
  user_id?: Id;
  /** Unix milliseconds. */
  at: number;
  /** For the export: hashes and links, as text; no secrets. */
  evidence: Record<string, unknown>;
}

/** `known`: met, and the same since; `changed`: another identity than before, not acknowledged yet. */
export type Trust = 'known' | 'verified' | 'changed';

export interface Person {
  /** Base64url of `H(T("aik-fp", account, aik))`. */
  fingerprint: string;
  state: Trust;
  /** Was verified before the identity changed: asks for a new comparison rather than a click. */
  wasVerified: boolean;
  /** Unix milliseconds. */
  since: number;
}

export type RosterRole = 'owner' | 'admin' | 'member' | 'reader';
interface RosterMember {
  user_id: Id;
  role: RosterRole;
}

/**
 * - `starting`: its members are being checked;
 * - `ready`: can be read and written;
 * - `waiting`: cannot be written yet; `reason` says for what;
 * - `alarm`: sending is stopped; see `alarms`.
 */
export type ConversationPhase = 'starting' | 'ready' | 'waiting' | 'alarm';

/**
 * Why an encrypted conversation cannot be written: `no_keys` (somebody has not signed in since encryption came),
 * `changed` (somebody has another identity: `mismatched`), `not_member` (see `letIn`), `reader` (one may only read),
 * `locked` (this browser has no keys), `newer`, or the code of an alarm.
 */
export type ConversationReason = 'no_keys' | 'changed' | 'not_member' | 'reader' | 'locked' | CryptoCode;

export interface EncryptedConversation {
  kind: 'dm' | 'group' | 'room';
  name: string | null;
  topic: string | null;
  members: RosterMember[];
  /** The user's own role; null: not in it. */
  role: RosterRole | null;
  canAdd: boolean;
  canRename: boolean;
  /** Seconds that messages live; 0: for ever. */
  retain_s: number;
  /** Whether people who join see what was before. */
  history: 'joined' | 'shared';
  state: ConversationPhase;
  reason: ConversationReason | null;
  /** Members whose identity is another one than everybody agreed on. */
  mismatched: Id[];
  /** People who have no keys yet. */
  missing: Id[];
  /** The number of the message after which the conversation is encrypted; 0: from the beginning; null: not known. */
  encryptedAfter: number | null;
  /** People who ask to be let in (rooms). */
  requests: Id[];
}

export interface EncryptionState {
  phase: Phase;
  reason: PhaseReason | null;
  /** This browser's device; null until it has one. */
  device: Id | null;
  identity: OwnIdentity | null;
  /** One device, no words and no password: losing it loses everything. */
  needsWords: boolean;
  pairings: PairingRequest[];
  /** A reset of the account was asked for and will be possible from `readyAt` (Unix milliseconds) on. */
  reset: { readyAt: number } | null;
  /** Devices that joined the account since the user last looked: "wasn't you?" */
  newDevices: Id[];
  alarms: Alarm[];
  /** By user. Those who are not here were never met. */
  people: Record<Id, Person>;
  conversations: Record<Id, EncryptedConversation>;
}

export const emptyEncryption: EncryptionState = {
  phase: 'starting',
  reason: null,
  device: null,
  identity: null,
  needsWords: false,
  pairings: [],
  reset: null,
  newDevices: [],
  alarms: [],
  people: {},
  conversations: {},
};

/**
 * Why a message has no content here. `waiting`: comes by itself, or with `askAgain`; `before_join`, `before_reset`:
 * never; `newer`: needs a newer Snug; `invalid`: could not be verified, `code` says what was wrong.
 */
export interface Unreadable {
  state: 'waiting' | 'before_join' | 'before_reset' | 'newer' | 'invalid';
  code: CryptoCode | null;
}

/** What a message of an encrypted conversation has besides; absent on others. */
export interface Sealed {
  /** When it goes away (Unix milliseconds); null: never. */
  expiresAt: number | null;
  /** By the sender's own counter something before it is missing. */
  gapBefore: boolean;
  unreadable: Unreadable | null;
}

/** A message as the app handles it once it went through the engine. */
export type OpenedMessage = Message & { sealed?: Sealed };

/** What an encrypted message is besides a message; null for one that is not encrypted. */
export function sealedOf(message: Message): Sealed | null {
  return (message as OpenedMessage).sealed ?? null;
}

/** Whether somebody else than its author took it away; by the node's word. */
export function isRemoved(message: Message): boolean {
  const { deleted_by = null } = message as OpenedMessage;
  return message.deleted_at !== null && deleted_by !== null && deleted_by !== message.author_id;
}

export interface DeviceEntry {
  id: Id;
  kind: DeviceKind;
  /** As the user named it; null where no other device knows. */
  name: string | null;
  /** Unix milliseconds. */
  addedAt: number;
  session: { device_name: string; last_seen_at: number; ip: string | null } | null;
  isCurrent: boolean;
  isActive: boolean;
}

export interface KeyChange {
  /** identity, ik, device, slot, history_key, session_key, signed_prekey, epoch, public_id, reset */
  kind: string;
  /** Fingerprints in base64url. */
  old: string | null;
  new: string | null;
  reason: string;
  /** Unix milliseconds. */
  at: number;
}

export interface ContactLink {
  /** The whole address, with the fingerprint behind `#`. */
  link: string;
  code: string;
  previous: { code_hint: string; until: number }[];
}

/** What a scanned or opened code says. */
export type CheckedLink =
  | { kind: 'person'; user: User; result: 'match' | 'mismatch' | 'no_keys' }
  | { kind: 'device'; request: Id };

export interface SafetyNumber {
  /** Twelve groups of five digits. */
  groups: string[];
  /** What the other side scans. */
  link: string;
}

/**
 * Something that could not be done. `code` is that of the protocol (`e2ee_*` and so on), of the node (`e2ee.*`), or:
 * `wrong_password`, `wrong_new_password`, `wrong_words`, `wrong_code`, `expired`, `needs_password`, `no_keys` (with `users`), `changed` (with `users`).
 */
export class EncryptionError extends Error {
  override name = 'EncryptionError';
  readonly code: string;
  readonly users: Id[];
  constructor(code: string, message: string = code, users: Id[] = []) {
    super(message);
    this.code = code;
    this.users = users;
  }
}

/** A message that was found on this device. */
export interface LocalHit {
  message: Message;
  /** Pieces of its text; hits are pointed out. */
  score: number;
}

/** What the on-device search is told; written by whoever builds the index. */
export interface MessageIndex {
  /** Messages that were opened, new or changed; those without text are to be forgotten. */
  put(messages: OpenedMessage[]): void;
  /** Deleted or expired. */
  remove(conversationId: Id, messageIds: Id[]): void;
  /** A conversation that one left. */
  forget(conversationId: Id): void;
  search(query: string, conversationId?: Id): Promise<LocalHit[]>;
  /** Signed out: nothing stays. */
  clear(): Promise<void>;
}

/** Everything that can be done. All of them reject with `EncryptionError` or `ApiError`. */
export interface EncryptionActions {
  /**
   * Locked: opens the account with its password, the recovery words, or by another device. `next`, where the reason is
   * `new_password`: the password of now, which then opens it too; `wrong_new_password` if it is none, although the
   * account is open.
   */
  unlockWithPassword(password: string, next?: string): Promise<void>;
  unlockWithWords(text: string, next?: string): Promise<void>;
  beginPairing(): Promise<Pairing>;
  /** On a device that is in: whether the code (typed, or the scanned link) is that of the request. */
  checkPairing(request: Id, code: string): Promise<boolean>;
  /** Lets the new device in. */
  answerPairing(request: Id, code: string): Promise<void>;
  dismissPairing(request: Id): void;

  devices(): Promise<DeviceEntry[]>;
  revokeDevice(id: Id, password?: string): Promise<void>;
  /** The user has looked at `newDevices`. */
  seenDevices(): void;
  /** New keys for everything. */
  refreshKeys(): Promise<void>;
  /** Twelve new words; they count only once kept. */
  makeWords(password?: string): Promise<string[]>;
  /** The user has written the words down. Needs the password, where there is one and it was not given lately. */
  keepWords(password?: string): Promise<void>;
  changePassword(old: string, next: string): Promise<void>;
  askReset(password: string): Promise<void>;
  cancelReset(): Promise<void>;
  /** Once `reset.readyAt` has passed: begins anew, without what was before. */
  carryOutReset(password: string): Promise<void>;
  keyHistory(): Promise<KeyChange[]>;

  /** Answers the conversation's id; one that exists already is used. */
  startDirect(userId: Id): Promise<Id>;
  startGroup(userIds: Id[], name: string | null): Promise<Id>;
  addPeople(conversationId: Id, userIds: Id[]): Promise<void>;
  removePerson(conversationId: Id, userId: Id): Promise<void>;
  leave(conversationId: Id): Promise<void>;
  setRole(conversationId: Id, userId: Id, role: RosterRole): Promise<void>;
  rename(conversationId: Id, name: string): Promise<void>;
  setTopic(conversationId: Id, topic: string): Promise<void>;
  setRetention(conversationId: Id, seconds: number): Promise<void>;
  setHistory(conversationId: Id, history: 'joined' | 'shared'): Promise<void>;
  /** Encrypts a plain conversation, or a room. There is no way back. */
  encrypt(conversationId: Id): Promise<void>;
  /** Rooms: lets somebody in who asked; asks to be let in oneself. */
  letIn(roomId: Id, userId: Id): Promise<void>;
  askToJoin(roomId: Id): Promise<void>;

  safetyNumber(userId: Id): Promise<SafetyNumber>;
  verify(userId: Id): Promise<void>;
  unverify(userId: Id): Promise<void>;
  /** Accepts a changed identity as known. Where one may, the conversations with that person go on under it. */
  acknowledge(userId: Id): Promise<void>;
  /** A scanned code or an opened contact link; one that matches marks the person as verified. */
  checkLink(text: string): Promise<CheckedLink>;
  contactLink(): Promise<ContactLink>;
  rotateContactCode(graceDays: number): Promise<ContactLink>;

  report(messages: Message[], reason: string): Promise<void>;
  /** Asks the others once more for what cannot be opened here. */
  askAgain(conversationId: Id): Promise<void>;
  /** The alarm as a file for somebody who knows: JSON text. */
  exportAlarm(id: string): string;
  dismissAlarm(id: string): void;

  search(query: string, conversationId?: Id): Promise<LocalHit[]>;
  /** Opens one more page of history before what the search has seen; false: there is no more. */
  searchFurtherBack(conversationId: Id): Promise<boolean>;
  useIndex(index: MessageIndex): void;
}
