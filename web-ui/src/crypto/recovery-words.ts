// Twelve words for 128 random bits and a checksum of four: the encoding of BIP-39, with its English list. Only
// the encoding; the words are not stretched, as they hold more than anybody can guess.
import { type Bytes, random } from './encoding';
import { CryptoError } from './errors';
import { sha256 } from './hash';

const WORDS = 12;

/** The secret behind new recovery words, 16 bytes. */
export function newRecoverySecret(): Bytes {
  return random(16);
}

/** All 2,048 words; loaded when first needed. */
async function recoveryWordList(): Promise<readonly string[]> {
  return (await import('@scure/bip39/wordlists/english.js')).wordlist;
}

function bits(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
}

async function checksum(secret: Bytes): Promise<string> {
  return bits(await sha256(secret)).slice(0, 4);
}

/** The twelve words of 16 bytes. */
export async function recoveryWords(secret: Bytes): Promise<string[]> {
  if (secret.length !== 16) throw new CryptoError('bad_format', 'recovery words hold 16 bytes');
  const list = await recoveryWordList();
  const all = bits(secret) + (await checksum(secret));
  return Array.from({ length: WORDS }, (_, index) => {
    return list[Number.parseInt(all.slice(index * 11, index * 11 + 11), 2)] ?? '';
  });
}

/** The 16 bytes of words as somebody typed them; `bad_format` when they are not twelve words that belong together. */
export async function recoverySecret(typed: string): Promise<Bytes> {
  if (typed.length > 1_000) throw new CryptoError('e2ee_too_large', 'too much for recovery words');
  const words = typed.normalize('NFKD').toLowerCase().trim().split(/\s+/);
  if (words.length !== WORDS)
    throw new CryptoError('bad_format', `${words.length} recovery words instead of 12`);
  const list = await recoveryWordList();
  const numbers = words.map((word) => list.indexOf(word));
  const unknown = words[numbers.indexOf(-1)];
  if (unknown !== undefined) throw new CryptoError('bad_format', 'a recovery word is not on the list');
  const all = numbers.map((number) => number.toString(2).padStart(11, '0')).join('');
  const secret = Uint8Array.from({ length: 16 }, (_, index) =>
    Number.parseInt(all.slice(index * 8, index * 8 + 8), 2),
  );
  if ((await checksum(secret)) !== all.slice(128)) {
    throw new CryptoError('bad_format', 'these recovery words do not belong together');
  }
  return secret;
}
