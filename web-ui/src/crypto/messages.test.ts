// @vitest-environment node
import { beforeAll, describe, expect, test } from 'vitest';
import { Actor, entry, Group, outcome, START } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { seal, sealRandom } from './aead';
import { readContent, shortHash, writeContent } from './content';
import { conversationHead } from './conversation-log';
import { type Bytes, concat, key32, randomId, toHex, u32be, utf8 } from './encoding';
import {
  type Envelope,
  envelopeFromJson,
  envelopeToJson,
  type MessageHeader,
  type MessageKind,
  messageKey,
  openMessage,
  sealMessage,
} from './envelope';
import { hkdf, importSecret } from './hash';
import { bucket, padme } from './padding';
import { type Received, receiveMessage } from './receiving';
import { applyRevisions } from './revisions';
import { tuple } from './tuple';

let alice: Actor;
let bob: Actor;
let secret: CryptoKey;

beforeAll(async () => {
  [alice, bob] = [await Actor.make('alice'), await Actor.make('bob')];
  secret = await importSecret(await named('epoch1'));
});

function headerOf(group: Group, from: Actor, change: Partial<MessageHeader> = {}): MessageHeader {
  return {
    suite: 1,
    conversation: group.conversation,
    epoch: 1,
    account: from.account,
    device: from.device,
    senderKey: key32(from.dsk.pub),
    id: randomId(),
    kind: 'msg',
    target: null,
    thread: null,
    expires: 0,
    ...change,
  };
}

function contentOf(group: Group, from: Actor, n = 1, body = 'Grüße 🦔'): Bytes {
  return writeContent('text', { body }, { conversation: conversationHead(group.log), account: from.head }, n);
}

async function twoPeople(): Promise<Group> {
  const group = await Group.make([
    [alice, 'owner'],
    [bob, 'member'],
  ]);
  await group.accept(alice, await group.epoch());
  return group;
}

describe('lengths', () => {
  test('are rounded up to one of few, by at most an eighth', () => {
    for (let length = 0; length < 70_000; length += 1) {
      const padded = bucket(length);
      if (padded < length || padded < 256) throw new Error(`${length}`);
      if (padme(length) < length || padme(length) > length * 1.12 || padme(padme(length)) !== padme(length)) {
        throw new Error(`${length}`);
      }
    }
    for (const length of [2 ** 40 - 1, 2 ** 49 - 1, 2 ** 50]) {
      expect(padme(length)).toBeGreaterThanOrEqual(length);
      expect(padme(length)).toBeLessThan(length * 1.02);
    }
  });
});

