// Prekeys: public keys that an account leaves with the node, so that others can give it secrets while it is away.
import { type AccountLog, activeDevices, checkSeen, currentIdentity, currentIk } from './account-log';
import { importDh, type KeyPair, sign, verify } from './curves';
import {
  type Bytes,
  b64u,
  type Id,
  idBytes,
  type Key32,
  key32,
  key32Bytes,
  random,
  randomId,
  unb64u,
} from './encoding';
import { CryptoError, refuse } from './errors';
import { Fields } from './fields';
import { type Head, headFrom } from './link';
import { tuple } from './tuple';

const DAY_S = 86_400;
/** A signed prekey older than this is not used by anybody. */
export const PREKEY_MAX_AGE_S = 180 * DAY_S;

/** A prekey of one's own. The secret goes into the vault together with the public half. */
interface Prekey {
  id: Id;
  secret: Bytes;
  pair: KeyPair;
}

export async function newPrekey(): Promise<Prekey> {
  const secret = random(32);
  return { id: randomId(), secret, pair: await importDh(secret) };
}

/** A signed prekey as a bundle carries it. */
export interface SignedPrekey {
  id: Id;
  pub: Key32;
  /** Unix seconds. */
  at: number;
  /** The device that signed. */
  by: Id;
  /** Base64url. */
  sig: string;
}

/** What the node hands out about an account to whoever wants to give it a secret. */
export interface Bundle {
  account: Id;
  ik: { gen: number; pub: Key32 };
  spk: SignedPrekey;
  opk: { id: Id; pub: Key32 } | null;
  log: Head;
}

/** An account to which a secret may be given: every key was verified. */
export interface Recipient {
  account: Id;
  aik: Key32;
  ik: { gen: number; pub: Key32 };
  spk: { id: Id; pub: Key32 };
  opk: { id: Id; pub: Key32 } | null;
}

function signed(
  account: Id,
  ik: Bundle['ik'],
  { id, pub, at }: Pick<SignedPrekey, 'id' | 'pub' | 'at'>,
): Bytes {
  return tuple('spk', idBytes(account), ik.gen, key32Bytes(ik.pub), idBytes(id), key32Bytes(pub), at);
}

/** Signs a prekey with a device's key. `ik` is the account's newest identity DH key. */
export async function signPrekey(
  account: Id,
  ik: Bundle['ik'],
  prekey: Prekey,
  at: number,
  by: Id,
  signer: KeyPair,
): Promise<SignedPrekey> {
  const fields = { id: prekey.id, pub: key32(prekey.pair.pub), at };
  return { ...fields, by, sig: b64u(await sign(signer.key, signed(account, ik, fields))) };
}

export function bundleFromJson(json: unknown): Bundle {
  const fields = new Fields(json, 'bundle');
  const ik = fields.object('ik');
  const spk = fields.object('spk');
  const opk = fields.isNull('opk') ? null : fields.object('opk');
  spk.bytes('sig', 64);
  return {
    account: fields.id('account'),
    ik: { gen: ik.int('gen', 1), pub: ik.key('pub') },
    spk: {
      id: spk.id('id'),
      pub: spk.key('pub'),
      at: spk.int('at'),
      by: spk.id('by'),
      sig: spk.text('sig', 86),
    },
    opk: opk && { id: opk.id('id'), pub: opk.key('pub') },
    log: headFrom(fields.object('log')),
  };
}

/**
 * Checks a bundle against the account's verified log and the identity that is expected of it (that of the
 * roster, or the trusted one). `need_log` when the bundle is of a newer log, `key_mismatch` for another identity,
 * `bad_key` for keys that are not the newest or too old, `e2ee_bad_link` (`signer`) when the
 * device that signed is not active. `now` in Unix seconds.
 */
export async function verifyBundle(
  bundle: Bundle,
  log: AccountLog,
  expected: Key32,
  now: number,
): Promise<Recipient> {
  const { account, ik, spk, opk } = bundle;
  if (log.account !== account) throw new CryptoError('bad_format', 'the bundle of another account');
  checkSeen(log.hashes, bundle.log, account);
  if (currentIdentity(log).aik !== expected) {
    throw new CryptoError('key_mismatch', 'the account has another identity than expected');
  }
  const newest = currentIk(log);
  if (ik.gen !== newest.gen || ik.pub !== newest.pub) {
    throw new CryptoError('bad_key', 'not the newest identity key of the log');
  }
  if (now - spk.at > PREKEY_MAX_AGE_S) throw new CryptoError('bad_key', 'the signed prekey is too old');
  const device = activeDevices(log).find(({ id }) => id === spk.by);
  if (!device) refuse('signer', 'the prekey is signed by a device that is not active');
  await verify(key32Bytes(device.dsk), signed(account, ik, spk), unb64u(spk.sig, 64, 'sig'));
  return { account, aik: expected, ik, spk: { id: spk.id, pub: spk.pub }, opk };
}
