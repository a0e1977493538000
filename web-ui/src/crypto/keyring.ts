// All keys of an account on this device, and the verified logs that say what they may be used for. Lives in a
// worker: secrets go in, none comes out.
import { type KeyClass, openAccountKey } from './account-keys';
import {
  type AccountLog,
  accountHead,
  activeDevices,
  currentIdentity,
  currentIk,
  devicePop,
  emptyAccount,
  extendAccount,
  foldAccount,
  keyCommit,
} from './account-log';
import { type ContentType, writeContent } from './content';
import {
  type ConversationLog,
  conversationHead,
  epochAt,
  extendConversation,
  mismatchedMembers,
  signConversationLink,
} from './conversation-log';
import { importDh, importSigner, type KeyPair, sign } from './curves';
import { type Bytes, b64u, type Id, idOf, type Key32, key32, random, randomId, unb64u } from './encoding';
import { type Envelope, envelopeFromJson, envelopeToJson, sealMessage } from './envelope';
import { commitEpoch, newEpochSecret, staleReason } from './epochs';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { importSecret } from './hash';
import { boxFromJson } from './hpke';
import { linkFromJson, linkToJson } from './link';
import { authKey, masterKey } from './password';
import { bundleFromJson, newPrekey, signPrekey, verifyBundle } from './prekeys';
import { receiveMessage } from './receiving';
import { receiveWrap } from './receiving-wraps';
import type { AccountView, ConversationView, Opened, RequestName, Requests } from './requests';
import { rosterHash } from './roster';
import { type SlotKeys, slotKeys } from './slots';
import { slotFromJson, unlock } from './unlock';
import {
  epochItem,
  itemFromJson,
  itemToJson,
  namedItem,
  openItem,
  readEpochItem,
  sealItem,
  type VaultKind,
} from './vault';
import { batchFromJson, wrapEpoch } from './x3dh';

const SUITE = 1;

/** A function for every request. */
export type Answers = { [N in RequestName]: (input: Requests[N]['input']) => Promise<Requests[N]['output']> };

export class KeyRing implements Answers {
  #account: Id | null = null;
  #slot: SlotKeys | null = null;
  #device: { id: Id; dsk: KeyPair; dxk: KeyPair } | null = null;
  /** Account keys by class and generation, such as `h1`. */
  readonly #keys = new Map<string, CryptoKey>();
  readonly #iks = new Map<number, KeyPair>();
  readonly #prekeys = new Map<Id, KeyPair>();
  readonly #epochs = new Map<string, { key: CryptoKey; commit: Key32 }>();
  readonly #accounts = new Map<Id, AccountLog>();
  readonly #conversations = new Map<Id, ConversationLog>();

  readonly #log = (account: Id) => this.#accounts.get(account);

  async password({ account, password, salt, kdf }: Requests['password']['input']) {
    const master = await masterKey(password, unb64u(salt, 16, 'salt'), kdf);
    this.#slot = await slotKeys(master, account, 'pw');
    this.#account = account;
    const key = b64u(await authKey(master, account));
    master.fill(0);
    return { authKey: key };
  }

