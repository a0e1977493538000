// What the key ring knows: the account, this device, its secrets, and the logs that were verified. What has to
// outlive the page is kept.
import { type KeyClass, openAccountKey } from './account-keys';
import { type AccountLog, accountHead, activeDevices, keyCommit } from './account-log';
import { type ConversationLog, mismatchedMembers } from './conversation-log';
import { importDh, importSigner, type KeyPair } from './curves';
import { type Bytes, b64u, type Id, unb64u } from './encoding';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { boxFromJson } from './hpke';
import type { Keeper } from './keeper';
import { LocalSeal } from './local-seal';
import type { KeyBoxJson } from './requests';
import { have, itemName, Secrets } from './secrets';
import type { SlotKeys } from './slots';
import { itemFromJson, itemToJson, type VaultItem, type VaultKind } from './vault';

/** This device: its name in the log, and its keys. */
export interface OwnDevice {
  id: Id;
  dsk: KeyPair;
  dxk: KeyPair;
}

/** A pair as it is kept: browsers without curves of their own hold bytes, which are sealed. */
interface KeptPair {
  pub: string;
  key: unknown;
  soft: boolean;
}

/** A device as it is kept. */
interface KeptDevice {
  id: Id;
  dsk: KeptPair;
  dxk: KeptPair;
}

/** The first session key that is not forgotten. */
const OLDEST_SESSION = 'oldest-session-key';
/** Keys of devices that the node has not confirmed, by their public half. */
const MADE = 'made/';

export class RingState {
  account: Id | null = null;
  /** Of the password or words given last; forgotten once used. */
  slot: SlotKeys | null = null;
  device: OwnDevice | null = null;
  secrets = new Secrets();
  /** The account's keys, each boxed to this device. */
  boxes = new Map<string, KeyBoxJson>();
  accounts = new Map<Id, AccountLog>();
  conversations = new Map<Id, ConversationLog>();
  /** Up to which version this page knows the vault; other pages of this browser know for themselves. */
  vaultVersion = 0;
  readonly keeper: Keeper;
  readonly #seal: LocalSeal;

  constructor(keeper: Keeper) {
    this.keeper = keeper;
    this.#seal = new LocalSeal(keeper);
  }

  readonly log = (account: Id): AccountLog | undefined => this.accounts.get(account);

  known(account: Id): AccountLog {
    const log = this.log(account);
    if (!log) throw new CryptoError('need_log', 'the log of the account is not known', { account });
    return log;
  }

  conversation(id: Id): ConversationLog {
    const log = this.conversations.get(id);
    if (!log) throw new CryptoError('need_log', 'the log of the conversation is not known');
    return log;
  }

  /** Nothing is sent while somebody's identity is in doubt. */
  sendable(id: Id): ConversationLog {
    const log = this.conversation(id);
    this.checkSendable(log);
    return log;
  }

  checkSendable(log: ConversationLog): void {
    if (mismatchedMembers(log, this.log).length > 0) {
      throw new CryptoError('key_mismatch', 'a member has another identity than everybody agreed on');
    }
  }

  own(): AccountLog {
    return this.known(have(this.account, 'the account'));
  }

  sender() {
    const account = this.own();
    const device = have(this.device, 'the key of the device');
    return { account, device, by: { acct: account.account, dev: device.id, head: accountHead(account) } };
  }

  /** The bytes of an account key, to give it to another device or slot; whoever asks wipes them. */
  async keyBytes(c: KeyClass, gen: number, log = this.own()): Promise<Bytes> {
    const device = have(this.device, 'the key of the device');
    const box = have(this.boxes.get(`${c}${gen}`), 'the key of the vault');
    const name = { account: log.account, class: c, gen };
    return openAccountKey(boxFromJson(box), name, device.id, device.dxk, keyCommit(log, c, gen));
  }

  /** Takes keys that are boxed to this device; those of another holder are left. */
  async takeBoxes(boxes: readonly unknown[]): Promise<void> {
    const { device, account } = this.sender();
    const oldest = ((await this.keeper.get(OLDEST_SESSION)) as number | undefined) ?? 1;
    for (const json of boxes) {
      const fields = new Fields(json, 'box');
      const name = { class: fields.oneOf('class', ['h', 's']), gen: fields.int('gen', 1) };
      if (fields.has('holder') && fields.id('holder') !== device.id) continue;
      if (name.class === 's' && name.gen < oldest) continue;
      const { enc, ct } = boxFromJson(fields);
      const kept = { ...name, holder: device.id, enc: b64u(enc), ct: b64u(ct) };
      const isKnown = this.secrets.hasKey(name.class, name.gen);
      if (isKnown && this.boxes.get(`${name.class}${name.gen}`)?.ct === kept.ct) continue;
      const full = { account: account.account, ...name };
      const commit = keyCommit(account, name.class, name.gen);
      try {
        const key = await openAccountKey({ enc, ct }, full, device.id, device.dxk, commit);
        if (isKnown) key.fill(0);
        else await this.secrets.takeKey(account, name, key);
      } catch (error) {
        // Boxed to the key that this device had before.
        if (isKnown || name.gen < account.keys[name.class].length) continue;
        throw error;
      }
      this.boxes.set(`${name.class}${name.gen}`, kept);
    }
    await this.keepBoxes();
  }

