// More shared vectors, made anew from names: for what the first file leaves out.
import { agreeToRotate, describeDevice } from '../crypto/account-log';
import { fileShape } from '../crypto/attachment';
import { sealingStream } from '../crypto/attachment-stream';
import { removalStatement } from '../crypto/conversation-rules';
import { importDh, importSigner, sign } from '../crypto/curves';
import { type Bytes, concat, idOf, key32, toHex, unb64u, utf8 } from '../crypto/encoding';
import { envelopeToJson, sealMessage } from '../crypto/envelope';
import { sealChain } from '../crypto/epochs';
import { hkdf, importSecret, sha256 } from '../crypto/hash';
import { padme } from '../crypto/padding';
import { pairCode, pairUri } from '../crypto/pairing';
import type { Recipient } from '../crypto/prekeys';
import { identityFingerprint, verifyUri } from '../crypto/safety-number';
import { boxIdentity, passkeyInput, type SlotKind, slotKeys, slotTag } from '../crypto/slots';
import { tuple } from '../crypto/tuple';
import { wrapEpoch } from '../crypto/x3dh';
import { hexes, named, namedId, party } from './e2ee-vectors';

type Party = Awaited<ReturnType<typeof party>>;
const AT = 1_795_255_200;

const publicDh = async (name: string) => key32((await importDh(await named(name))).pub);
const publicSigner = async (name: string) => key32((await importSigner(await named(name))).pub);
const hexOf = (text: string, length: number) => toHex(unb64u(text, length, 'text'));

async function chain() {
  const random = { salt: await named('chain-salt'), nonce: await named('chain-nonce', 12) };
  const name = { conversation: await namedId('conv'), epoch: 4 };
  const { ct } = await sealChain(await named('epoch-secret-4'), name, await named('epoch-secret'), random);
  return { epoch: 4, ct: hexOf(ct, 48) };
}

async function slot(alice: Party, kind: SlotKind, z: Bytes) {
  const account = idOf(alice.account);
  const keys = await slotKeys(z, account, kind);

  const tag = {
    account,
    slot: await namedId('slotid'),
    kind,
    pub: key32(keys.pair.pub),
    aik: key32(alice.aik),
    minSeq: 9,
  };
  const { enc, ct } = await boxIdentity(alice.aikSeed, tag, await named('aik-box-ek'));
  return hexes({
    kind,
    z,
    priv: await hkdf(z, '', tuple('slot-key', alice.account, kind)),
    pub: keys.pair.pub,
    min_seq: 9,
    tag: await slotTag(keys, tag),
    enc,
    ct,
  });
}

async function signatures(alice: Party) {
  const account = idOf(alice.account);
  const aik = key32(alice.aik);
  const dsk = await importSigner(await named('alice-dsk-2'));
  const keys = { dsk: key32(dsk.pub), dxk: await publicDh('alice-dxk-2'), kind: 'cli' } as const;
  const device = await describeDevice(account, aik, { id: await namedId('alice-dev-2'), ...keys }, dsk);
  const next = await importSigner(await named('alice-aik-2'));
  const instance = await importSigner(await named('instance'));
  const removal = removalStatement({ conv: await namedId('conv'), acct: await namedId('bob'), at: AT });
  return {
    dev_pop: hexOf(device.pop, 64),
    aik_pop: hexOf(await agreeToRotate(account, aik, key32(next.pub), next), 64),
    srv_remove: toHex(await sign(instance.key, removal)),
  };
}

async function fingerprints(alice: Party) {
  // Those of other keys are kept by the node only.
  const kept = async (kind: string, pub: Bytes) =>
    toHex(await sha256(tuple('key-fp', kind, alice.account, pub)));
  return {
    aik: hexOf(await identityFingerprint({ account: idOf(alice.account), aik: key32(alice.aik) }), 32),
    device: await kept('device', alice.dskPub),
    ik: await kept('ik', alice.ik),
  };
}

async function message(alice: Party) {
  const header = {
    suite: 1,
    conversation: await namedId('conv'),
    epoch: 3,
    account: idOf(alice.account),
    device: idOf(alice.device),
    senderKey: key32(alice.dskPub),
    id: await namedId('edit'),
    kind: 'edit',
    target: await namedId('msg'),
    thread: await namedId('thread'),
    expires: 1_800_000_000,
  } as const;
  const random = { salt: await named('edit-salt'), nonce: await named('edit-nonce', 12) };
  const secret = await importSecret(await named('epoch-secret'));
  const envelope = await sealMessage(secret, header, utf8('x'.repeat(5_000)), alice.signer, random);
  return {
    length: 5_000,
    ct_length: envelope.sealed.ct.length,
    ct_sha256: toHex(await sha256(envelope.sealed.ct)),
    json_sha256: toHex(await sha256(utf8(JSON.stringify(envelopeToJson(envelope))))),
  };
}

async function recipient(name: string, withOpk: boolean): Promise<Recipient> {
  const key = async (kind: string) => ({
    id: await namedId(`${name}-${kind}`),
    pub: await publicDh(`${name}-${kind}`),
  });
  return {
    account: await namedId(name),
    aik: await publicSigner(`${name}-aik`),
    ik: { gen: 5, pub: await publicDh(`${name}-ik`) },
    spk: await key('spk'),
    opk: withOpk ? await key('opk') : null,
  };
}

async function batch(alice: Party): Promise<string> {
  const from = {
    account: idOf(alice.account),
    device: idOf(alice.device),
    aik: key32(alice.aik),
    ik: { gen: 2, pair: alice.ikPair },
  };
  const name = { conversation: await namedId('conv'), epoch: 3, suite: 1 };
  const to = [await recipient('bob', true), await recipient('carol', false)];
  return JSON.stringify(await wrapEpoch(await named('epoch-secret'), name, from, to, await named('ek')));
}

async function file() {
  const secret = { key: await named('filekey'), salt: await named('filesalt', 16) };
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Uint8Array.from({ length: 200 }, (_, index) => index));
      controller.close();
    },
  });
  const parts: Bytes[] = [];
  const reader = source.pipeThrough(sealingStream(secret, fileShape(200, 64))).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value);
  const ct = concat(...parts);
  return { size: 200, chunk: 64, ct: toHex(ct), sha256: toHex(await sha256(ct)) };
}

/** All further vectors, in the order of their file. */
export async function makeMoreVectors(): Promise<Record<string, unknown>> {
  const alice = await party('alice');
  const account = idOf(alice.account);
  const sizes = [0, 1, 2, 3, 9, 100, 65_535, 65_537, 1_000_000, 123_456_789_012];
  const pair = await named('pair', 10);
  return {
    version: 1,
    chain: await chain(),
    prf_input: toHex(passkeyInput(account)),
    slots: [await slot(alice, 'rk', await named('words', 16)), await slot(alice, 'prk', await named('prf'))],
    signatures: await signatures(alice),
    fingerprints: await fingerprints(alice),
    texts: {
      pair_code: pairCode(pair),
      pair_link: pairUri(await namedId('request'), pair),
      verify_link: verifyUri({ account, aik: key32(alice.aik) }),
    },
    padme: sizes.map((size) => [size, padme(size)]),
    message: await message(alice),
    batch: await batch(alice),
    file: await file(),
  };
}
