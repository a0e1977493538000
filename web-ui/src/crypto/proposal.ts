// A change of one's own account, as it is put together before the node has taken it: links, and everything that has
// to go with them. Worked out on copies; nothing of it counts until it is accepted.
import { boxAccountKey, commitAccountKey, type KeyClass } from './account-keys';
import type { AccountChange, DeviceKind, IkEntry, KeyEntry, NewDevice } from './account-links';
import {
  type AccountLog,
  accountHead,
  activeDevices,
  activeSlots,
  currentIdentity,
  currentIk,
  devicePop,
  extendAccount,
  signAccountLink,
} from './account-log';
import { importDh, importSigner, type KeyPair, sign } from './curves';
import { type Bytes, b64u, type Id, type Key32, key32, key32Bytes, random, randomId } from './encoding';
import { boxToJson } from './hpke';
import { linkToJson } from './link';
import { newPrekey, type SignedPrekey, signPrekey } from './prekeys';
import type { AccountChangeJson, KeyBoxJson, SlotRecordJson } from './requests';
import type { OwnDevice } from './ring-state';
import type { Secrets } from './secrets';
import { boxIdentity, type SlotKeys, type SlotKind, slotTag } from './slots';
import { generationItem, itemToJson, namedItem, type VaultItem, type VaultKind } from './vault';

/** Makes the keys of a device. */
export async function makeDevice(): Promise<OwnDevice> {
  return { id: randomId(), dsk: await importSigner(random(32)), dxk: await importDh(random(32)) };
}

export async function describeOwn(
  account: Id,
  aik: Key32,
  { id, dsk, dxk }: OwnDevice,
  kind: DeviceKind,
): Promise<NewDevice> {
  const keys = { id, dsk: key32(dsk.pub), dxk: key32(dxk.pub) };
  return { ...keys, kind, pop: b64u(await sign(dsk.key, devicePop(account, aik, keys))) };
}

/** Keys that were made for this change: their bytes until they are boxed to everybody. */
interface Made {
  class: KeyClass;
  gen: number;
  key: Bytes;
}

export class Proposal {
  log: AccountLog;
  readonly secrets: Secrets;
  readonly device: OwnDevice;
  readonly now: number;
  /** The account's identity, where it signs. */
  identity: KeyPair | null = null;
  readonly #change: AccountChangeJson = { links: [], slots: [], boxes: [], vault: [], drop: [] };
  readonly #made: Made[] = [];
  readonly items: VaultItem[] = [];
  readonly dropped: { kind: VaultKind; item: Bytes }[] = [];

  constructor(log: AccountLog, secrets: Secrets, device: OwnDevice, now: number) {
    this.log = log;
    this.secrets = secrets;
    this.device = device;
    this.now = now;
  }

  async link(change: AccountChange): Promise<void> {
    const { identity, device } = this;
    const by = identity ? ({ k: 'aik' } as const) : ({ k: 'dev', d: device.id } as const);
    const link = await signAccountLink(this.log, change, by, identity ?? device.dsk, this.now);
    this.log = await extendAccount(this.log, [link]);
    this.#change.links.push(linkToJson(link));
  }

  /** A new generation of a key; `takeMade` boxes it once the link that names it stands. */
  async newKey(c: KeyClass, gen = this.log.keys[c].length + 1): Promise<KeyEntry> {
    const key = random(32);
    this.#made.push({ class: c, gen, key });
    return {
      class: c,
      gen,
      commit: await commitAccountKey(key, { account: this.log.account, class: c, gen }),
    };
  }

  /** Boxes the new keys to every active device, history keys to every slot as well. */
  async takeMade(): Promise<void> {
    for (const { class: c, gen, key } of this.#made.splice(0)) {
      for (const { id, dxk } of activeDevices(this.log)) await this.box(c, gen, key, id, dxk);
      if (c === 'h') for (const { id, pub } of activeSlots(this.log)) await this.box(c, gen, key, id, pub);
      await this.secrets.takeKey(this.log, { class: c, gen }, key.slice());
      key.fill(0);
    }
  }

  async box(c: KeyClass, gen: number, key: Bytes, holder: Id, pub: Key32): Promise<void> {
    const name = { account: this.log.account, class: c, gen };
    const boxed = boxToJson(await boxAccountKey(key, name, holder, key32Bytes(pub)));
    this.#change.boxes.push({ class: c, gen, holder, ...boxed });
  }

  async item(c: KeyClass, kind: VaultKind, item: Bytes, secret: Bytes): Promise<void> {
    const sealed = await this.secrets.seal(this.log, c, kind, item, secret);
    this.secrets.keep(sealed);
    this.items.push(sealed);
    this.#change.vault.push(itemToJson(sealed));
  }

