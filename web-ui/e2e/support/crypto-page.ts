// What the crypto journey runs inside the browser: bundled by the journey itself, as no page of the app loads it.
import { boxAccountKey, commitAccountKey } from '../../src/crypto/account-keys';
import { describeDevice, emptyAccount, foldAccount, signAccountLink } from '../../src/crypto/account-log';
import { writeContent } from '../../src/crypto/content';
import { conversationHead } from '../../src/crypto/conversation-log';
import { importDh, importSigner } from '../../src/crypto/curves';
import { hasNativeCurves } from '../../src/crypto/curves-native';
import { b64u, key32, random, randomId } from '../../src/crypto/encoding';
import { type Envelope, envelopeFromJson, envelopeToJson, sealMessage } from '../../src/crypto/envelope';
import { importSecret } from '../../src/crypto/hash';
import { boxToJson } from '../../src/crypto/hpke';
import { linkFromJson, linkToJson } from '../../src/crypto/link';
import { masterKey } from '../../src/crypto/password';
import type { Recipient } from '../../src/crypto/prekeys';
import { receiveMessage } from '../../src/crypto/receiving';
import { boxIdentity, slotKeys, slotTag } from '../../src/crypto/slots';
import { CryptoWorker } from '../../src/crypto/worker-client';
import { wrapEpoch } from '../../src/crypto/x3dh';
import { workerUrl } from '../../src/lib/trusted-types';
import { Actor, Group } from '../../src/testing/e2ee-actors';
import { makeMoreVectors } from '../../src/testing/e2ee-more-vectors';
import { type NegativeCase, runNegative } from '../../src/testing/e2ee-negatives';
import { runScenario, type Scenario } from '../../src/testing/e2ee-simulations';
import { makeVectors, named } from '../../src/testing/e2ee-vectors';

const KDF = { m: 65_536, t: 3, p: 1 };
const PASSWORD = 'copper lantern over the fjord';

/** The shared vectors as this browser makes them, in the bytes of the file. */
export async function vectors(): Promise<string> {
  return JSON.stringify(await makeVectors(), null, 1);
}

/** The further vectors, likewise. */
export async function moreVectors(): Promise<string> {
  return JSON.stringify(await makeMoreVectors(), null, 1);
}

/** What this browser answers otherwise than it should to what must be refused. */
export async function negatives(cases: NegativeCase[]): Promise<string[]> {
  const answers = await Promise.all(cases.map(async (one) => ({ ...one, answered: await runNegative(one) })));
  return answers
    .filter(({ expect, answered }) => expect !== answered)
    .map(({ group, what, answered }) => `${group}, ${what}: ${answered}`);
}

/** Names of the scenarios in which this browser answers differently. */
export async function simulations(scenarios: Scenario[]): Promise<string[]> {
  const different: string[] = [];
  for (const scenario of scenarios) {
    const { answers, end } = await runScenario(scenario);
    const same = answers.every(
      ({ expected, answered, changed }) => JSON.stringify(expected) === JSON.stringify(answered) && !changed,
    );
    if (!same || sorted(end) !== sorted(scenario.end)) different.push(scenario.name);
  }
  return different;
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Whether the browser's own curves are there, whether its keys stay inside, and whether they survive a reload. */
export async function keys() {
  const { key } = await importSigner(random(32));
  const refused =
    'soft' in key
      ? false
      : await crypto.subtle.exportKey('pkcs8', key).then(
          () => false,
          () => true,
        );
  return { native: await hasNativeCurves(), refused };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function recipients(count: number): Promise<Recipient[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const [ik, spk] = [await importDh(random(32)), await importDh(random(32))];
      return {
        account: randomId(),
        aik: key32(random(32)),
        ik: { gen: 1, pub: key32(ik.pub) },
        spk: { id: randomId(), pub: key32(spk.pub) },
        opk: null,
      };
    }),
  );
}

/** Milliseconds for so many wraps: for people who were never seen before, and once more. */
export async function measureWraps(count: number) {
  const to = await recipients(count);
  const name = { conversation: randomId(), epoch: 1, suite: 1 };
  const ik = { gen: 1, pair: await importDh(random(32)) };
  const from = { account: randomId(), device: randomId(), aik: key32(random(32)), ik };
  const wrap = () => wrapEpoch(random(32), name, from, to);
  return { first: await timed(wrap), again: await timed(wrap) };
}

