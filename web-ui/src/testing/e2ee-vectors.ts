// The shared test vectors, made anew from names by this implementation. Other implementations make the very same
// file from the very same names.
import { boxAccountKey, commitAccountKey } from '../crypto/account-keys';
import { fileKey, sealChunk } from '../crypto/attachment';
import { importDh, importSigner, sign } from '../crypto/curves';
import {
  type Bytes,
  concat,
  fromHex,
  type Id,
  idOf,
  key32,
  b64u as toB64u,
  toHex,
  unb64u,
  utf8,
} from '../crypto/encoding';
import { type MessageHeader, messageKey, sealMessage } from '../crypto/envelope';
import { commitEpoch } from '../crypto/epochs';
import { callKey } from '../crypto/exporter';
import { hkdf, importHmac, importSecret, sha256 } from '../crypto/hash';
import { linkHash, verifyLink } from '../crypto/link';
import { bucket } from '../crypto/padding';
import { pairMac, sealPairing } from '../crypto/pairing';
import { authKey, masterKey } from '../crypto/password';
import { signPrekey } from '../crypto/prekeys';
import { rosterHash } from '../crypto/roster';
import { safetyNumber } from '../crypto/safety-number';
import { slotKeys, slotTag } from '../crypto/slots';
import { encodeFields, tuple } from '../crypto/tuple';
import { epochItem, sealItem } from '../crypto/vault';
import { wrapEpoch } from '../crypto/x3dh';

/** The first bytes of SHA-256("vec:" + name). */
export async function named(name: string, length = 32): Promise<Bytes> {
  return (await sha256(utf8(`vec:${name}`))).slice(0, length);
}

export async function namedId(name: string): Promise<Id> {
  return idOf(await named(name, 16));
}

export async function party(name: string) {
  const [aikSeed, ikPriv, dsk] = await Promise.all(
    ['aik', 'ik', 'dsk'].map((key) => named(`${name}-${key}`)),
  );
  if (!aikSeed || !ikPriv || !dsk) throw new Error('unreachable');
  const ik = await importDh(ikPriv);
  const signer = await importSigner(dsk);
  const identity = await importSigner(aikSeed);
  return {
    account: await named(name, 16),
    device: await named(`${name}-dev`, 16),
    aikSeed,
    aik: identity.pub,
    ikPriv,
    ikPair: ik,
    ik: ik.pub,
    dsk,
    signer,
    dskPub: signer.pub,
  };
}

type Party = Awaited<ReturnType<typeof party>>;

export function hexes<T extends Record<string, Bytes | string | number>>(fields: T) {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Uint8Array ? toHex(value) : value]),
  );
}

const EPOCH = 3;

async function x3dh(alice: Party, bob: Party, secret: Bytes, withOpk: boolean) {
  const conv = await named('conv', 16);
  const [spkPriv, opkPriv, ekPriv] = [await named('bob-spk'), await named('bob-opk'), await named('ek')];
  const [spk, opk, ek] = [await importDh(spkPriv), await importDh(opkPriv), await importDh(ekPriv)];
  const [spkId, opkId] = [await named('spk', 16), await named('opk', 16)];
  const batch = await wrapEpoch(
    secret,
    { suite: 1, conversation: idOf(conv), epoch: EPOCH },
    {
      account: idOf(alice.account),
      device: idOf(alice.device),
      aik: key32(alice.aik),
      ik: { gen: 1, pair: alice.ikPair },
    },
    [
      {
        account: idOf(bob.account),
        aik: key32(bob.aik),
        ik: { gen: 1, pub: key32(bob.ik) },
        spk: { id: idOf(spkId), pub: key32(spk.pub) },
        opk: withOpk ? { id: idOf(opkId), pub: key32(opk.pub) } : null,
      },
    ],
    ekPriv,
  );
  const { account, device, aikSeed, aik, ikPriv, ik, dsk, dskPub } = alice;
  return {
    conv: toHex(conv),
    epoch: EPOCH,
    secret: toHex(secret),
    a: hexes({ account, device, aikSeed, aik, ikPriv, ik, dsk, dskPub }),
    b: hexes({
      account: bob.account,
      aik: bob.aik,
      ik: bob.ik,
      spkId,
      spk: spk.pub,
      opkId: withOpk ? opkId : '',
      opk: withOpk ? opk.pub : '',
    }),
    b_ik_priv: toHex(bob.ikPriv),
    spk_priv: toHex(spkPriv),
    opk_priv: withOpk ? toHex(opkPriv) : '',
    ek_priv: toHex(ekPriv),
    ek: toHex(ek.pub),
    ct: toHex(unb64u(batch.wraps[0]?.ct, 48, 'ct')),
  };
}