  /** The next identity DH key; `keepIk` puts its private half into the vault. */
  async newIk(gen: number): Promise<{ entry: IkEntry; secret: Bytes }> {
    const secret = random(32);
    return { entry: { gen, pub: key32((await importDh(secret)).pub) }, secret };
  }

  keepIk({ entry, secret }: { entry: IkEntry; secret: Bytes }): Promise<void> {
    return this.item('h', 'ik', generationItem(entry.gen), secret);
  }

  /** New prekeys; `replace` has the node forget the one-time ones of before. */
  async prekeys(oneTime: number, signed: boolean, replace: boolean): Promise<void> {
    const one_time: { id: Id; pub: Key32 }[] = [];
    for (let made = 0; made < oneTime; made++) {
      const { id, secret, pair } = await newPrekey();
      await this.item('s', 'opk', namedItem(id), secret);
      one_time.push({ id, pub: key32(pair.pub) });
    }
    let spk: SignedPrekey | null = null;
    if (signed) {
      const prekey = await newPrekey();
      const { account } = this.log;
      spk = await signPrekey(account, currentIk(this.log), prekey, this.now, this.device.id, this.device.dsk);
      await this.item('s', 'spk', namedItem(prekey.id), prekey.secret);
    }
    this.#change.prekeys = { signed: spk, one_time, replace };
  }

  /** Forgets an item of the vault. */
  drop(kind: 'spk' | 'opk' | 'epoch', item: Bytes): void {
    this.secrets.drop(kind, item);
    this.dropped.push({ kind, item });
    this.#change.drop.push({ kind, item: b64u(item) });
  }

  /** A slot's record: its tag vouches for the log as it is now. */
  async slot(keys: SlotKeys, id: Id, kind: SlotKind, seed: Bytes): Promise<void> {
    const { aik } = currentIdentity(this.log);
    const [pub, { seq }] = [key32(keys.pair.pub), accountHead(this.log)];
    const tag = { account: this.log.account, slot: id, kind, pub, aik, minSeq: seq };
    const record: SlotRecordJson = {
      ...{ id, kind, pub, min_seq: seq },
      tag: b64u(await slotTag(keys, tag)),
      aik_box: boxToJson(await boxIdentity(seed, tag)),
    };
    this.#change.slots.push(record);
  }

  with(more: Partial<AccountChangeJson>): void {
    Object.assign(this.#change, more);
  }

  get change(): AccountChangeJson {
    return this.#change;
  }

  get ownBoxes(): KeyBoxJson[] {
    return this.#change.boxes.filter(({ holder }) => holder === this.device.id);
  }
}

/** Items that are sealed anew with a change; one-time prekeys beyond that are forgotten. */
const SEALED_ANEW = 350;

/**
 * New generations of the session key and, with `all`, of the history key and the identity DH key; what was sealed
 * under the session key is sealed anew, as far as it can be opened here. With `oneTime` there are so many new one-time
 * prekeys in place of those on the node.
 */
export async function rotateKeys(
  proposal: Proposal,
  all: boolean,
  keyBytes: (c: KeyClass, gen: number) => Promise<Bytes>,
  oneTime = 100,
): Promise<void> {
  const before = proposal.log.keys.h.length;
  const live: { kind: VaultKind; item: Bytes; secret: Bytes }[] = [];
  const items = proposal.secrets.items().filter(({ place }) => place.class === 's');
  // Of too many the oldest one-time prekeys go.
  const [opks, others] = [items.filter(isOneTime), items.filter((item) => !isOneTime(item))];
  const spare = Math.max(0, opks.length + others.length - SEALED_ANEW);
  for (const { place } of opks.splice(0, spare)) proposal.drop('opk', place.item);
  for (const item of [...others, ...opks]) {
    const { gen, kind, item: name } = item.place;
    if (!proposal.secrets.hasKey('s', gen)) continue;
    live.push({ kind, item: name, secret: await proposal.secrets.open(item) });
  }
  const keys = [...(all ? [await proposal.newKey('h')] : []), await proposal.newKey('s')];
  const { root } = currentIdentity(proposal.log);
  const last = proposal.log.iks.filter((ik) => ik.root === root).length;
  const ik = all ? await proposal.newIk(last + 1) : null;
  await proposal.link({ t: 'keys', keys, ...(ik && { ik: ik.entry }) });
  await proposal.takeMade();
  if (all) await proposal.item('h', 'prev', generationItem(before), await keyBytes('h', before));
  if (ik) await proposal.keepIk(ik);
  for (const { kind, item, secret } of live) await proposal.item('s', kind, item, secret);
  await proposal.prekeys(oneTime, true, oneTime > 0);
}

const isOneTime = ({ place }: VaultItem): boolean => place.kind === 'opk';
