/**
 * What can be wrong with something that came from outside. The codes are stable: other clients and tests know them.
 *
 * - `bad_encoding`: not of the form or length that the protocol writes;
 * - `bad_ciphertext`: does not open with this key in this place;
 * - `bad_key`: a key that must not be used, such as a point of low order or a weak password derivation;
 * - `bad_commit`: a secret that is not the one to which its maker is committed;
 * - `bad_signature`, `bad_padding`: as they say;
 * - `bad_link`: a link that the rules of its log refuse; `rule` names which;
 * - `log_fork`: another log than the one seen before, or a shorter one;
 * - `key_mismatch`: another identity than the one everybody agreed on;
 * - `downgraded`: plain text or an older suite where there was something better;
 * - `locked`: the key for it is not at hand;
 * - `newer`: made by a newer version, which must not be guessed at.
 */
export type CryptoCode =
  | 'bad_encoding'
  | 'bad_ciphertext'
  | 'bad_key'
  | 'bad_commit'
  | 'bad_signature'
  | 'bad_padding'
  | 'bad_link'
  | 'log_fork'
  | 'key_mismatch'
  | 'downgraded'
  | 'locked'
  | 'newer';

/** The one error of the end-to-end protocol. `message` is for logs; what people read is made from the code. */
export class CryptoError extends Error {
  override name = 'CryptoError';
  readonly code: CryptoCode;
  /** For `bad_link`: the rule that was broken. */
  readonly rule: string | undefined;

  constructor(code: CryptoCode, message: string, rule?: string) {
    super(`${code}: ${message}`);
    this.code = code;
    this.rule = rule;
  }
}

/** Refuses a link. */
export function refuse(rule: string, message: string): never {
  throw new CryptoError('bad_link', message, rule);
}