  keepBoxes(): Promise<void> {
    return this.keeper.put({ boxes: [...this.boxes.values()] });
  }

  /** Session keys before the newest serve nothing any more. */
  async forgetSessionKeys(): Promise<void> {
    const newest = this.own().keys.s.length;
    if (!this.secrets.hasKey('s', newest)) return;
    this.secrets.forgetSessionKeys(newest);
    for (const [name, box] of this.boxes) {
      if (box.class === 's' && box.gen < newest) this.boxes.delete(name);
    }
    await this.keepBoxes();
    await this.keeper.put({ [OLDEST_SESSION]: newest });
  }

  async takeVault(log: AccountLog, json: readonly unknown[]): Promise<number> {
    const items = json.map((item) => itemFromJson(log.account, item));
    const { taken, older } = await this.secrets.takeVault(log, items);
    await this.keepItems(taken);
    return older;
  }

  readItem(log: AccountLog, json: unknown): VaultItem {
    return itemFromJson(log.account, json);
  }

  dropItems(dropped: readonly { kind: VaultKind; item: Bytes }[]): Promise<void> {
    const gone = dropped.map(({ kind, item }) => [`vault/${itemName(kind, item)}`, undefined]);
    return gone.length === 0 ? Promise.resolve() : this.keeper.put(Object.fromEntries(gone));
  }

  keepItems(items: readonly VaultItem[]): Promise<void> {
    const entries = items.map((item) => [
      `vault/${itemName(item.place.kind, item.place.item)}`,
      itemToJson(item),
    ]);
    return entries.length === 0 ? Promise.resolve() : this.keeper.put(Object.fromEntries(entries));
  }