describe('a message', () => {
  test('arrives', async () => {
    const group = await twoPeople();
    const envelope = await sealMessage(secret, headerOf(group, bob), contentOf(group, bob), bob.dsk);
    expect(envelope.sealed.ct).toHaveLength(256 + 16);
    const read = envelopeFromJson(JSON.parse(JSON.stringify(envelopeToJson(envelope))));
    expect(read).toEqual(envelope);
    const { content } = await receiveMessage(read, secret, group.log, group.accounts, START);
    expect(content.type).toBe('text');
    expect(content.fields.text('body', 100)).toBe('Grüße 🦔');
    expect(content.n).toBe(1);
  });

  test('opens only under its header', async () => {
    const group = await twoPeople();
    const envelope = await sealMessage(secret, headerOf(group, bob), contentOf(group, bob), bob.dsk);
    const open = (change: Partial<MessageHeader>) =>
      outcome(() => openMessage(secret, { ...envelope, header: { ...envelope.header, ...change } }));
    expect(await open({})).toBe('ok');
    const changes: Partial<MessageHeader>[] = [
      { suite: 2 },
      { conversation: alice.account },
      { epoch: 2 },
      { account: alice.account },
      { device: alice.device },
      { senderKey: key32(alice.dsk.pub) },
      { id: alice.account },
      { kind: 'edit' },
      { target: alice.account },
      { thread: alice.account },
      { expires: 1 },
    ];
    for (const change of changes) expect(await open(change)).toBe('bad_seal');
    const other = await importSecret(await named('epoch2'));
    expect(await outcome(() => openMessage(other, envelope))).toBe('bad_seal');
  });

  /** What somebody makes who has the epoch's secret but does not keep to the form. */
  async function forge(header: MessageHeader, inner: Bytes, random = sealRandom()): Promise<Envelope> {
    const { suite, epoch, expires, kind } = header;
    const id = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
    const ctx = tuple(
      'msg',
      suite,
      id(header.conversation),
      epoch,
      id(header.account),
      id(header.device),
      id(header.senderKey),
      id(header.id),
      kind,
      null,
      null,
      expires,
    );
    return { header, sealed: await seal(secret, ctx, inner, random) };
  }

  test('with padding that says something, or of another length, is refused', async () => {
    const group = await twoPeople();
    const header = headerOf(group, bob);
    const content = contentOf(group, bob);
    const good = await sealMessage(secret, header, content, bob.dsk);
    const { sealed } = good;
    // Only a member can do this: it takes the secret.
    const inner = async (change: (inner: Bytes) => Bytes) => {
      const key = await hkdf(await named('epoch1'), sealed.salt, await contextOf(good));
      const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
      const params = { name: 'AES-GCM', iv: sealed.nonce, additionalData: await contextOf(good) };
      const opened = new Uint8Array(await crypto.subtle.decrypt(params, aes, sealed.ct));
      return outcome(async () => openMessage(secret, await forge(header, change(opened), sealed)));
    };
    expect(await inner((bytes) => bytes)).toBe('ok');
    expect(await inner((bytes) => bytes.with(255, 1))).toBe('bad_padding');
    expect(await inner((bytes) => concat(bytes, new Uint8Array(256)))).toBe('bad_padding');
    expect(await inner((bytes) => bytes.slice(0, 255))).toBe('bad_padding');
    expect(await inner((bytes) => bytes.with(0, 255))).toBe('bad_padding');
    expect(await inner((bytes) => concat(u32be(content.length + 1), bytes.slice(4)))).toBe('bad_signature');
    expect(await inner((bytes) => bytes.with(10, 0))).toBe('bad_signature');
    expect(await inner(() => new Uint8Array(10))).toBe('bad_padding');
    expect(await inner(() => new Uint8Array(0))).toBe('bad_padding');
  });

  async function contextOf({ header }: Envelope): Promise<Bytes> {
    const id = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
    const { suite, epoch, kind, expires } = header;
    return tuple(
      'msg',
      suite,
      id(header.conversation),
      epoch,
      id(header.account),
      id(header.device),
      id(header.senderKey),
      id(header.id),
      kind,
      null,
      null,
      expires,
    );
  }

  test('cannot be signed for somebody else, or be endless', async () => {
    const group = await twoPeople();
    const header = headerOf(group, bob);
    expect(await outcome(() => sealMessage(secret, header, utf8('{}'), alice.dsk))).toBe('bad_key');
    const endless = new Uint8Array(65_537);
    expect(await outcome(() => sealMessage(secret, header, endless, bob.dsk))).toBe('e2ee_too_large');
    const most = await sealMessage(secret, header, new Uint8Array(65_536), bob.dsk);
    expect(await openMessage(secret, most)).toHaveLength(65_536);
    expect(JSON.stringify(envelopeToJson(most)).length).toBeLessThan(96 * 1024);
  });

  test('can be shown to a moderator without the others', async () => {
    const group = await twoPeople();
    const [one, two] = [
      await sealMessage(secret, headerOf(group, bob), contentOf(group, bob), bob.dsk),
      await sealMessage(secret, headerOf(group, bob), contentOf(group, bob, 2), bob.dsk),
    ];
    expect(toHex(await messageKey(secret, one))).not.toBe(toHex(await messageKey(secret, two)));
  });

  test('is read strictly', async () => {
    const group = await twoPeople();
    const json = envelopeToJson(
      await sealMessage(secret, headerOf(group, bob), contentOf(group, bob), bob.dsk),
    );
    const read = (change: object) => outcome(async () => envelopeFromJson({ ...json, ...change }));
    expect(await read({})).toBe('ok');
    expect(await read({ v: 2 })).toBe('newer');
    expect(await read({ suite: 2 })).toBe('newer');
    expect(await read({ kind: 'hologram' })).toBe('newer');
    expect(await read({ ciphertext: 'A'.repeat(100_000) })).toBe('e2ee_too_large');
    for (const bad of [
      { epoch: 0 },
      { id: 'x' },
      { target: 7 },
      { expires: -1 },
      { salt: `${json.salt}=` },
      { nonce: json.salt },
      { sender_key: null },
      { account: undefined },
    ]) {
      expect(await read(bad)).toBe('bad_format');
    }
    expect(await outcome(async () => envelopeFromJson(null))).toBe('bad_format');
  });
});

