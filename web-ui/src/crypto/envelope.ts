// Messages: sealed under the epoch's secret, with the sender's signature inside, where neither the node nor
// anybody else can see or collect it. The signature covers the whole header.
import { type Sealed, type SealRandom, seal, sealKeyBytes, sealRandom, unseal } from './aead';
import { type KeyPair, sign, verify } from './curves';
import { type Bytes, b64u, concat, type Id, idBytes, type Key32, key32, key32Bytes, u32be } from './encoding';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { bucket, checkZeros } from './padding';
import { tuple } from './tuple';

/** What a message is, as the node sees it. */
export type MessageKind = 'msg' | 'edit' | 'react' | 'del' | 'note' | 'sys' | 'sig';
export const MESSAGE_KINDS: readonly MessageKind[] = ['msg', 'edit', 'react', 'del', 'note', 'sys', 'sig'];

const CONTENT_BYTES = 64 * 1024;
const ENVELOPE_BYTES = 96 * 1024;
/** Length before, signature after the content. */
const OVERHEAD = 4 + 64;

/** What the node sees of a message, and what is bound to it. */
export interface MessageHeader {
  suite: number;
  conversation: Id;
  epoch: number;
  account: Id;
  device: Id;
  /** The device's public signing key. */
  senderKey: Key32;
  id: Id;
  kind: MessageKind;
  target: Id | null;
  thread: Id | null;
  /** Unix seconds; 0: never. */
  expires: number;
}

export interface Envelope {
  header: MessageHeader;
  sealed: Sealed;
}

function ctx(header: MessageHeader): Bytes {
  const { suite, conversation, epoch, account, device, senderKey, id, kind, target, thread, expires } =
    header;
  return tuple(
    'msg',
    suite,
    idBytes(conversation),
    epoch,
    idBytes(account),
    idBytes(device),
    key32Bytes(senderKey),
    idBytes(id),
    kind,
    target && idBytes(target),
    thread && idBytes(thread),
    expires,
  );
}

function signed(context: Bytes, salt: Bytes, content: Bytes): Bytes {
  return tuple('msg-sig', context, salt, content);
}

/**
 * Seals a message. `content` is UTF-8 JSON of at most 64 KiB, `epoch` the secret of the header's epoch.
 * `random` is given only by tests.
 */
export async function sealMessage(
  epoch: CryptoKey,
  header: MessageHeader,
  content: Bytes,
  signer: KeyPair,
  random: SealRandom = sealRandom(),
): Promise<Envelope> {
  if (content.length > CONTENT_BYTES) throw new CryptoError('e2ee_too_large', 'the message is too long');
  if (key32(signer.pub) !== header.senderKey) {
    throw new CryptoError('bad_key', 'the header names another key than that of the signer');
  }
  const context = ctx(header);
  const signature = await sign(signer.key, signed(context, random.salt, content));
  const inner = new Uint8Array(bucket(OVERHEAD + content.length));
  inner.set(concat(u32be(content.length), content, signature));
  return { header, sealed: await seal(epoch, context, inner, random) };
}

/**
 * Opens a message and gives its content, whose author is then beyond doubt. The caller has checked that
 * `senderKey` is that of the device in the account's log. `bad_seal`, `bad_padding` or `bad_signature`.
 */
export async function openMessage(epoch: CryptoKey, { header, sealed }: Envelope): Promise<Bytes> {
  const context = ctx(header);
  return readInner(await unseal(epoch, context, sealed), context, sealed.salt, header.senderKey);
}

async function readInner(inner: Bytes, context: Bytes, salt: Bytes, senderKey: Key32): Promise<Bytes> {
  const length = inner.length < OVERHEAD ? -1 : new DataView(inner.buffer, inner.byteOffset).getUint32(0);
  const fits = length >= 0 && length <= CONTENT_BYTES && bucket(OVERHEAD + length) === inner.length;
  if (!fits) throw new CryptoError('bad_padding', 'the length does not fit the padding');
  const content = inner.slice(4, 4 + length);
  const signature = inner.slice(4 + length, OVERHEAD + length);
  checkZeros(inner.subarray(OVERHEAD + length));
  await verify(key32Bytes(senderKey), signed(context, salt, content), signature);
  return content;
}

/** The key of this one message, to show it to a moderator; it opens nothing else. */
export function messageKey(epoch: CryptoKey, { header, sealed }: Envelope): Promise<Bytes> {
  return sealKeyBytes(epoch, sealed.salt, ctx(header));
}

/** The envelope as the API carries it. */
export function envelopeToJson({ header, sealed }: Envelope) {
  return {
    v: 1,
    suite: header.suite,
    conversation_id: header.conversation,
    epoch: header.epoch,
    id: header.id,
    account: header.account,
    device: header.device,
    sender_key: header.senderKey,
    kind: header.kind,
    target: header.target,
    thread: header.thread,
    expires: header.expires,
    salt: b64u(sealed.salt),
    nonce: b64u(sealed.nonce),
    ciphertext: b64u(sealed.ct),
  };
}

/** Reads an envelope; `newer` for versions, suites and kinds that are not known here. */
export function envelopeFromJson(json: unknown): Envelope {
  const fields = new Fields(json, 'message');
  if (fields.text('ciphertext', Number.MAX_SAFE_INTEGER).length > ENVELOPE_BYTES) {
    throw new CryptoError('e2ee_too_large', 'the message is too long');
  }
  const suite = fields.int('suite', 1);
  if (fields.int('v') !== 1 || suite !== 1) throw new CryptoError('newer', 'a message of a newer version');
  const text = fields.text('kind', 16);
  const kind = MESSAGE_KINDS.find((known) => known === text);
  if (!kind) throw new CryptoError('newer', 'a message of a kind that is not known here');
  return {
    header: {
      suite,
      conversation: fields.id('conversation_id'),
      epoch: fields.int('epoch', 1),
      account: fields.id('account'),
      device: fields.id('device'),
      senderKey: fields.key('sender_key'),
      id: fields.id('id'),
      kind,
      target: fields.idOrNull('target'),
      thread: fields.idOrNull('thread'),
      expires: fields.int('expires'),
    },
    sealed: {
      salt: fields.bytes('salt', 32),
      nonce: fields.bytes('nonce', 12),
      ct: fields.bytes('ciphertext', 'any'),
    },
  };
}
