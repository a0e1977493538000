// The secrets of an account on this device, as keys that cannot be read back: account keys, identity DH keys,
// prekeys, the secrets of epochs. What lies in the vault is opened when it is needed, and sealed for it here.
import { type AccountKeyName, checkAccountKey, type KeyClass } from './account-keys';
import { type AccountLog, keyCommit } from './account-log';
import { type ConversationLog, epochAt } from './conversation-log';
import { importDh, type KeyPair } from './curves';
import { type Bytes, b64u, type Id, type Key32 } from './encoding';
import { checkEpochSecret, commitEpoch } from './epochs';
import { CryptoError } from './errors';
import { importSecret } from './hash';
import { previousHistoryKey } from './unlock';
import {
  epochItem,
  generationItem,
  namedItem,
  openItem,
  sealItem,
  type VaultItem,
  type VaultKind,
} from './vault';

interface EpochSecret {
  key: CryptoKey;
  commit: Key32;
  /** The secret itself, sealed: it is opened again only to be given to members. */
  item: VaultItem;
}

export function have<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new CryptoError('locked', `${what} is not at hand`);
  return value;
}

/** How an item is called here, whatever its revision. */
export function itemName(kind: VaultKind, item: Bytes): string {
  return `${kind} ${b64u(item)}`;
}

export class Secrets {
  /** Account keys by class and generation, such as `h1`. */
  readonly #keys = new Map<string, CryptoKey>();
  /** The newest of every item of the vault that was seen, sealed. */
  readonly #items = new Map<string, VaultItem>();
  /** What was opened of them. */
  readonly #pairs = new Map<string, KeyPair>();
  readonly #epochs = new Map<string, EpochSecret>();
  /** Secrets of epochs that are on their way to the vault. */
  readonly #made = new Map<string, VaultItem>();