describe('the sender of a message', () => {
  test('is who the logs say, or nobody', async () => {
    const group = await twoPeople();
    const carol = await Actor.make('carol');
    group.learn(carol);
    const send = async (
      from: Actor,
      change: Partial<MessageHeader> = {},
      content = contentOf(group, from),
      live: number | null = null,
    ) =>
      outcome(async () => {
        const envelope = await sealMessage(secret, headerOf(group, from, change), content, from.dsk);
        return receiveMessage(envelope, secret, group.log, group.accounts, live);
      });
    expect(await send(bob)).toBe('ok');
    // In another's name; by a device that is another's, or nobody's.
    expect(await send(bob, { account: alice.account })).toBe('need_log');
    expect(await send(bob, { account: alice.account, device: alice.device })).toBe('bad_signature');
    expect(await send(bob, { device: await namedId('ghost') })).toBe('need_log');
    expect(await send(bob, { account: await namedId('nobody') })).toBe('need_log');
    // Not a member, though somebody gave them the secret.
    expect(await send(carol)).toBe('e2ee_not_member');
    // In another conversation, epoch or suite.
    expect(await send(bob, { conversation: alice.account })).toBe('bad_format');
    expect(await send(bob, { epoch: 2 })).toBe('need_log');
    expect(await send(bob, { suite: 2 })).toBe('downgraded');
  });

  test('shows how far they knew the logs', async () => {
    const group = await twoPeople();
    const heads = { conversation: conversationHead(group.log), account: bob.head };
    const send = async (change: Partial<typeof heads>) =>
      outcome(async () => {
        const content = writeContent('text', { body: 'x' }, { ...heads, ...change }, 1);
        const envelope = await sealMessage(secret, headerOf(group, bob), content, bob.dsk);
        return receiveMessage(envelope, secret, group.log, group.accounts, null);
      });
    const other = key32(await named('x'));
    expect(await send({})).toBe('ok');
    expect(await send({ conversation: { seq: 1, hash: other } })).toBe('log_fork');
    expect(await send({ account: { seq: 0, hash: other } })).toBe('log_fork');
    expect(await send({ conversation: { seq: 9, hash: other } })).toBe('need_log');
    expect(await send({ account: { seq: 9, hash: other } })).toBe('need_log');
    const before = { seq: 0, hash: group.log.hashes[0] ?? other };
    expect(await send({ conversation: before })).toBe('e2ee_not_member');
  });

  test('may not be a reader, removed, revoked or reset', async () => {
    const [carol, dave] = [await Actor.make('carol'), await Actor.make('dave')];
    const group = await Group.make([
      [alice, 'owner'],
      [carol, 'member'],
      [dave, 'reader'],
    ]);
    await group.accept(alice, await group.epoch());
    const send = async (from: Actor) => {
      const envelope = await sealMessage(secret, headerOf(group, from), contentOf(group, from), from.dsk);
      return outcome(() => receiveMessage(envelope, secret, group.log, group.accounts, null));
    };
    expect(await send(dave)).toBe('e2ee_not_member');
    expect(await send(carol)).toBe('ok');
    const earlier = await sealMessage(secret, headerOf(group, carol), contentOf(group, carol), carol.dsk);
    await carol.reset();
    group.learn(carol);
    expect(await send(carol)).toBe('key_mismatch');
    await group.accept(alice, { t: 'remove', members: [carol.account] });
    expect(await send(carol)).toBe('e2ee_not_member');
    // What was sent while all was well is still read.
    expect(await outcome(() => receiveMessage(earlier, secret, group.log, group.accounts, null))).toBe('ok');
    const erin = await Actor.make('erin');
    group.learn(erin);
    await group.accept(alice, { t: 'add', members: [entry(erin, 'member')] });
    await erin.accept(await erin.byIdentity({ t: 'device_revoke', devices: [erin.device] }));
    group.learn(erin);
    expect(await send(erin)).toBe('bad_signature');
  });

  test('does not come late with an epoch that is over', async () => {
    const group = await twoPeople();
    const envelope = await sealMessage(secret, headerOf(group, bob), contentOf(group, bob), bob.dsk);
    await group.accept(alice, await group.epoch());
    const over = group.log.epochs[1]?.at ?? 0;
    const at = (live: number | null) =>
      outcome(() => receiveMessage(envelope, secret, group.log, group.accounts, live));
    expect(await at(over + 600)).toBe('ok');
    expect(await at(over + 601)).toBe('e2ee_epoch_stale');
    expect(await at(null)).toBe('ok');
  });
});