async function message(alice: Party, secret: Bytes) {
  const header: MessageHeader = {
    suite: 1,
    conversation: await namedId('conv'),
    epoch: EPOCH,
    account: idOf(alice.account),
    device: idOf(alice.device),
    senderKey: key32(alice.dskPub),
    id: await namedId('msg'),
    kind: 'msg',
    target: null,
    thread: null,
    expires: 0,
  };
  const content = utf8('{"v":1,"t":"text","body":"Grüße from Snug 🦔"}');
  const random = { salt: await named('salt'), nonce: await named('nonce', 12) };
  const key = await importSecret(secret);
  const envelope = await sealMessage(key, header, content, alice.signer, random);
  // The signature cannot be seen from outside, so it is made once more.
  const context = tuple(
    'msg',
    1,
    await named('conv', 16),
    EPOCH,
    alice.account,
    alice.device,
    alice.dskPub,
    await named('msg', 16),
    'msg',
    null,
    null,
    0,
  );
  return hexes({
    conv: await named('conv', 16),
    epoch: EPOCH,
    account: alice.account,
    device: alice.device,
    senderKey: alice.dskPub,
    id: await named('msg', 16),
    kind: 'msg',
    target: '',
    thread: '',
    expires: 0,
    secret,
    dsk_seed: alice.dsk,
    content,
    salt: random.salt,
    nonce: random.nonce,
    mk: await messageKey(key, envelope),
    sig: await sign(alice.signer.key, tuple('msg-sig', context, random.salt, content)),
    ct: envelope.sealed.ct,
  });
}

async function boxed(alice: Party) {
  const [slotPriv, key, ekPriv] = [await named('slot'), await named('history-key'), await named('box-ek')];
  const slot = await named('slotid', 16);
  const name = { account: idOf(alice.account), class: 'h', gen: 2 } as const;
  const { enc, ct } = await boxAccountKey(key, name, idOf(slot), (await importDh(slotPriv)).pub, ekPriv);
  const commit = await commitAccountKey(key, name);
  return hexes({
    account: alice.account,
    class: 'h',
    gen: 2,
    slot,
    slot_priv: slotPriv,
    key,
    ek_priv: ekPriv,
    enc,
    ct,
    commit: unb64u(commit, 32, 'commit'),
  });
}

async function pair(alice: Party) {
  const ps = await named('pair', 10);
  const account = idOf(alice.account);
  const dxk = key32((await importDh(await named('slot'))).pub);
  const box = await sealPairing(ps, account, dxk, await named('history-key'), await named('box-ek'));
  const mac = await pairMac(ps, { account, dsk: key32(alice.dskPub), dxk });
  return hexes({ ps, enc: box.enc, ct: box.ct, mac, dsk: alice.dskPub });
}

async function password(alice: Party) {
  const salt = await named('pwsalt', 16);
  const kdf = { m: 65_536, t: 3, p: 1 };
  const mk = await masterKey('correct horse', salt, kdf);
  const derived = (label: string) => hkdf(mk, '', tuple(label, alice.account, 'pw'));
  const keys = await slotKeys(mk, idOf(alice.account), 'pw');
  const slotPriv = await derived('slot-key');
  if (toHex(keys.pair.pub) !== toHex((await importDh(slotPriv)).pub)) throw new Error('another slot key');
  return {
    password: 'correct horse',
    salt: toHex(salt),
    ...kdf,
    mk: toHex(mk),
    auth: toHex(await authKey(mk, idOf(alice.account))),
    slot_priv: toHex(slotPriv),
    tag_key: toHex(await derived('slot-tag-key')),
  };
}

async function tag(alice: Party, tagKey: Bytes): Promise<string> {
  const pair = await importDh(await named('slot'));
  const keys = { pair, tagKey: await importHmac(tagKey) };
  const mac = await slotTag(keys, {
    account: idOf(alice.account),
    slot: await namedId('slotid'),
    kind: 'pw',
    pub: key32(pair.pub),
    aik: key32(alice.aik),
    minSeq: 4,
  });
  return toHex(mac);
}

async function files() {
  const secret = { key: await named('filekey'), salt: await named('filesalt', 16) };
  const key = await fileKey(secret);
  const whole = Uint8Array.from({ length: 200 }, (_, index) => index % 256);
  return Promise.all(
    [0, 1, 64, 65, 200].map(async (length) => {
      const count = Math.max(1, Math.ceil(length / 64));
      const chunks = Array.from({ length: count }, (_, index) =>
        sealChunk(
          key,
          index,
          index === count - 1,
          whole.slice(index * 64, Math.min(length, index * 64 + 64)),
        ),
      );
      const ct = concat(...(await Promise.all(chunks)));
      return hexes({ key: secret.key, salt: secret.salt, chunk: 64, len: length, ct });
    }),
  );
}

