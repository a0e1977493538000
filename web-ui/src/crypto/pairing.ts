// Adding a device by another one: the new device shows a code, the other one scans or types it. The node never
// sees the code, so it can neither exchange the new device's keys nor make up an account for it.
import type { KeyClass } from './account-keys';
import { fromCrockford, toCrockford } from './crockford';
import type { KeyPair } from './curves';
import {
  asId,
  type Bytes,
  b64u,
  fromUtf8,
  type Id,
  idBytes,
  type Key32,
  key32Bytes,
  random,
  utf8,
} from './encoding';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { hkdf, hmac, hmacMatches, importHmac } from './hash';
import { type Box, box, type Psk, unbox } from './hpke';
import { type Head, headFrom } from './link';
import { tuple } from './tuple';

const SECRET_BYTES = 10;
const GIFT_BYTES = 128 * 1024;

/** What the code holds: 80 bits that live for ten minutes. */
export function newPairSecret(): Bytes {
  return random(SECRET_BYTES);
}

/** The code as people read it: four groups of four letters. */
export function pairCode(secret: Bytes): string {
  return (toCrockford(secret).match(/.{4}/g) ?? []).join('-');
}

export function readPairCode(typed: string): Bytes {
  return fromCrockford(typed, SECRET_BYTES);
}

/** The code as a camera reads it. */
export function pairUri(request: Id, secret: Bytes): string {
  return `snug-pair:1:${request}:${toCrockford(secret)}`;
}

export function readPairUri(uri: string): { request: Id; secret: Bytes } {
  const [name, version, request, code, ...rest] = uri.split(':');
  if (name !== 'snug-pair') throw new CryptoError('bad_format', 'not the code of a new device');
  if (version !== '1') throw new CryptoError('newer', 'a code of a newer version');
  if (code === undefined || rest.length > 0) {
    throw new CryptoError('bad_format', 'not the code of a new device');
  }
  return { request: asId(request), secret: readPairCode(code) };
}

/** The new device's keys. */
interface PairRequest {
  account: Id;
  dsk: Key32;
  dxk: Key32;
}

async function macKey(secret: Bytes): Promise<CryptoKey> {
  return importHmac(await hkdf(secret, '', tuple('pair-mac')));
}

function requested({ account, dsk, dxk }: PairRequest): Bytes {
  return tuple('pair-req', idBytes(account), key32Bytes(dsk), key32Bytes(dxk));
}

/** Shows to whoever reads the code that these are the keys of the device that displays it. */
export async function pairMac(secret: Bytes, request: PairRequest): Promise<Bytes> {
  return hmac(await macKey(secret), requested(request));
}

/** Refuses keys that are not those of the device with this code (`bad_signature`). */
export async function checkPairMac(secret: Bytes, request: PairRequest, mac: Bytes): Promise<void> {
  if (!(await hmacMatches(await macKey(secret), requested(request), mac))) {
    throw new CryptoError('bad_signature', 'the keys are not those of the device with this code');
  }
}

/** What a new device is given: whom to believe, and the account's keys. */
interface PairGift {
  aik: Key32;
  head: Head;
  keys: { class: KeyClass; gen: number; key: Bytes }[];
}

async function pairPsk(secret: Bytes): Promise<Psk> {
  return { psk: await hkdf(secret, '', tuple('pair-psk')), id: utf8('snug/e2ee/1/pair') };
}

function pairInfo(account: Id): Bytes {
  return tuple('pair', idBytes(account));
}

/** Seals bytes to a new device, proving that the code was read. */
export async function sealPairing(
  secret: Bytes,
  account: Id,
  dxk: Key32,
  plaintext: Bytes,
  ephemeral?: Bytes,
): Promise<Box> {
  return box(key32Bytes(dxk), pairInfo(account), plaintext, await pairPsk(secret), ephemeral);
}

/** Opens what the other device sealed; `bad_seal` when it did not know the code. */
export async function openPairing(secret: Bytes, account: Id, own: KeyPair, boxed: Box): Promise<Bytes> {
  if (boxed.ct.length > GIFT_BYTES) throw new CryptoError('e2ee_too_large', 'too much for a new device');
  return unbox(own, pairInfo(account), boxed, await pairPsk(secret));
}

export function writePairGift({ aik, head, keys }: PairGift): Bytes {
  const list = keys.map(({ class: c, gen, key }) => ({ class: c, gen, key: b64u(key) }));
  return utf8(JSON.stringify({ aik, head, keys: list }));
}

export function readPairGift(bytes: Bytes): PairGift {
  let json: unknown;
  try {
    json = JSON.parse(fromUtf8(bytes));
  } catch {
    throw new CryptoError('bad_format', 'what the other device sent is not JSON');
  }
  const fields = new Fields(json, 'pairing');
  return {
    aik: fields.key('aik'),
    head: headFrom(fields.object('head')),
    keys: fields.objects('keys', 1_000).map((key) => ({
      class: key.oneOf('class', ['h', 's']),
      gen: key.int('gen', 1),
      key: key.bytes('key', 32),
    })),
  };
}