  async unlock({ links, slot, box, vault }: Requests['unlock']['input']): Promise<AccountView> {
    const account = have(this.#account, 'the account');
    const log = await foldAccount(account, links.map(linkFromJson));
    const keys = have(this.#slot, 'the key of the slot');
    const opened = await unlock(keys, slotFromJson(slot), log, boxFromJson(box));
    opened.identitySeed.fill(0);
    this.#keys.set(`h${opened.history.gen}`, await importSecret(opened.history.key));
    opened.history.key.fill(0);
    this.#accounts.set(account, log);
    await Promise.all(vault.map((item) => this.#takeItem(account, item)));
    return view(log);
  }

  async open_keys({ boxes, vault }: Requests['open_keys']['input']) {
    const { device, account } = this.#sender();
    for (const json of boxes) {
      const fields = new Fields(json, 'box');
      const name = {
        account: account.account,
        class: fields.oneOf('class', ['h', 's']),
        gen: fields.int('gen', 1),
      };
      const commit = keyCommit(account, name.class, name.gen);
      const key = await openAccountKey(boxFromJson(fields), name, device.id, device.dxk, commit);
      this.#keys.set(`${name.class}${name.gen}`, await importSecret(key));
      key.fill(0);
    }
    await Promise.all(vault.map((item) => this.#takeItem(account.account, item)));
    return {};
  }

  async #takeItem(account: Id, json: unknown): Promise<void> {
    const item = itemFromJson(account, json);
    const { class: c, gen, kind, item: name } = item.place;
    const key = this.#keys.get(`${c}${gen}`);
    if (!key) return;
    const secret = await openItem(key, item);
    if (kind === 'epoch') {
      const { conversation, epoch } = readEpochItem(name);
      await this.#remember(conversation, epoch, secret);
    }
    if (kind === 'ik')
      this.#iks.set(Number(new DataView(name.buffer).getBigUint64(0)), await importDh(secret));
    if (kind === 'spk' || kind === 'opk') this.#prekeys.set(idOf(name), await importDh(secret));
    secret.fill(0);
  }

  async new_device({ account, aik }: Requests['new_device']['input']) {
    const [dsk, dxk] = [await importSigner(random(32)), await importDh(random(32))];
    const keys = { id: randomId(), dsk: key32(dsk.pub), dxk: key32(dxk.pub) };
    this.#device = { id: keys.id, dsk, dxk };
    this.#account = account;
    return { ...keys, pop: b64u(await sign(dsk.key, devicePop(account, aik, keys))) };
  }

  async show_account({ account, links }: Requests['show_account']['input']) {
    const log = await extendAccount(this.#log(account) ?? emptyAccount(account), links.map(linkFromJson));
    this.#accounts.set(account, log);
    return view(log);
  }

  async show_conversation({ conversation, links }: Requests['show_conversation']['input']) {
    const known = this.#conversations.get(conversation);
    const log = await extendConversation(known, conversation, links.map(linkFromJson), this.#log);
    this.#conversations.set(conversation, log);
    const members = [...log.members.values()].map(({ acct, role }) => ({ acct, role }));
    return {
      head: conversationHead(log),
      members,
      epoch: log.epochs.length,
      mismatched: mismatchedMembers(log, this.#log),
    } satisfies ConversationView;
  }

  async needs_epoch({ conversation, now, messages }: Requests['needs_epoch']['input']) {
    return { reason: staleReason(this.#conversation(conversation), this.#log, now, messages) };
  }

  async make_epoch({ conversation, bundles, now, why }: Requests['make_epoch']['input']) {
    const log = this.#sendable(conversation);
    const { by, device, account } = this.#sender();
    const epoch = log.epochs.length + 1;
    const recipients = await Promise.all(
      bundles.map(async (json) => {
        const bundle = bundleFromJson(json);
        const member = log.members.get(bundle.account);
        if (!member) throw new CryptoError('e2ee_not_member', 'a bundle of somebody who is no member');
        return verifyBundle(bundle, this.#known(bundle.account), member.aik, now);
      }),
    );
    const gen = currentIk(account).gen;
    const aik = have(log.members.get(account.account), 'the membership').aik;
    const ik = { gen, pair: have(this.#iks.get(gen), 'the identity key') };
    const from = { account: account.account, device: device.id, aik, ik };
    const secret = newEpochSecret();
    const commit = await commitEpoch(secret, { conversation, epoch });
    const roster = await rosterHash(conversation, log.members.values());
    const change = { t: 'epoch', n: epoch, suite: SUITE, commit, roster, why } as const;
    const [link, wraps] = await Promise.all([
      signConversationLink(log, conversation, change, by, device.dsk, now),
      wrapEpoch(secret, { conversation, epoch, suite: SUITE }, from, recipients),
    ]);
    return { link: linkToJson(link), wraps, item: await this.#keep(conversation, epoch, secret) };
  }

  async receive_key({ conversation, batch }: Requests['receive_key']['input']) {
    const read = batchFromJson(batch);
    const account = have(this.#account, 'the account');
    const wrap = have(
      read.wraps.find(({ a }) => a === account),
      'a wrap for this account',
    );
    const own = {
      account,
      ik: have(this.#iks.get(wrap.ik_gen), 'the identity key'),
      spk: have(this.#prekeys.get(wrap.spk), 'the signed prekey'),
      opk: wrap.opk === null ? null : (this.#prekeys.get(wrap.opk) ?? null),
    };
    const secret = await receiveWrap(read, wrap, own, this.#conversation(conversation), this.#log);
    return { item: await this.#keep(conversation, read.epoch, secret) };
  }

  async new_prekeys({ one_time, now }: Requests['new_prekeys']['input']) {
    const { device, account } = this.#sender();
    const prekeys = await Promise.all(Array.from({ length: one_time + 1 }, newPrekey));
    const items = await Promise.all(
      prekeys.map(({ id, secret }, index) =>
        this.#seal('s', index === 0 ? 'spk' : 'opk', namedItem(id), secret),
      ),
    );
    for (const { id, pair } of prekeys) this.#prekeys.set(id, pair);
    const [first, ...others] = prekeys;
    const signed = await signPrekey(
      account.account,
      currentIk(account),
      have(first, 'a prekey'),
      now,
      device.id,
      device.dsk,
    );
    return { spk: signed, opks: others.map(({ id, pair }) => ({ id, pub: key32(pair.pub) })), items };
  }

  /** Seals a secret for the vault under the newest key of its class, and wipes it. */
  async #seal(c: KeyClass, kind: VaultKind, item: Bytes, secret: Bytes) {
    const log = this.#known(have(this.#account, 'the account'));
    const gen = log.keys[c].length;
    const key = have(this.#keys.get(`${c}${gen}`), 'the key of the vault');
    const sealed = await sealItem(key, { account: log.account, class: c, gen, kind, item, rev: 1 }, secret);
    secret.fill(0);
    return itemToJson(sealed);
  }

  /** Keeps the secret of an epoch here, and gives it sealed for the vault. */
  async #keep(conversation: Id, epoch: number, secret: Bytes) {
    await this.#remember(conversation, epoch, secret);
    // Where history is not kept, the secret is forgotten with the session key.
    const { backup } = this.#conversation(conversation).policy;
    return this.#seal(backup ? 'h' : 's', 'epoch', epochItem(conversation, epoch), secret);
  }

  async #remember(conversation: Id, epoch: number, secret: Bytes): Promise<void> {
    const commit = await commitEpoch(secret, { conversation, epoch });
    this.#epochs.set(`${conversation} ${epoch}`, { key: await importSecret(secret), commit });
  }

  async seal_message(draft: Requests['seal_message']['input']) {
    const { conversation, id, kind, target, thread, expires } = draft;
    const log = this.#sendable(conversation);
    const { device, account } = this.#sender();
    if (log.stale) throw new CryptoError('e2ee_epoch_stale', 'members changed since the newest epoch');
    const epoch = log.epochs.length;
    const header = {
      suite: epochAt(log, epoch).suite,
      conversation,
      epoch,
      account: account.account,
      device: device.id,
      senderKey: key32(device.dsk.pub),
      ...{ id, kind, target, thread, expires },
    };
    const heads = { conversation: conversationHead(log), account: accountHead(account) };
    const content = writeContent(draft.type as ContentType, draft.fields, heads, draft.n);
    const sealed = await sealMessage(this.#epoch(conversation, epoch), header, content, device.dsk);
    return { envelope: envelopeToJson(sealed) };
  }

  async open_messages({ envelopes, live }: Requests['open_messages']['input']) {
    return { messages: await Promise.all(envelopes.map((envelope) => this.#open(envelope, live))) };
  }

  async #open(json: unknown, live: number | null): Promise<Opened> {
    try {
      const envelope: Envelope = envelopeFromJson(json);
      const { conversation, epoch } = envelope.header;
      const log = this.#conversation(conversation);
      const secret = this.#epoch(conversation, epoch);
      const { header, content } = await receiveMessage(envelope, secret, log, this.#log, live);
      const { type, n } = content;
      return { id: header.id, account: header.account, type, n, fields: content.fields.rest() };
    } catch (error) {
      if (error instanceof CryptoError) return { error: error.code };
      throw error;
    }
  }

  async lock() {
    this.#account = this.#slot = this.#device = null;
    this.#keys.clear();
    for (const map of [this.#iks, this.#prekeys, this.#epochs, this.#accounts, this.#conversations])
      map.clear();
    return {};
  }

  #known(account: Id): AccountLog {
    const log = this.#log(account);
    if (!log) throw new CryptoError('need_log', 'the log of the account is not known', { account });
    return log;
  }

  #conversation(id: Id): ConversationLog {
    const log = this.#conversations.get(id);
    if (!log) throw new CryptoError('need_log', 'the log of the conversation is not known');
    return log;
  }

  /** Nothing is sent while somebody's identity is in doubt. */
  #sendable(id: Id): ConversationLog {
    const log = this.#conversation(id);
    if (mismatchedMembers(log, this.#log).length > 0) {
      throw new CryptoError('key_mismatch', 'a member has another identity than everybody agreed on');
    }
    return log;
  }

  /** The secret to which the log is committed: not that of an epoch which somebody else's came before. */
  #epoch(conversation: Id, epoch: number): CryptoKey {
    const { commit } = epochAt(this.#conversation(conversation), epoch);
    const secret = have(this.#epochs.get(`${conversation} ${epoch}`), 'the secret of the epoch');
    if (secret.commit !== commit) throw new CryptoError('locked', 'the secret of the epoch is another one');
    return secret.key;
  }

  #sender() {
    const account = this.#known(have(this.#account, 'the account'));
    const device = have(this.#device, 'the key of the device');
    return { account, device, by: { acct: account.account, dev: device.id, head: accountHead(account) } };
  }
}

function have<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new CryptoError('locked', `${what} is not at hand`);
  return value;
}

function view(log: AccountLog): AccountView {
  return {
    head: accountHead(log),
    aik: currentIdentity(log).aik,
    devices: activeDevices(log).map(({ id }) => id),
  };
}