/** All vectors, in the order of the file. */
export async function makeVectors(): Promise<Record<string, unknown>> {
  const [alice, bob] = [await party('alice'), await party('bob')];
  const secret = await named('epoch-secret');
  const conv = await named('conv', 16);
  const account = idOf(alice.account);
  const split = await password(alice);
  return {
    version: 1,
    prefix: 'snug/e2ee/1/',
    tuple: { in: ['demo', 'a', 7, ''], hex: toHex(encodeFields('demo', 'a', 7, '')) },
    x3dh: [await x3dh(alice, bob, secret, true), await x3dh(alice, bob, secret, false)],
    epoch_commit: toHex(
      unb64u(await commitEpoch(secret, { conversation: idOf(conv), epoch: EPOCH }), 32, 'commit'),
    ),
    message: await message(alice, secret),
    buckets: [1, 255, 256, 257, 4096, 4097, 5000, 65_535, 70_000].map((length) => [length, bucket(length)]),
    box: await boxed(alice),
    pair: await pair(alice),
    password: split,
    safety: {
      ...hexes({ a: alice.account, aik_a: alice.aik, b: bob.account, aik_b: bob.aik }),
      digits: (
        await safetyNumber(
          { account, aik: key32(alice.aik) },
          { account: idOf(bob.account), aik: key32(bob.aik) },
        )
      ).join(''),
    },
    files: await files(),
    link: await link(alice, bob),
    vault: await vault(alice, secret, conv),
    roster: await roster(alice, bob, conv),
    slot_tag: await tag(alice, fromHex(split.tag_key)),
    spk_sig: await prekey(alice),
    exporter: toHex(
      await callKey(secret, await namedId('call'), {
        conversation: idOf(conv),
        epoch: EPOCH,
        account,
        device: idOf(alice.device),
      }),
    ),
  };
}

async function link(alice: Party, bob: Party) {
  const account = idOf(alice.account);
  // A body as links have them, though not one that a log would take.
  const body = utf8(
    JSON.stringify({
      v: 1,
      t: 'device_add',
      seq: 4,
      prev: toB64u(await named('prev')),
      device: toB64u(bob.device),
      dsk: toB64u(bob.dskPub),
      dxk: toB64u(bob.ik),
      at: 1_795_255_200,
    }),
  );
  const sig = await sign(alice.signer.key, tuple('acct-link', alice.account, body));
  await verifyLink('acct', account, { body, sig }, key32(alice.dskPub));
  const hash = unb64u(await linkHash('acct', account, { body, sig }), 32, 'hash');
  return hexes({ account: alice.account, body, sig, signer: alice.dskPub, hash });
}

async function vault(alice: Party, secret: Bytes, conv: Bytes) {
  const key = await named('history-key');
  const random = { salt: await named('vsalt'), nonce: await named('vnonce', 12) };
  const item = epochItem(idOf(conv), EPOCH);
  const place = { account: idOf(alice.account), class: 'h', gen: 2, kind: 'epoch', item, rev: 1 } as const;
  const { sealed } = await sealItem(await importSecret(key), place, secret, random);
  const { class: c, gen, kind, rev } = place;
  return hexes({ account: alice.account, class: c, gen, kind, item, rev, key, pt: secret, ...sealed });
}

async function roster(alice: Party, bob: Party, conv: Bytes) {
  const members = [
    { acct: alice.account, aik: alice.aik, role: 'owner' },
    { acct: bob.account, aik: bob.aik, role: 'member' },
  ] as const;
  const entries = members.map(({ acct, aik, role }) => ({ acct: idOf(acct), aik: key32(aik), role }));
  const hash = unb64u(await rosterHash(idOf(conv), entries), 32, 'hash');
  return { conv: toHex(conv), members: members.map(hexes), hash: toHex(hash) };
}

async function prekey(alice: Party): Promise<string> {
  const secret = await named('bob-spk');
  const prekeyPair = { id: await namedId('spk'), secret, pair: await importDh(secret) };
  const ik = { gen: 1, pub: key32(alice.ik) };
  const signed = await signPrekey(
    idOf(alice.account),
    ik,
    prekeyPair,
    1_795_255_200,
    idOf(alice.device),
    alice.signer,
  );
  return toHex(unb64u(signed.sig, 64, 'sig'));
}