  async keepSealed(name: string, value: unknown): Promise<void> {
    await this.keeper.put({ [name]: await this.#seal.seal(name, value) });
  }

  async openSealed<T>(name: string): Promise<T | undefined> {
    return this.#seal.open<T>(name, await this.keeper.get(name));
  }

  async setAccount(log: AccountLog): Promise<void> {
    this.accounts.set(log.account, log);
    await this.#keepLog(`acct/${log.account}`, log);
    if (log.account === this.account) await this.#takeMade(log);
  }

  async setConversation(log: ConversationLog): Promise<void> {
    this.conversations.set(log.conversation, log);
    await this.#keepLog(`conv/${log.conversation}`, log);
  }

  /** Another page may have seen more of it: that stays. */
  async #keepLog(name: string, log: AccountLog | ConversationLog): Promise<void> {
    const { length } = log.hashes;
    const sealed = { ...(await this.#seal.seal(name, log)), length };
    await this.keeper.update(name, (known) =>
      ((known as { length?: number } | undefined)?.length ?? 0) > length ? known : sealed,
    );
  }

  async keepDevice(): Promise<void> {
    const device = await this.#keptDevice(have(this.device, 'the key of the device'));
    await this.keeper.put({ device, was: undefined, ...(await this.#noneMade()) });
  }

  /**
   * Keys of a device that the node is about to be told of, and the identity if this device keeps it. The node's answer
   * may never come: then it is the log that says whether they count.
   */
  async keepMade(device: OwnDevice, seed: Bytes | null): Promise<void> {
    const kept = await this.#keptDevice(device);
    const sealed = seed && (await this.#seal.seal('seed', b64u(seed)));
    await this.keeper.put({ [`${MADE}${kept.dxk.pub}`]: { device: kept, seed: sealed } });
  }

  /** Takes up keys that were made here if the account has them now. */
  async #takeMade(log: AccountLog): Promise<void> {
    for (const [, made] of await this.keeper.all(MADE)) {
      const { device, seed } = made as { device: KeptDevice; seed: unknown };
      if (!activeDevices(log).some(({ id, dxk }) => id === device.id && dxk === device.dxk.pub)) continue;
      const entries = { device, was: undefined, boxes: undefined, ...(seed !== null && { seed }) };
      await this.keeper.put({ ...entries, ...(await this.#noneMade()) });
      this.boxes.clear();
      await this.loadDevice();
    }
  }

  async #noneMade(): Promise<Record<string, undefined>> {
    return Object.fromEntries((await this.keeper.all(MADE)).map(([name]) => [name, undefined]));
  }

  async #keptDevice({ id, dsk, dxk }: OwnDevice): Promise<KeptDevice> {
    const [sign, give] = await Promise.all([this.#keepPair('dsk', dsk), this.#keepPair('dxk', dxk)]);
    return { id, dsk: sign, dxk: give };
  }

  /** The keys of the password that signs in, for a page that is loaded again before they were used. */
  async keepSlot(keys: SlotKeys, at: number): Promise<void> {
    const pair = await this.#keepPair('slot', keys.pair);
    await this.keeper.put({ slot: { at, pair, tagKey: keys.tagKey } });
  }

  /** Takes them up if they were kept since `after`. */
  async loadSlot(after: number): Promise<boolean> {
    const kept = (await this.keeper.get('slot')) as
      | { at: number; pair: KeptPair; tagKey: CryptoKey }
      | undefined;
    if (!kept || kept.at < after) return false;
    this.slot ??= { pair: await this.#openPair('slot', kept.pair), tagKey: kept.tagKey };
    return true;
  }

  dropSlot(): Promise<void> {
    return this.keeper.put({ slot: undefined });
  }

  async #keepPair(name: string, { key, pub }: KeyPair): Promise<KeptPair> {
    if (!('soft' in key)) return { pub: b64u(pub), key, soft: false };
    return { pub: b64u(pub), key: await this.#seal.seal(name, b64u(key.soft)), soft: true };
  }

  async #openPair(name: 'dsk' | 'dxk' | 'slot', kept: KeptPair): Promise<KeyPair> {
    if (!kept.soft) return { pub: unb64u(kept.pub, 32, 'key'), key: kept.key as CryptoKey };
    const secret = unb64u(have(await this.#seal.open<string>(name, kept.key), 'the key'), 32, 'key');
    return name === 'dsk' ? importSigner(secret) : importDh(secret);
  }

  /** Takes up what an earlier page kept. */
  async load(account: Id): Promise<void> {
    this.account = account;
    await this.loadDevice();
    const sealed = [...(await this.keeper.all('acct/')), ...(await this.keeper.all('conv/'))];
    await Promise.all(
      sealed.map(async ([name, value]) => {
        const log = await this.#seal.open<AccountLog & ConversationLog>(name, value);
        if (!log) return;
        if (name.startsWith('acct/')) this.accounts.set(log.account, log);
        else this.conversations.set(log.conversation, log);
      }),
    );
    await this.#loadSecrets(account);
  }

  /** As `load`, for what another page of this browser has changed about the device. */
  async reload(): Promise<void> {
    await this.loadDevice();
    if (this.account) await this.#loadSecrets(this.account);
  }

  async #loadSecrets(account: Id): Promise<void> {
    const own = this.log(account);
    if (!own || !this.device) return;
    // Before the items: what comes in between is read again.
    const version = ((await this.keeper.get('vault-version')) as number | undefined) ?? 0;
    await this.takeBoxes(((await this.keeper.get('boxes')) as unknown[] | undefined) ?? []);
    const items = (await this.keeper.all('vault/')).map(([, item]) => itemFromJson(account, item));
    await this.secrets.takeVault(own, items);
    this.vaultVersion = Math.max(this.vaultVersion, version);
  }

  async tookVault(version: number): Promise<void> {
    this.vaultVersion = Math.max(this.vaultVersion, version);
    await this.keeper.update('vault-version', (known) =>
      Math.max((known as number | undefined) ?? 0, version),
    );
  }

  /** This device's keys as they are kept: another page may have changed them. */
  async loadDevice(): Promise<void> {
    const kept = (await this.keeper.get('device')) as KeptDevice | undefined;
    if (!kept) return;
    const [dsk, dxk] = await Promise.all([this.#openPair('dsk', kept.dsk), this.#openPair('dxk', kept.dxk)]);
    this.device = { id: kept.id, dsk, dxk };
  }

  /** The device is not in the account any more: its keys go, what was seen of others stays. */
  async forgetDevice(): Promise<void> {
    const was = this.device?.id;
    this.device = null;
    this.secrets.clear();
    this.boxes.clear();
    this.vaultVersion = 0;
    const gone = ['device', 'boxes', 'seed', 'vault-version', 'ages', OLDEST_SESSION];
    for (const [name] of await this.keeper.all('vault/')) gone.push(name);
    await this.keeper.put({
      ...Object.fromEntries(gone.map((name) => [name, undefined])),
      ...(await this.#noneMade()),
      ...(was && { was }),
    });
  }

  /** Forgets everything; what is kept as well when `erase`. */
  async forget(erase: boolean): Promise<void> {
    this.account = this.slot = this.device = null;
    this.secrets.clear();
    this.boxes.clear();
    this.accounts.clear();
    this.conversations.clear();
    this.vaultVersion = 0;
    if (!erase) return;
    await this.keeper.clear();
    this.#seal.forget();
  }
}
