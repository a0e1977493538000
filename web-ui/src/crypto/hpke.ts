// HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, one message per encapsulation.
import { decrypt, encrypt, importAes } from './aead';
import { dh, importDh, type KeyPair } from './curves';
import { type Bytes, b64u, concat, random, utf8 } from './encoding';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { expandOnce, extract, importHmac } from './hash';

/** What BOX makes. */
export interface Box {
  /** The ephemeral public key, 32 bytes. */
  enc: Bytes;
  ct: Bytes;
}

/** A secret that both sides know: proves to the receiver that the sender knew it. */
export interface Psk {
  psk: Bytes;
  id: Bytes;
}

/** The cipher's number and the length of its key. Only tests take another than the default. */
interface HpkeCipher {
  id: number;
  keyBytes: number;
}
const AES_256_GCM: HpkeCipher = { id: 2, keyBytes: 32 };

const none = new Uint8Array();
const KEM_SUITE = concat(utf8('KEM'), Uint8Array.of(0, 0x20));
const VERSION = utf8('HPKE-v1');

function labeledExtract(suite: Bytes, salt: Bytes, label: string, secret: Bytes): Promise<Bytes> {
  return extract(salt, concat(VERSION, suite, utf8(label), secret));
}

async function labeledExpand(suite: Bytes, prk: Bytes, label: string, info: Bytes, length: number) {
  const labeled = concat(Uint8Array.of(0, length), VERSION, suite, utf8(label), info);
  return expandOnce(await importHmac(prk), labeled, length);
}

/** The shared secret of the encapsulation. */
export async function kemSecret(shared: Bytes, enc: Bytes, recipient: Bytes): Promise<Bytes> {
  const prk = await labeledExtract(KEM_SUITE, none, 'eae_prk', shared);
  return labeledExpand(KEM_SUITE, prk, 'shared_secret', concat(enc, recipient), 32);
}

/** Key and base nonce of RFC 9180's schedule. */
export async function keySchedule(
  secret: Bytes,
  info: Bytes,
  psk: Psk | undefined,
  cipher: HpkeCipher = AES_256_GCM,
): Promise<{ key: Bytes; nonce: Bytes }> {
  const suite = concat(utf8('HPKE'), Uint8Array.of(0, 0x20, 0, 1, 0, cipher.id));
  const [pskIdHash, infoHash, prk] = await Promise.all([
    labeledExtract(suite, none, 'psk_id_hash', psk?.id ?? none),
    labeledExtract(suite, none, 'info_hash', info),
    labeledExtract(suite, secret, 'secret', psk?.psk ?? none),
  ]);
  const context = concat(Uint8Array.of(psk ? 1 : 0), pskIdHash, infoHash);
  const [key, nonce] = await Promise.all([
    labeledExpand(suite, prk, 'key', context, cipher.keyBytes),
    labeledExpand(suite, prk, 'base_nonce', context, 12),
  ]);
  return { key, nonce };
}

/**
 * BOX(pub, info, plaintext): only the holder of the private half opens it. Anybody can have made it (without
 * `psk`), so whoever receives a key this way checks it against a signed commitment.
 * `ephemeral` is given only by tests.
 */
export async function box(
  pub: Bytes,
  info: Bytes,
  plaintext: Bytes,
  psk?: Psk,
  ephemeral?: Bytes,
): Promise<Box> {
  const pair = await importDh(ephemeral ?? random(32));
  const secret = await kemSecret(await dh(pair.key, pub), pair.pub, pub);
  const { key, nonce } = await keySchedule(secret, info, psk);
  return { enc: pair.pub, ct: await encrypt(await importAes(key), nonce, none, plaintext) };
}

/** Opens a box; `bad_key` for an ephemeral key of low order, `bad_seal` for anything else that is wrong. */
export async function unbox(own: KeyPair, info: Bytes, { enc, ct }: Box, psk?: Psk): Promise<Bytes> {
  if (enc.length !== 32) throw new CryptoError('bad_format', 'the key of a box has not 32 bytes');
  const secret = await kemSecret(await dh(own.key, enc), enc, own.pub);
  const { key, nonce } = await keySchedule(secret, info, psk);
  return decrypt(await importAes(key), nonce, none, ct);
}

/** The box as the API carries it. */
export function boxToJson({ enc, ct }: Box) {
  return { enc: b64u(enc), ct: b64u(ct) };
}

export function boxFromJson(json: unknown): Box {
  const fields = json instanceof Fields ? json : new Fields(json, 'box');
  return { enc: fields.bytes('enc', 32), ct: fields.bytes('ct', 'any') };
}
