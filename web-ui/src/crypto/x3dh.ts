// Giving the secret of an epoch to an account: X3DH with its identity, its signed prekey and, if there is one, a
// one-time prekey. One ephemeral key serves all recipients of a batch, as every derivation names its recipient.
import { decrypt, encrypt, importAes } from './aead';
import { MOST_MEMBERS } from './conversation-links';
import { NEWEST_SUITE } from './conversation-rules';
import { dh, importDh, type KeyPair } from './curves';
import {
  type Bytes,
  b64u,
  concat,
  type Id,
  idBytes,
  type Key32,
  key32,
  key32Bytes,
  random,
  unb64u,
} from './encoding';
import { checkEpochSecret, type EpochName } from './epochs';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { hkdf } from './hash';
import type { Recipient } from './prekeys';
import { tuple } from './tuple';

/** Who wraps: an account, by one of its devices. */
export interface Wrapper {
  account: Id;
  device: Id;
  /** Its identity in the roster. */
  aik: Key32;
  ik: { gen: number; pair: KeyPair };
}

/** One account's share of a batch. */
export interface Wrap {
  a: Id;
  ik_gen: number;
  spk: Id;
  opk: Id | null;
  /** Base64url of 48 bytes. */
  ct: string;
}

/** The secret of one epoch, wrapped for several accounts. */
export interface WrapBatch {
  v: 1;
  suite: number;
  epoch: number;
  from: { account: Id; device: Id; ik_gen: number };
  ek: Key32;
  wraps: Wrap[];
}

/** The keys of one's own that a wrap was made for. */
export interface WrapKeys {
  account: Id;
  /** One's identity in the roster. */
  aik: Key32;
  ik: KeyPair;
  spk: KeyPair;
  opk: KeyPair | null;
}

interface Sides {
  from: { account: Id; device: Id; aik: Key32; ik: Bytes };
  ek: Bytes;
  to: { account: Id; aik: Key32; ik: Bytes; spkId: Id; spk: Bytes; opkId: Id | null; opk: Bytes | null };
}

function wrapInfo({ suite, conversation, epoch }: EpochName, { from, ek, to }: Sides): Bytes {
  return tuple(
    'x3dh',
    suite,
    idBytes(conversation),
    epoch,
    idBytes(from.account),
    idBytes(from.device),
    key32Bytes(from.aik),
    from.ik,
    ek,
    idBytes(to.account),
    key32Bytes(to.aik),
    to.ik,
    idBytes(to.spkId),
    to.spk,
    to.opkId ? idBytes(to.opkId) : null,
    to.opk,
  );
}

const START = new Uint8Array(32).fill(0xff);
const ZEROS = new Uint8Array(32);

async function wrapKey(shared: Bytes[], info: Bytes): Promise<{ key: CryptoKey; nonce: Bytes }> {
  const okm = await hkdf(concat(START, ...shared), ZEROS, info, 44);
  return { key: await importAes(okm.slice(0, 32)), nonce: okm.slice(32) };
}

async function wrapOne(
  secret: Bytes,
  name: EpochName,
  from: Wrapper,
  ek: KeyPair,
  recipient: Recipient,
): Promise<Wrap> {
  const { account, aik, ik, spk, opk } = recipient;
  const [ikPub, spkPub, opkPub] = [key32Bytes(ik.pub), key32Bytes(spk.pub), opk && key32Bytes(opk.pub)];
  const shared = await Promise.all([
    dh(from.ik.pair.key, spkPub),
    dh(ek.key, ikPub),
    dh(ek.key, spkPub),
    ...(opkPub ? [dh(ek.key, opkPub)] : []),
  ]);
  const info = wrapInfo(name, {
    from: { account: from.account, device: from.device, aik: from.aik, ik: from.ik.pair.pub },
    ek: ek.pub,
    to: { account, aik, ik: ikPub, spkId: spk.id, spk: spkPub, opkId: opk?.id ?? null, opk: opkPub },
  });
  const { key, nonce } = await wrapKey(shared, info);
  const ct = await encrypt(key, nonce, info, secret);
  return { a: account, ik_gen: ik.gen, spk: spk.id, opk: opk?.id ?? null, ct: b64u(ct) };
}

/** Wraps the secret of an epoch for accounts whose bundles were verified. `ephemeral` is given only by tests. */
export async function wrapEpoch(
  secret: Bytes,
  name: EpochName,
  from: Wrapper,
  recipients: readonly Recipient[],
  ephemeral?: Bytes,
): Promise<WrapBatch> {
  const ek = await importDh(ephemeral ?? random(32));
  return {
    v: 1,
    suite: name.suite,
    epoch: name.epoch,
    from: { account: from.account, device: from.device, ik_gen: from.ik.gen },
    ek: key32(ek.pub),
    wraps: await Promise.all(recipients.map((recipient) => wrapOne(secret, name, from, ek, recipient))),
  };
}

export function batchFromJson(json: unknown): WrapBatch {
  const fields = new Fields(json, 'wraps');
  const suite = fields.int('suite', 1);
  if (fields.int('v') !== 1 || suite !== NEWEST_SUITE) {
    throw new CryptoError('newer', 'wraps of a newer version');
  }
  const from = fields.object('from');
  return {
    v: 1,
    suite,
    epoch: fields.int('epoch', 1),
    from: { account: from.id('account'), device: from.id('device'), ik_gen: from.int('ik_gen', 1) },
    ek: fields.key('ek'),
    wraps: fields.objects('wraps', MOST_MEMBERS).map((wrap) => {
      wrap.bytes('ct', 48);
      return {
        a: wrap.id('a'),
        ik_gen: wrap.int('ik_gen', 1),
        spk: wrap.id('spk'),
        opk: wrap.idOrNull('opk'),
        ct: wrap.text('ct', 64),
      };
    }),
  };
}

/**
 * Opens one's own wrap. `sender` is the wrapper's identity in the roster and its DH key of generation
 * `from.ik_gen` by its log; `commit` is the one in the epoch's link. `bad_seal` when it was made for other keys,
 * `bad_commit` when it holds another secret than everybody else's.
 */
export async function openWrap(
  batch: WrapBatch,
  wrap: Wrap,
  conversation: Id,
  sender: { aik: Key32; ik: Key32 },
  own: WrapKeys,
  commit: Key32,
): Promise<Bytes> {
  if (wrap.a !== own.account) throw new CryptoError('bad_seal', 'a wrap for another account');
  const opk = wrap.opk === null ? null : own.opk;
  if (wrap.opk !== null && opk === null) {
    throw new CryptoError('locked', 'the one-time prekey of the wrap is not at hand');
  }
  const name = { conversation, epoch: batch.epoch, suite: batch.suite };
  const [ek, senderIk] = [key32Bytes(batch.ek), key32Bytes(sender.ik)];
  const info = wrapInfo(name, {
    from: { account: batch.from.account, device: batch.from.device, aik: sender.aik, ik: senderIk },
    ek,
    to: {
      account: own.account,
      aik: own.aik,
      ik: own.ik.pub,
      spkId: wrap.spk,
      spk: own.spk.pub,
      opkId: wrap.opk,
      opk: opk?.pub ?? null,
    },
  });
  const shared = await Promise.all([
    dh(own.spk.key, senderIk),
    dh(own.ik.key, ek),
    dh(own.spk.key, ek),
    ...(opk ? [dh(opk.key, ek)] : []),
  ]);
  const { key, nonce } = await wrapKey(shared, info);
  const secret = await decrypt(key, nonce, info, unb64u(wrap.ct, 48, 'ct'));
  await checkEpochSecret(secret, name, commit);
  return secret;
}
