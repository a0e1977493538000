// The secrets of an account on this device, as keys that cannot be read back: account keys, identity DH keys,
// prekeys, the secrets of epochs. What lies in the vault is opened here, and sealed for it.
import { type AccountKeyName, checkAccountKey, type KeyClass } from './account-keys';
import { type AccountLog, keyCommit } from './account-log';
import { type ConversationLog, epochAt } from './conversation-log';
import { importDh, type KeyPair } from './curves';
import { type Bytes, type Id, idOf, type Key32 } from './encoding';
import { checkEpochSecret, commitEpoch } from './epochs';
import { CryptoError } from './errors';
import { importSecret } from './hash';
import { previousHistoryKey } from './unlock';
import {
  epochItem,
  itemToJson,
  openItem,
  readEpochItem,
  readGenerationItem,
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

export class Secrets {
  /** Account keys by class and generation, such as `h1`. */
  readonly #keys = new Map<string, CryptoKey>();
  readonly #iks = new Map<number, KeyPair>();
  readonly #prekeys = new Map<Id, KeyPair>();
  readonly #epochs = new Map<string, EpochSecret>();

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

  /** Takes what can be opened of the vault: the history keys of before first, as they open the rest. */
  async takeVault(log: AccountLog, items: VaultItem[]): Promise<void> {
    for (let gen = log.keys.h.length; gen > 1; gen--) {
      const item = items.find(({ place }) => place.kind === 'prev' && place.gen === gen);
      const key = this.#keys.get(`h${gen}`);
      if (!item || !key) break;
      const before = await previousHistoryKey(log, { gen, key }, item);
      await this.takeKey(log, { class: 'h', gen: before.gen }, before.key);
    }
    await Promise.all(items.map((item) => this.#takeItem(item)));
  }

  async #takeItem(item: VaultItem): Promise<void> {
    const { class: c, gen, kind, item: name } = item.place;
    const key = this.#keys.get(`${c}${gen}`);
    if (!key) return;
    const secret = await openItem(key, item);
    if (kind === 'epoch') await this.#keepEpoch(readEpochItem(name), secret, item);
    if (kind === 'ik') this.#iks.set(readGenerationItem(name), await importDh(secret));
    if (kind === 'spk' || kind === 'opk') this.takePrekey(idOf(name), await importDh(secret));
    secret.fill(0);
  }

  takePrekey(id: Id, pair: KeyPair): void {
    this.#prekeys.set(id, pair);
  }

  ik(gen: number): KeyPair {
    return have(this.#iks.get(gen), 'the identity key');
  }

  prekey(id: Id): KeyPair | null {
    return this.#prekeys.get(id) ?? null;
  }

  /** Seals a secret for the vault under the newest key of its class, and wipes it. */
  async seal(log: AccountLog, c: KeyClass, kind: VaultKind, item: Bytes, secret: Bytes): Promise<VaultItem> {
    const gen = log.keys[c].length;
    const key = have(this.#keys.get(`${c}${gen}`), 'the key of the vault');
    const sealed = await sealItem(key, { account: log.account, class: c, gen, kind, item, rev: 1 }, secret);
    secret.fill(0);
    return sealed;
  }

  /** Keeps the secret of an epoch, wipes it, and gives it sealed for the vault as the API carries it. */
  async keepEpoch(account: AccountLog, log: ConversationLog, epoch: number, secret: Bytes) {
    const name = { conversation: log.conversation, epoch };
    const copy = secret.slice();
    // Where history is not kept, the secret is forgotten with the session key.
    const c = log.policy.backup ? 'h' : 's';
    const item = await this.seal(account, c, 'epoch', epochItem(name.conversation, epoch), secret);
    await this.#keepEpoch(name, copy, item);
    copy.fill(0);
    return itemToJson(item);
  }

  async #keepEpoch(name: { conversation: Id; epoch: number }, secret: Bytes, item: VaultItem): Promise<void> {
    const [key, commit] = [await importSecret(secret), await commitEpoch(secret, name)];
    this.#epochs.set(`${name.conversation} ${name.epoch}`, { key, commit, item });
  }

  /** The secret to which the log is committed: not that of an epoch which somebody else's came before. */
  epoch(log: ConversationLog, n: number): CryptoKey {
    return this.#epoch(log, n).key;
  }

  #epoch(log: ConversationLog, n: number): EpochSecret {
    const { commit } = epochAt(log, n);
    const secret = have(this.#epochs.get(`${log.conversation} ${n}`), 'the secret of the epoch');
    if (secret.commit !== commit) throw new CryptoError('locked', 'the secret of the epoch is another one');
    return secret;
  }

  /** Runs with the bytes of the secret of an epoch, which are wiped after that. */
  async withEpoch<T>(log: ConversationLog, n: number, use: (secret: Bytes) => Promise<T>): Promise<T> {
    const { item, commit } = this.#epoch(log, n);
    const key = have(this.#keys.get(`${item.place.class}${item.place.gen}`), 'the key of the vault');
    const secret = await openItem(key, item);
    try {
      await checkEpochSecret(secret, { conversation: log.conversation, epoch: n }, commit);
      return await use(secret);
    } finally {
      secret.fill(0);
    }
  }

  hasEpoch(log: ConversationLog, n: number): boolean {
    return this.#epochs.get(`${log.conversation} ${n}`)?.commit === log.epochs[n - 1]?.commit;
  }

  clear(): void {
    for (const map of [this.#keys, this.#iks, this.#prekeys, this.#epochs]) map.clear();
  }
}
