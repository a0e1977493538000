// Lengths tell what somebody wrote; so everything is padded to one of few lengths.
import { CryptoError } from './errors';

/** Padmé: rounds up by at most 12 %, so that a length of n has only O(log log n) bits to tell. */
export function padme(length: number): number {
  if (length < 2) return length;
  // The logarithm of a number just below a power of two is rounded up to it.
  const rounded = Math.floor(Math.log2(length));
  const exponent = 2 ** rounded > length ? rounded - 1 : rounded;
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - kept);
  return Math.ceil(length / step) * step;
}

/** The padded length of a message: steps of 256 up to 4,096, Padmé above. */
export function bucket(length: number): number {
  return length <= 4_096 ? Math.max(256, Math.ceil(length / 256) * 256) : padme(length);
}

/** Refuses padding that says anything (`bad_padding`). */
export function checkZeros(padding: Uint8Array): void {
  if (padding.some((byte) => byte !== 0)) throw new CryptoError('bad_padding', 'the padding is not zero');
}
