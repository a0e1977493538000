/**
 * What can be wrong with something that came from outside. The codes are stable: other clients, the node and
 * the tests know them.
 *
 * - `bad_format`: not of the form or length that the protocol writes;
 * - `bad_seal`: does not open with this key in this place;
 * - `bad_key`: a key that must not be used, such as a point of low order, or a prekey that is too old;
 * - `bad_commit`: a secret that is not the one to which its maker is committed;
 * - `bad_signature`: a signature, or an authentication tag, that does not verify;
 * - `bad_padding`: as it says;
 * - `e2ee_bad_link`: a link that the rules of its log refuse; `rule` names which;
 * - `log_fork`: another log than the one seen before, or a shorter one;
 * - `need_log`: an account's log has to be fetched first, or further; `account` names whose;
 * - `key_mismatch`: another identity than the one everybody agreed on;
 * - `downgraded`: weaker than what was agreed on or is ever accepted;
 * - `locked`: the key for it is not at hand;
 * - `newer`: made by a newer version, which must not be guessed at;
 * - `e2ee_not_member`: from an account that is no member, or may only read;
 * - `e2ee_no_keys`: the other side has not set up encryption;
 * - `e2ee_epoch_stale`: the epoch is over, a new one has to be made first;
 * - `e2ee_rev`: a vault item that is older than one that was seen;
 * - `e2ee_too_large`: more than the limits allow.
 */
export type CryptoCode =
  | 'bad_format'
  | 'bad_seal'
  | 'bad_key'
  | 'bad_commit'
  | 'bad_signature'
  | 'bad_padding'
  | 'e2ee_bad_link'
  | 'log_fork'
  | 'need_log'
  | 'key_mismatch'
  | 'downgraded'
  | 'locked'
  | 'newer'
  | 'e2ee_not_member'
  | 'e2ee_no_keys'
  | 'e2ee_epoch_stale'
  | 'e2ee_rev'
  | 'e2ee_too_large';

/** The rule that a link breaks; as stable as the codes. */
export type Rule =
  /** The body is not the compact JSON that its own content gives. */
  | 'canonical'
  /** A field is missing, unknown, of the wrong type or out of its bounds. */
  | 'fields'
  /** The link belongs to another account or conversation. */
  | 'place'
  /** The number is not the next one. */
  | 'seq'
  /** The link does not follow the head. */
  | 'prev'
  /** The first link is not a first link, or a later one is. */
  | 'first'
  /** The signer is no active device, or not one of the identity that the conversation agreed on. */
  | 'signer'
  /** The signer may not do this. */
  | 'permission'
  /** A generation or an epoch does not rise by exactly 1. */
  | 'generation'
  /** An id or identity that was there before. */
  | 'reused'
  /** A device, slot or member that is not there. */
  | 'missing'
  /** More devices, slots, members or links than allowed. */
  | 'limit'
  /** A direct conversation does not change its people or their roles. */
  | 'direct'
  /** The epoch's roster is not the conversation's. */
  | 'roster'
  /** The epoch links back where it may not. */
  | 'chain'
  /** The suite is lower than agreed. */
  | 'suite'
  /** The node's statement about a removal does not hold. */
  | 'statement'
  /** The identity is not the one in the roster, or the new one is not the account's. */
  | 'identity'
  /** The link changes nothing. */
  | 'empty';

/** The one error of the end-to-end protocol. `message` is for logs; what people read is made from the code. */
export class CryptoError extends Error {
  override name = 'CryptoError';
  readonly code: CryptoCode;
  /** The message without the code. */
  readonly detail: string;
  /** For `e2ee_bad_link`: the rule that was broken. */
  readonly rule: Rule | undefined;
  /** For `need_log`: whose. */
  readonly account: string | undefined;

  constructor(code: CryptoCode, detail: string, { rule, account }: { rule?: Rule; account?: string } = {}) {
    super(`${code}${rule ? ` (${rule})` : ''}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.rule = rule;
    this.account = account;
  }
}

/** Refuses a link. */
export function refuse(rule: Rule, message: string): never {
  throw new CryptoError('e2ee_bad_link', message, { rule });
}