/** Milliseconds for sealing one message, and for reading, opening and checking so many against the logs. */
export async function measureMessages(count: number) {
  const [alice, bob] = [await Actor.make('alice'), await Actor.make('bob')];
  const group = await Group.make([
    [alice, 'owner'],
    [bob, 'member'],
  ]);
  await group.accept(alice, await group.epoch());
  const secret = await importSecret(await named('epoch1'));
  const heads = { conversation: conversationHead(group.log), account: bob.head };
  const sealed: Envelope[] = [];
  const seal = async (n: number) => {
    const header = {
      suite: 1,
      conversation: group.conversation,
      epoch: 1,
      account: bob.account,
      device: bob.device,
      senderKey: key32(bob.dsk.pub),
      id: randomId(),
      kind: 'msg',
      target: null,
      thread: null,
      expires: 0,
    } as const;
    const body = `message ${n}: ${'word '.repeat(20)}`;
    sealed.push(await sealMessage(secret, header, writeContent('text', { body }, heads, n), bob.dsk));
  };
  const start = performance.now();
  for (let n = 1; n <= count; n++) await seal(n);
  const sealing = (performance.now() - start) / count;
  const json = sealed.map(envelopeToJson);
  const open = () =>
    Promise.all(
      json.map((one) => receiveMessage(envelopeFromJson(one), secret, group.log, group.accounts, null)),
    );
  return { sealing, first: await timed(open), again: await timed(open) };
}

async function stored() {
  const [account, aikSeed, salt] = [randomId(), random(32), random(16)];
  const aik = await importSigner(aikSeed);
  const identity = key32(aik.pub);
  const slot = await slotKeys(await masterKey(PASSWORD, salt, KDF), account, 'pw');
  const tag = {
    account,
    slot: randomId(),
    kind: 'pw',
    pub: key32(slot.pair.pub),
    aik: identity,
    minSeq: 0,
  } as const;
  const dsk = await importSigner(random(32));
  const device = await describeDevice(
    account,
    identity,
    { id: randomId(), dsk: key32(dsk.pub), dxk: key32((await importDh(random(32))).pub), kind: 'web' },
    dsk,
  );
  const key = random(32);
  const name = { account, class: 'h', gen: 1 } as const;
  const commit = async (c: 'h' | 's') => ({
    class: c,
    gen: 1,
    commit: await commitAccountKey(key, { account, class: c, gen: 1 }),
  });
  const root = await signAccountLink(
    emptyAccount(account),
    {
      t: 'root',
      aik: identity,
      device,
      slots: [{ id: tag.slot, kind: 'pw', pub: tag.pub }],
      keys: [await commit('h'), await commit('s')],
      ik: { gen: 1, pub: key32((await importDh(random(32))).pub) },
      reset_of: null,
    },
    { k: 'aik' },
    aik,
    1_795_000_000,
  );
  return {
    account,
    salt: b64u(salt),
    links: [linkToJson(root)],
    slot: {
      id: tag.slot,
      kind: tag.kind,
      pub: tag.pub,
      min_seq: 0,
      tag: b64u(await slotTag(slot, tag)),
      aik_box: boxToJson(await boxIdentity(aikSeed, tag)),
    },
    box: boxToJson(await boxAccountKey(key, name, tag.slot, slot.pair.pub)),
  };
}

/** Milliseconds for unlocking an account with its password, in the worker; and what the worker says to a wrong one. */
export async function unlock(worker: string) {
  const { account, salt, links, slot, box } = await stored();
  const start = () =>
    new CryptoWorker(
      new Worker(workerUrl(new URL(worker, location.href)), { type: 'module', name: 'crypto' }),
    );
  const keeper = start();
  const password = await timed(() => keeper.ask('password', { account, password: PASSWORD, salt, kdf: KDF }));
  const rest = await timed(() => keeper.ask('unlock', { links, slot, box, vault: [] }));
  const view = await keeper.ask('show_account', { account, links: [] });
  keeper.end();
  const other = start();
  await other.ask('password', { account, password: 'another sentence', salt, kdf: KDF });
  const wrong = await other
    .ask('unlock', { links, slot, box, vault: [] })
    .catch((error: Error) => error.message);
  const open = other.ask('show_account', { account, links: [] }).catch((error: Error) => error.message);
  other.end();
  return { password, rest, head: view.head.seq, wrong, ended: await open };
}

/** Milliseconds for verifying an account's log of so many links. */
export async function measureLog(count: number): Promise<number> {
  const actor = await Actor.make('alice');
  for (let n = 2; n <= count; n++) {
    await actor.accept(await actor.byDevice({ t: 'keys', keys: [await actor.commit('h', n)] }));
  }
  const json = actor.links.map(linkToJson);
  return timed(() => foldAccount(actor.account, json.map(linkFromJson)));
}