describe('content', () => {
  const zeros = 'A'.repeat(22);
  const heads = { c: [4, zeros], a: [2, zeros] };
  const read = (json: unknown, kind: MessageKind = 'msg') =>
    outcome(async () => readContent(kind, utf8(JSON.stringify(json))));

  test('is of the kind that the header says', async () => {
    const text = { v: 1, t: 'text', body: 'x', h: heads, n: 1, later: [1.5] };
    expect(await read(text)).toBe('ok');
    expect(await read(text, 'edit')).toBe('newer');
    expect(await read({ ...text, t: 'info' }, 'sys')).toBe('ok');
    expect(await read({ ...text, t: 'hologram' })).toBe('newer');
    expect(await read({ ...text, v: 2 })).toBe('newer');
  });

  test('says how far its sender knew the logs', async () => {
    const base = { v: 1, t: 'text' };
    for (const bad of [
      { ...base, n: 1 },
      { ...base, h: heads },
      { ...base, h: heads, n: -1 },
      { ...base, h: heads, n: 1.5 },
      { ...base, h: { c: heads.c }, n: 1 },
      { ...base, h: { ...heads, c: [4] }, n: 1 },
      { ...base, h: { ...heads, c: [4, zeros, 1] }, n: 1 },
      { ...base, h: { ...heads, c: [-4, zeros] }, n: 1 },
      { ...base, h: { ...heads, c: ['4', zeros] }, n: 1 },
      { ...base, h: { ...heads, c: [4, `${zeros}A`] }, n: 1 },
      [],
      null,
    ]) {
      expect(await read(bad)).toBe('bad_format');
    }
    expect(await outcome(async () => readContent('msg', utf8('{')))).toBe('bad_format');
    expect(await outcome(async () => readContent('msg', Uint8Array.of(0xff)))).toBe('bad_format');
    expect(shortHash(key32(new Uint8Array(32)))).toBe(zeros);
  });
});

describe('what became of a message', () => {
  const place = { c: [0, 'A'.repeat(22)], a: [0, 'A'.repeat(22)] };
  let message: Received;

  beforeAll(async () => {
    message = await received('alice', 'phone', 'msg', 'text', 1, {});
  });

  async function received(
    from: string,
    device: string,
    kind: MessageKind,
    type: string,
    n: number,
    fields: object,
    target = 'msg',
  ): Promise<Received> {
    const header: MessageHeader = {
      suite: 1,
      conversation: await namedId('conv'),
      epoch: 1,
      account: await namedId(from),
      device: await namedId(device),
      senderKey: key32(await named(device)),
      id: kind === 'msg' ? await namedId('msg') : randomId(),
      kind,
      target: kind === 'msg' ? null : await namedId(target),
      thread: null,
      expires: 0,
    };
    const json = { v: 1, t: type, ...fields, h: place, n };
    return { header, content: readContent(kind, utf8(JSON.stringify(json))) };
  }

  const edit = (from: string, device: string, n: number, body: string, target?: string) =>
    received(from, device, 'edit', 'edit', n, { body }, target);
  const react = (from: string, n: number, op: string, emoji = '🦔') =>
    received(from, from, 'react', 'react', n, { emoji, op });
  const text = (one: Received | null) => one?.content.fields.text('body', 10);

  test('the author’s newest edit counts', async () => {
    const about = [
      await edit('alice', 'phone', 3, 'c'),
      await edit('alice', 'phone', 2, 'b'),
      await edit('bob', 'bobs', 9, 'forged'),
      await edit('alice', 'phone', 10, 'elsewhere', 'other'),
    ];
    expect(text(applyRevisions(message, about).edit)).toBe('c');
    const later = await edit('alice', 'laptop', 1, 'd');
    expect(text(applyRevisions(message, [...about, later]).edit)).toBe('d');
    expect(applyRevisions(message, []).edit).toBeNull();
  });

  test('reactions come and go', async () => {
    const about = [
      await react('bob', 1, 'add'),
      await react('bob', 2, 'add'),
      await react('carol', 1, 'add'),
      await react('bob', 3, 'remove'),
      await react('bob', 4, 'paint'),
      await react('bob', 5, 'add', ''),
      await react('bob', 6, 'add', 'x'.repeat(65)),
    ];
    const { reactions } = applyRevisions(message, about);
    expect([...reactions].map(([emoji, who]) => [emoji, [...who]])).toEqual([
      ['🦔', [await namedId('carol')]],
    ]);
    expect(applyRevisions(message, [...about, await react('carol', 2, 'remove')]).reactions.size).toBe(0);
  });

  test('only the author deletes', async () => {
    const remove = (from: string) => received(from, from, 'del', 'del', 5, {});
    expect(applyRevisions(message, [await remove('bob')]).deleted).toBe(false);
    const about = [await edit('alice', 'phone', 2, 'b'), await react('bob', 1, 'add'), await remove('alice')];
    const shown = applyRevisions(message, about);
    expect([shown.deleted, shown.edit, shown.reactions.size]).toEqual([true, null, 0]);
  });
});
