// What the page may ask of the worker that holds the keys. Neither requests nor answers hold any, but for the
// recovery words that a person has to read.

import type { KeyClass } from './account-keys';
import type { DeviceKind, NewDevice } from './account-links';
import type { ConversationKind, Policy, RemovalStatement, Role } from './conversation-links';
import type { Id, Key32 } from './encoding';
import type { MessageKind } from './envelope';
import type { StaleReason } from './epochs';
import type { CryptoCode, Rule } from './errors';
import type { Head } from './link';
import type { Kdf } from './password';
import type { SignedPrekey } from './prekeys';
import type { SlotKind } from './slots';
import type { VaultKind } from './vault';

/** Nothing to say. */
export type Answer = Record<string, never>;

export interface BoxJson {
  enc: string;
  ct: string;
}
/** An account key, given to a device or slot. */
export interface KeyBoxJson extends BoxJson {
  class: KeyClass;
  gen: number;
  holder: Id;
}
export interface SlotRecordJson {
  id: Id;
  kind: SlotKind;
  pub: Key32;
  min_seq: number;
  tag: string;
  aik_box: BoxJson;
}

/** A change of the own account as the API takes it. */
export interface AccountChangeJson {
  links: unknown[];
  slots: SlotRecordJson[];
  boxes: KeyBoxJson[];
  vault: unknown[];
  drop: ItemJson[];
  prekeys?: { signed: SignedPrekey | null; one_time: { id: Id; pub: Key32 }[]; replace: boolean };
  password?: unknown;
  welcome?: { request_id: string; box: BoxJson };
}

/** The place of an item in the vault. */
export interface ItemJson {
  kind: VaultKind;
  item: string;
}

/** The slot that opens the identity, with the history key boxed to it. */
export interface Unlocking {
  slot: unknown;
  box: unknown;
  /** With the password that was held back (`hold_slot`), not the one derived last. */
  previous?: boolean;
}

/** What is to become of the own account. `by` is null where the first device still keeps the identity. */
export type AccountWhat =
  /** Set up, or begun anew after a reset; with the slot of the password derived last, or with none yet. */
  | { t: 'create'; account: Id; kind: DeviceKind; password: boolean }
  /**
   * This becomes a device, by the password or words derived last, in the place of those that it `replaces`. `renew`:
   * all keys are new, since a device that knows them is out.
   */
  | {
      t: 'enter';
      kind: DeviceKind;
      slot: unknown;
      box: unknown;
      vault: unknown[];
      replaces: Id[];
      renew: boolean;
    }
  /** Throws devices out before this is one, by the same; it is not accepted, but shown as others' changes are. */
  | { t: 'expel'; slot: unknown; box: unknown; devices: Id[] }
  /** Lets the device in that shows the code. */
  | { t: 'admit'; pairing: unknown; code: string }
  | { t: 'prekeys'; one_time: number; signed: boolean; drop: { kind: 'spk' | 'opk'; item: string }[] }
  /** Gives the newest session key to devices that lack it. */
  | { t: 'session_key'; devices: Id[] }
  /** New keys of all kinds. */
  | { t: 'refresh' }
  /** This device gets another key to be sealed to, and the account another session key. */
  | { t: 'rekey' }
  | { t: 'revoke'; devices: Id[]; by: Unlocking | null }
  /** A new slot in place of those of its kind; `pw`: of the password derived last, `rk`: of the words made last. */
  | { t: 'slot'; kind: 'pw' | 'rk'; by: Unlocking | null; password?: unknown }
  /** This device leaves. */
  | { t: 'leave' };

export type TrustState = 'known' | 'verified';

/** What is thought of somebody's identity. */
export interface PersonView {
  account: Id;
  aik: Key32;
  fingerprint: Key32;
  state: TrustState | 'changed';
  wasVerified: boolean;
  /** Unix seconds; 0: not written down yet. */
  since: number;
}

/** What is to become of a conversation; identities are those of the verified logs, as far as they are trusted. */
export type ConversationWhat =
  | {
      t: 'create';
      kind: ConversationKind;
      members: { acct: Id; role: Role }[];
      policy: Policy;
      instance_key: Key32;
      room: Id | null;
    }
  | { t: 'add'; members: { acct: Id; role: Role }[] }
  | { t: 'remove'; members: Id[]; stmt?: RemovalStatement }
  | { t: 'role'; acct: Id; role: Role }
  | { t: 'policy'; policy: Partial<Policy> }
  /** The account's identity of now. */
  | { t: 'rebind'; acct: Id };

/** What the page is told about an account's verified log. */
export interface AccountView {
  head: Head;
  aik: Key32;
  devices: { id: Id; kind: DeviceKind; from: number }[];
  /** Active slots. */
  slots: { id: Id; kind: SlotKind }[];
  /** Generations of the account's keys. */
  keys: Record<KeyClass, number>;
  /** When somebody lost a key: how many times. */
  losses: number;
}

