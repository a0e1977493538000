// What the page may ask of the worker that holds the keys. Neither requests nor answers hold any.
import type { Id, Key32 } from './encoding';
import type { MessageKind } from './envelope';
import type { StaleReason } from './epochs';
import type { CryptoCode, Rule } from './errors';
import type { Head } from './link';
import type { Kdf } from './password';
import type { SignedPrekey } from './prekeys';

/** What the page is told about an account's verified log. */
export interface AccountView {
  head: Head;
  aik: Key32;
  devices: Id[];
}

/** What the page is told about a conversation's verified log. */
export interface ConversationView {
  head: Head;
  members: { acct: Id; role: string }[];
  /** The number of the newest epoch; 0 before the first. */
  epoch: number;
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
  n: number;
}

/** A message that was opened, or why it was not; for `need_log`, whose log has to be shown first. */
export type Opened =
  | { id: Id; account: Id; type: string; n: number; fields: Record<string, unknown> }
  | { error: CryptoCode; needs?: string };

/** Every request with its input and its answer. `unknown` is JSON as the node sent it: the worker reads it. */
export interface Requests {
  /** Derives the keys of a password; answers the one that signs in. The others stay, for `unlock`. */
  password: {
    input: { account: Id; password: string; salt: string; kdf: Kdf };
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
  receive_key: { input: { conversation: Id; batch: unknown }; output: { items: unknown[] } };
  /**
   * Wraps the secret of an epoch once more, for members who ask for it and for whom it was made, or who may read
   * what was before they came.
   */
  give_key: {
    input: { conversation: Id; epoch: number; bundles: unknown[]; now: number };
    output: { wraps: unknown };
  };
  seal_message: { input: Draft; output: { envelope: unknown } };
  /** Opens messages, each by itself. `live` as for `receiveMessage`. */
  open_messages: { input: { envelopes: unknown[]; live: number | null }; output: { messages: Opened[] } };
  /** Forgets everything. */
  lock: { input: Record<string, never>; output: Record<string, never> };
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
