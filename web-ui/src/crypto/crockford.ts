import { CryptoError } from './errors';

/** Letters and digits that are not mistaken for each other when read aloud. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Crockford's base32. The number of bits must be a multiple of five: 5, 10 … bytes. */
export function toCrockford(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five, 2)]).join('');
}

/** Reads it as people type it: small letters, spaces and hyphens, O for 0, I and L for 1. */
export function fromCrockford(typed: string, length: number): Uint8Array<ArrayBuffer> {
  const text = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const values = Array.from(text, (letter) => ALPHABET.indexOf(letter));
  if (values.includes(-1) || values.length * 5 !== length * 8) {
    throw new CryptoError('bad_format', 'not such a code');
  }
  const bits = values.map((value) => value.toString(2).padStart(5, '0')).join('');
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(bits.slice(index * 8, index * 8 + 8), 2));
}