  /** A copy, to try a change on. */
  copy(): Secrets {
    const copy = new Secrets();
    for (const [name, key] of this.#keys) copy.#keys.set(name, key);
    for (const [name, item] of this.#items) copy.#items.set(name, item);
    for (const [name, pair] of this.#pairs) copy.#pairs.set(name, pair);
    for (const [name, epoch] of this.#epochs) copy.#epochs.set(name, epoch);
    for (const [name, item] of this.#made) copy.#made.set(name, item);
    return copy;
  }

  /** What a change that was tried on a copy has brought; what has come since the copy was made stays. */
  adopt(tried: Secrets, dropped: readonly { kind: VaultKind; item: Bytes }[]): void {
    for (const [name, key] of tried.#keys) this.#keys.set(name, key);
    for (const [name, item] of tried.#items) {
      if ((this.#items.get(name)?.place.rev ?? 0) < item.place.rev) this.keep(item);
    }
    for (const { kind, item } of dropped) this.drop(kind, item);
  }

  hasKey(c: KeyClass, gen: number): boolean {
    return this.#keys.has(`${c}${gen}`);
  }

  /** Takes an account key, from wherever it came, if the log is committed to it; its bytes are wiped. */
  async takeKey(
    log: AccountLog,
    { class: c, gen }: Omit<AccountKeyName, 'account'>,
    key: Bytes,
  ): Promise<void> {
    await checkAccountKey(key, { account: log.account, class: c, gen }, keyCommit(log, c, gen));
    this.#keys.set(`${c}${gen}`, await importSecret(key));
    key.fill(0);
  }

  /** Forgets session keys before this generation. */
  forgetSessionKeys(before: number): void {
    for (const name of this.#keys.keys()) {
      if (name.startsWith('s') && Number(name.slice(1)) < before) this.#keys.delete(name);
    }
  }

  /**
   * Takes items of the vault; answers those that are new here. What is older than what was seen is left: a node
   * cannot bring back what was replaced (`older` counts how often it tried).
   */
  async takeVault(log: AccountLog, items: VaultItem[]): Promise<{ taken: VaultItem[]; older: number }> {
    let older = 0;
    const taken = items.filter((item) => {
      const name = itemName(item.place.kind, item.place.item);
      const known = this.#items.get(name);
      if (known && known.place.rev > item.place.rev) older += 1;
      if (known && known.place.rev >= item.place.rev) return false;
      this.#items.set(name, item);
      this.#pairs.delete(name);
      return true;
    });
    for (let gen = log.keys.h.length; gen > 1; gen--) {
      const item = this.#items.get(itemName('prev', generationItem(gen - 1)));
      const key = this.#keys.get(`h${gen}`);
      if (!item || !key || this.#keys.has(`h${gen - 1}`)) continue;
      const before = await previousHistoryKey(log, { gen, key }, item);
      await this.takeKey(log, { class: 'h', gen: before.gen }, before.key);
    }
    return { taken, older };
  }

  drop(kind: VaultKind, item: Bytes): void {
    this.#items.delete(itemName(kind, item));
    this.#pairs.delete(itemName(kind, item));
  }

  items(kind?: VaultKind): VaultItem[] {
    const all = [...this.#items.values()];
    return kind ? all.filter(({ place }) => place.kind === kind) : all;
  }

  item(kind: VaultKind, item: Bytes): VaultItem | undefined {
    return this.#items.get(itemName(kind, item));
  }

  /** Opens an item; `locked` when the key of its class is not here. */
  open(item: VaultItem): Promise<Bytes> {
    const { class: c, gen } = item.place;
    return openItem(have(this.#keys.get(`${c}${gen}`), 'the key of the vault'), item);
  }

  async #pair(kind: 'ik' | 'spk' | 'opk', name: Bytes): Promise<KeyPair | null> {
    const key = itemName(kind, name);
    const known = this.#pairs.get(key);
    const item = this.#items.get(key);
    if (known || !item || !this.hasKey(item.place.class, item.place.gen)) return known ?? null;
    const secret = await this.open(item);
    const pair = await importDh(secret);
    secret.fill(0);
    this.#pairs.set(key, pair);
    return pair;
  }

  async ik(gen: number): Promise<KeyPair> {
    return have(await this.#pair('ik', generationItem(gen)), 'the identity key');
  }

  async prekey(id: Id): Promise<KeyPair | null> {
    return (await this.#pair('spk', namedItem(id))) ?? this.#pair('opk', namedItem(id));
  }

  /** Seals something for the vault under the newest key of its class, and wipes it. */
  async seal(log: AccountLog, c: KeyClass, kind: VaultKind, item: Bytes, secret: Bytes): Promise<VaultItem> {
    const gen = log.keys[c].length;
    const key = have(this.#keys.get(`${c}${gen}`), 'the key of the vault');
    const rev = (this.#items.get(itemName(kind, item))?.place.rev ?? 0) + 1;
    const sealed = await sealItem(key, { account: log.account, class: c, gen, kind, item, rev }, secret);
    secret.fill(0);
    return sealed;
  }

  /** Keeps an item that was sealed here. */
  keep(item: VaultItem): void {
    const name = itemName(item.place.kind, item.place.item);
    this.#items.set(name, item);
    this.#pairs.delete(name);
  }

  /**
   * Keeps the secret of an epoch, wipes it, and gives it sealed for the vault. Beside what lies there: it may be the
   * secret of an epoch which somebody else's comes before.
   */
  async keepEpoch(
    account: AccountLog,
    log: ConversationLog,
    epoch: number,
    secret: Bytes,
  ): Promise<VaultItem> {
    // Where history is not kept, the secret is forgotten with the session key.
    const c = log.policy.backup ? 'h' : 's';
    const name = epochItem(log.conversation, epoch);
    const item = await this.seal(account, c, 'epoch', name, secret);
    this.#made.set(itemName('epoch', name), item);
    return item;
  }

  /** The secret to which the log is committed: not that of an epoch which somebody else's came before. */
  async epoch(log: ConversationLog, n: number): Promise<CryptoKey> {
    return (await this.#epoch(log, n)).key;
  }

  async #epoch(log: ConversationLog, n: number): Promise<EpochSecret> {
    const { commit } = epochAt(log, n);
    const name = itemName('epoch', epochItem(log.conversation, n));
    const known = this.#epochs.get(name);
    if (known?.commit === commit) return known;
    const items = [this.#made.get(name), this.#items.get(name)].filter((item) => item !== undefined);
    have(items[0], 'the secret of the epoch');
    for (const item of items) {
      const bytes = await this.open(item);
      const own = await commitEpoch(bytes, { conversation: log.conversation, epoch: n });
      const secret = { key: await importSecret(bytes), commit: own, item };
      bytes.fill(0);
      if (own !== commit) continue;
      this.#epochs.set(name, secret);
      return secret;
    }
    throw new CryptoError('locked', 'the secret of the epoch is another one');
  }

  /** Runs with the bytes of the secret of an epoch, which are wiped after that. */
  async withEpoch<T>(log: ConversationLog, n: number, use: (secret: Bytes) => Promise<T>): Promise<T> {
    const { item, commit } = await this.#epoch(log, n);
    const secret = await this.open(item);
    try {
      await checkEpochSecret(secret, { conversation: log.conversation, epoch: n }, commit);
      return await use(secret);
    } finally {
      secret.fill(0);
    }
  }

  async hasEpoch(log: ConversationLog, n: number): Promise<boolean> {
    try {
      await this.#epoch(log, n);
      return true;
    } catch (error) {
      if (error instanceof CryptoError) return false;
      throw error;
    }
  }

  clear(): void {
    for (const map of [this.#keys, this.#items, this.#pairs, this.#epochs, this.#made]) map.clear();
  }
}
