import { asId, asKey32, compareBytes, type Id, idBytes, type Key32, key32, key32Bytes } from './encoding';
import { CryptoError } from './errors';
import { sha256, sha512 } from './hash';
import { tuple } from './tuple';

/** An account and the identity under which somebody knows it. */
export interface Known {
  account: Id;
  aik: Key32;
}

async function fingerprint({ account, aik }: Known): Promise<string[]> {
  const hash = await sha512(tuple('safety', idBytes(account), key32Bytes(aik)));
  return Array.from({ length: 6 }, (_, group) => {
    const five = hash.subarray(group * 5, group * 5 + 5);
    const value = five.reduce((sum, byte) => sum * 256 + byte, 0);
    return String(value % 100_000).padStart(5, '0');
  });
}

/** The number that two people compare: twelve groups of five digits, the same on both sides. */
export async function safetyNumber(a: Known, b: Known): Promise<string[]> {
  const sorted = [a, b].sort((x, y) => compareBytes(idBytes(x.account), idBytes(y.account)));
  return (await Promise.all(sorted.map(fingerprint))).flat();
}

/** The same as a camera reads it; each side shows its own. */
export function verifyUri({ account, aik }: Known): string {
  return `snug-verify:1:${account}:${aik}`;
}

/** The reverse of `verifyUri`; `newer` for another version. */
export function readVerifyUri(uri: string): Known {
  const [name, version, account, aik, ...rest] = uri.split(':');
  if (name !== 'snug-verify' || rest.length > 0)
    throw new CryptoError('bad_format', 'not the code of an account');
  if (version !== '1') throw new CryptoError('newer', 'a code of a newer version');
  return { account: asId(account), aik: asKey32(aik) };
}

/** What a link to an account carries behind its `#`, so that the node cannot show another identity at first contact. */
export async function identityFingerprint({ account, aik }: Known): Promise<Key32> {
  return key32(await sha256(tuple('aik-fp', idBytes(account), key32Bytes(aik))));
}