/** What the page is told about a conversation's verified log. */
export interface ConversationView {
  head: Head;
  kind: ConversationKind;
  policy: Policy;
  members: { acct: Id; role: Role }[];
  /** The number of the newest epoch; 0 before the first. */
  epoch: number;
  /** Epochs that this account may read, and whose secrets are not here. */
  lacking: number[];
  /** Members who must be looked at before anything is sent. */
  mismatched: Id[];
}

/** A message to send: what the node sees of it, and its content. */
export interface Draft {
  conversation: Id;
  id: Id;
  kind: MessageKind;
  target: Id | null;
  thread: Id | null;
  expires: number;
  type: string;
  fields: Record<string, unknown>;
  /** Counted here when it is not given. */
  n?: number;
}

/** A message that was opened, or why it was not; for `need_log`, whose log has to be shown first. */
export type Opened =
  | { id: Id; account: Id; device: Id; type: string; n: number; fields: Record<string, unknown> }
  | {
      error: CryptoCode;
      needs?: string;
      /** For `locked`: whether the secret may still come, or why it never will. */
      because?: 'waiting' | 'before_join' | 'before_reset';
    };

/** Every request with its input and its answer. `unknown` is JSON as the node sent it: the worker reads it. */
export interface Requests {
  /**
   * Derives the keys of a password; answers the one that signs in. The others stay, for `unlock`; with `keep`, the
   * time in seconds, on the device as well, for `kept_slot`.
   */
  password: {
    input: { account: Id; password: string; salt: string; kdf: Kdf; keep?: number };
    output: { authKey: string };
  };
  /** Opens the account with the keys of the password: its log, the slot, the history key boxed to it, the vault. */
  unlock: {
    input: { links: unknown[]; slot: unknown; box: unknown; vault: unknown[] };
    output: AccountView;
  };
  /** Opens account keys that are boxed to this device (`class` and `gen` beside `enc` and `ct`), and the vault. */
  open_keys: { input: { boxes: unknown[]; vault: unknown[] }; output: Record<string, never> };
  /** Makes the keys of this device; answers their public halves and its consent to be added. */
  new_device: {
    input: { account: Id; aik: Key32 };
    output: { id: Id; dsk: Key32; dxk: Key32; pop: string };
  };
  /** Makes a signed prekey and so many one-time ones; their secrets are in `items`, for the vault. */
  new_prekeys: {
    input: { one_time: number; now: number };
    output: { spk: SignedPrekey; opks: { id: Id; pub: Key32 }[]; items: unknown[] };
  };
  /** Goes on with an account's log: the links after those that are known. */
  show_account: { input: { account: Id; links: unknown[] }; output: AccountView };
  /** Goes on with a conversation's log. `need_log` names an account whose log has to be shown first. */
  show_conversation: { input: { conversation: Id; links: unknown[] }; output: ConversationView };
  /** Why the next message needs a new epoch; null if it does not. `now` in Unix seconds. */
  needs_epoch: {
    input: { conversation: Id; now: number; messages: number };
    output: { reason: StaleReason | null };
  };
  /** Makes an epoch: its link, the wraps for all members with a bundle, and its secret for the vault. */
  make_epoch: {
    input: { conversation: Id; bundles: unknown[]; now: number; why: StaleReason };
    output: { link: unknown; wraps: unknown; item: unknown };
  };
  /**
   * Takes the secret of an epoch from a wrap, and those of earlier ones to which it links back; answers them as
   * vault items. With the first the wrap is replaced.
   */
  receive_key: {
    input: { conversation: Id; batch: unknown };
    /** `used`: one-time prekeys that serve nobody any more, once the items are in the vault. */
    output: { items: unknown[]; used: ItemJson[] };
  };
  /**
   * Wraps the secret of an epoch once more, for members who ask for it and for whom it was made, or who may read
   * what was before they came.
   */
  give_key: {
    input: { conversation: Id; epoch: number; bundles: unknown[]; now: number };
    output: { wraps: unknown };
  };
  seal_message: { input: Draft; output: { envelope: unknown } };
  /** What became of a message that was sealed: the node has it, or refused it. */
  sent: { input: { id: Id }; output: Answer };
  unsent: { input: { conversation: Id; id: Id }; output: Answer };
  /** What was opened of a conversation, as the page gave it to be kept; nothing of it leaves this browser. */
  page: { input: { conversation: Id }; output: { page: unknown } };
  keep_page: { input: { conversation: Id; page: unknown; now: number }; output: Answer };
  drop_pages: { input: Answer; output: Answer };
  /**
   * What is to be renewed or forgotten. `signed`: the newest signed prekey; `synced`: when everything that waits on
   * the node was last fetched (`sync` asks for that).
   */
  upkeep: {
    input: { now: number; signed: string | null; synced: number | null };
    output: {
      rekey: boolean;
      refresh: boolean;
      sync: boolean;
      drop: ItemJson[];
      reseal: unknown[];
      done: boolean;
    };
  };
  /** They are gone from the vault; with `done` session keys before the newest go as well. */
  forget_items: { input: { items: ItemJson[]; done: boolean }; output: Answer };
  /** Opens messages, each by itself. `live` as for `receiveMessage`. */
  open_messages: { input: { envelopes: unknown[]; live: number | null }; output: { messages: Opened[] } };
  /** Takes up what this browser kept of the account; null where there is nothing. */
  open: {
    input: { account: Id };
    output: {
      device: Id | null;
      /** The device that this browser was before, if it is none now. */
      was: Id | null;
      view: AccountView | null;
      vault: number;
      conversations: Id[];
    };
  };
  /** Whether the keys of the password that has just signed in are here, perhaps from the page before. */
  kept_slot: { input: { now: number }; output: { isKept: boolean } };
  /** They are of no more use. */
  drop_slot: { input: Answer; output: Answer };
  /** Looks again at what another page of this browser has kept. */
  reopen: { input: Answer; output: Answer };
  /** Forgets the device and its keys, also where they are kept; the logs that were seen stay. */
  forget_device: { input: { account: Id }; output: Answer };
  /** Derives the keys of recovery words, for `enter` and `by`. */
  words: { input: { account: Id; text: string }; output: Answer };
  make_words: { input: Answer; output: { words: string[] } };
  /** Keeps the key of the password derived last beside that of the next one. */
  hold_slot: { input: Answer; output: Answer };
  change_account: { input: { now: number; what: AccountWhat }; output: { change: AccountChangeJson } };
  accept_change: { input: Answer; output: Answer };
  check_pairing: { input: { pairing: unknown; code: string }; output: { ok: boolean } };
  begin_pairing: {
    input: { account: Id; aik: Key32; kind: DeviceKind };
    output: { device: NewDevice; mac: string; code: string };
  };
  pairing_link: { input: { request: Id }; output: { link: string } };
  finish_pairing: { input: { links: unknown[]; welcome: unknown }; output: Answer };
  /** Items of the vault as the node has them; `older`: how many were older than what was seen. */
  take_vault: { input: { items: unknown[]; version?: number }; output: { older: number } };
  account_view: { input: { account: Id }; output: { view: AccountView | null } };
  conversation_view: { input: { conversation: Id }; output: { view: ConversationView | null } };
  /** What is thought of these accounts, as far as their logs are known. */
  people: { input: { accounts: Id[] }; output: { people: PersonView[] } };
  /** Writes down what is thought of an account's identity of now; answers the item for the vault. */
  trust: { input: { account: Id; state: TrustState; now: number }; output: { item: unknown } };
  safety: { input: { account: Id }; output: { groups: string[]; link: string } };
  /** The fingerprint of an account's identity, as links to it carry it. */
  fingerprint: { input: { account: Id }; output: { fingerprint: Key32 } };
  /** Who a scanned code says somebody is, and whether that is so. */
  check_code: { input: { text: string }; output: { account: Id; aik: Key32 } };
  /** Links that carry changes out, perhaps with a new epoch behind them, and the name under that. */
  change_conversation: {
    input: {
      conversation: Id;
      now: number;
      changes: ConversationWhat[];
      epoch: { bundles: unknown[]; why: StaleReason } | null;
      /** For newcomers who read what was before. */
      give: { bundles: unknown[] } | null;
      info: Record<string, unknown> | null;
      /** The id of the message that says the name. */
      info_id: Id;
    };
    output: { links: unknown[]; wraps: unknown[]; vault: unknown[]; info: unknown };
  };
  /** The keys of single messages, to show these and no others to a moderator. */
  report_keys: { input: { envelopes: unknown[] }; output: { keys: string[] } };
  /** Forgets everything; with `erase` also what this browser keeps. */
  lock: { input: { erase?: boolean }; output: Answer };
}

export type RequestName = keyof Requests;

/** A request on its way to the worker, */
export interface Asked<N extends RequestName = RequestName> {
  /** Counts the page's requests. */
  number: number;
  name: N;
  input: Requests[N]['input'];
}

/** and what comes back: the answer, or why there is none. */
export type Answered<N extends RequestName = RequestName> = { number: number } & (
  | { output: Requests[N]['output'] }
  | { error: Refusal }
);

export interface Refusal {
  code: CryptoCode | 'internal';
  message: string;
  rule?: Rule;
  account?: string;
}
