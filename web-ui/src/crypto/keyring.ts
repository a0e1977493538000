// All keys of an account on this device, and the verified logs that say what they may be used for. Lives in a
// worker: secrets go in, none comes out.
import { openAccountKey } from './account-keys';
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
import { type ContentType, readContent, writeContent } from './content';
import {
  type ConversationLog,
  conversationHead,
  epochAt,
  extendConversation,
  mismatchedMembers,
  signConversationLink,
} from './conversation-log';
import { mayChain, NEWEST_SUITE } from './conversation-rules';
import { importDh, importSigner, type KeyPair, sign } from './curves';
import { type Bytes, b64u, type Id, key32, random, randomId, unb64u } from './encoding';
import { envelopeFromJson, envelopeToJson, sealMessage } from './envelope';
import { commitEpoch, mayRewrap, newEpochSecret, readBack, sealChain, staleReason } from './epochs';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { boxFromJson } from './hpke';
import { linkFromJson, linkToJson } from './link';
import { authKey, masterKey } from './password';
import { bundleFromJson, newPrekey, type Recipient, signPrekey, verifyBundle } from './prekeys';
import { receiveMessage } from './receiving';
import { receiveWrap } from './receiving-wraps';
import type { AccountView, ConversationView, Opened, RequestName, Requests } from './requests';
import { rosterHash } from './roster';
import { have, Secrets } from './secrets';
import { type SlotKeys, slotKeys } from './slots';
import { slotFromJson, unlock } from './unlock';
import { itemFromJson, itemToJson, namedItem } from './vault';
import { batchFromJson, type Wrapper, wrapEpoch } from './x3dh';

/** A function for every request. */
export type Answers = { [N in RequestName]: (input: Requests[N]['input']) => Promise<Requests[N]['output']> };

export class KeyRing implements Answers {
  #account: Id | null = null;
  #slot: SlotKeys | null = null;
  #device: { id: Id; dsk: KeyPair; dxk: KeyPair } | null = null;
  readonly #secrets = new Secrets();
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
    const { identitySeed, history } = await unlock(keys, slotFromJson(slot), log, boxFromJson(box));
    identitySeed.fill(0);
    this.#accounts.set(account, log);
    await this.#secrets.takeKey(log, { class: 'h', gen: history.gen }, history.key);
    await this.#takeVault(log, vault);
    return view(log);
  }

  async open_keys({ boxes, vault }: Requests['open_keys']['input']) {
    const { device, account } = this.#sender();
    for (const json of boxes) {
      const fields = new Fields(json, 'box');
      const name = { class: fields.oneOf('class', ['h', 's']), gen: fields.int('gen', 1) };
      const full = { account: account.account, ...name };
      const commit = keyCommit(account, name.class, name.gen);
      const key = await openAccountKey(boxFromJson(fields), full, device.id, device.dxk, commit);
      await this.#secrets.takeKey(account, name, key);
    }
    await this.#takeVault(account, vault);
    return {};
  }

  #takeVault(log: AccountLog, vault: unknown[]): Promise<void> {
    return this.#secrets.takeVault(
      log,
      vault.map((json) => itemFromJson(log.account, json)),
    );
  }

  async new_device({ account, aik }: Requests['new_device']['input']) {
    const [dsk, dxk] = [await importSigner(random(32)), await importDh(random(32))];
    const keys = { id: randomId(), dsk: key32(dsk.pub), dxk: key32(dxk.pub) };
    this.#device = { id: keys.id, dsk, dxk };
    this.#account = account;
    return { ...keys, pop: b64u(await sign(dsk.key, devicePop(account, aik, keys))) };
  }

  async new_prekeys({ one_time, now }: Requests['new_prekeys']['input']) {
    const { device, account } = this.#sender();
    const prekeys = await Promise.all(Array.from({ length: one_time + 1 }, newPrekey));
    const items = await Promise.all(
      prekeys.map(({ id, secret }, index) =>
        this.#secrets.seal(account, 's', index === 0 ? 'spk' : 'opk', namedItem(id), secret),
      ),
    );
    for (const { id, pair } of prekeys) this.#secrets.takePrekey(id, pair);
    const [first, ...others] = prekeys;
    const [ik, newest] = [currentIk(account), have(first, 'a prekey')];
    const spk = await signPrekey(account.account, ik, newest, now, device.id, device.dsk);
    const opks = others.map(({ id, pair }) => ({ id, pub: key32(pair.pub) }));
    return { spk, opks, items: items.map(itemToJson) };
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
    const recipients = await this.#recipients(log, bundles, now);
    const epoch = log.epochs.length + 1;
    const secret = newEpochSecret();
    const name = { conversation, epoch, suite: NEWEST_SUITE };
    const chain = await this.#chain(log, epoch, secret);
    const commit = await commitEpoch(secret, name);
    const roster = await rosterHash(conversation, log.members.values());
    const made = { t: 'epoch', n: epoch, suite: NEWEST_SUITE, commit, roster } as const;
    const change = { ...made, ...(chain && { chain }), why };
    const [link, wraps] = await Promise.all([
      signConversationLink(log, conversation, change, by, device.dsk, now),
      wrapEpoch(secret, name, this.#wrapper(log), recipients),
    ]);
    const item = await this.#secrets.keepEpoch(account, log, epoch, secret);
    return { link: linkToJson(link), wraps, item };
  }

  /** Newcomers read back where history is shared, if the secret before is at hand. */
  async #chain(log: ConversationLog, epoch: number, secret: Bytes) {
    if (!mayChain(log) || !this.#secrets.hasEpoch(log, epoch - 1)) return null;
    const name = { conversation: log.conversation, epoch };
    return this.#secrets.withEpoch(log, epoch - 1, (before) => sealChain(secret, name, before));
  }

  async give_key({ conversation, epoch, bundles, now }: Requests['give_key']['input']) {
    const log = this.#sendable(conversation);
    const recipients = await this.#recipients(log, bundles, now);
    for (const { account } of recipients) {
      if (!mayRewrap(log, this.#known(account), epoch)) {
        throw new CryptoError('e2ee_not_member', 'the epoch was not made for this member');
      }
    }
    const name = { conversation, epoch, suite: epochAt(log, epoch).suite };
    const give = (secret: Bytes) => wrapEpoch(secret, name, this.#wrapper(log), recipients);
    return { wraps: await this.#secrets.withEpoch(log, epoch, give) };
  }

  #recipients(log: ConversationLog, bundles: unknown[], now: number): Promise<Recipient[]> {
    return Promise.all(
      bundles.map((json) => {
        const bundle = bundleFromJson(json);
        const member = log.members.get(bundle.account);
        if (!member) throw new CryptoError('e2ee_not_member', 'a bundle of somebody who is no member');
        return verifyBundle(bundle, this.#known(bundle.account), member.aik, now);
      }),
    );
  }

  #wrapper(log: ConversationLog): Wrapper {
    const { device, account } = this.#sender();
    const { gen } = currentIk(account);
    const { aik } = have(log.members.get(account.account), 'the membership');
    return { account: account.account, device: device.id, aik, ik: { gen, pair: this.#secrets.ik(gen) } };
  }

  async receive_key({ conversation, batch }: Requests['receive_key']['input']) {
    const [read, log] = [batchFromJson(batch), this.#conversation(conversation)];
    const account = this.#known(have(this.#account, 'the account'));
    const mine = read.wraps.find(({ a }) => a === account.account);
    const wrap = have(mine, 'a wrap for this account');
    const own = {
      account: account.account,
      ik: this.#secrets.ik(wrap.ik_gen),
      spk: have(this.#secrets.prekey(wrap.spk), 'the signed prekey'),
      opk: wrap.opk && this.#secrets.prekey(wrap.opk),
    };
    const secret = await receiveWrap(read, wrap, own, log, this.#log);
    const items = [];
    for (const [n, one] of await this.#readBack(log, read.epoch, secret)) {
      if (!this.#secrets.hasEpoch(log, n)) items.push(await this.#secrets.keepEpoch(account, log, n, one));
    }
    return { items };
  }

  /** A link back to a wrong secret is its maker's mistake, and takes nothing from the right one. */
  async #readBack(log: ConversationLog, epoch: number, secret: Bytes): Promise<Map<number, Bytes>> {
    try {
      return await readBack(log, epoch, secret);
    } catch (error) {
      if (error instanceof CryptoError) return new Map([[epoch, secret]]);
      throw error;
    }
  }

  async seal_message(draft: Requests['seal_message']['input']) {
    const { conversation, id, kind, target, thread, expires } = draft;
    const log = this.#sendable(conversation);
    const { device, account } = this.#sender();
    if (log.stale) throw new CryptoError('e2ee_epoch_stale', 'members changed since the newest epoch');
    const role = log.members.get(account.account)?.role;
    if (!role || role === 'reader') throw new CryptoError('e2ee_not_member', 'may not write here');
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
    // What others would refuse is not sent.
    readContent(kind, content);
    const sealed = await sealMessage(this.#secrets.epoch(log, epoch), header, content, device.dsk);
    return { envelope: envelopeToJson(sealed) };
  }

  async open_messages({ envelopes, live }: Requests['open_messages']['input']) {
    return { messages: await Promise.all(envelopes.map((envelope) => this.#open(envelope, live))) };
  }

  async #open(json: unknown, live: number | null): Promise<Opened> {
    try {
      const envelope = envelopeFromJson(json);
      const log = this.#conversation(envelope.header.conversation);
      const secret = this.#secrets.epoch(log, envelope.header.epoch);
      const { header, content } = await receiveMessage(envelope, secret, log, this.#log, live);
      const { type, n } = content;
      return { id: header.id, account: header.account, type, n, fields: content.fields.rest() };
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      return { error: error.code, ...(error.account && { needs: error.account }) };
    }
  }

  async lock() {
    this.#account = this.#slot = this.#device = null;
    this.#secrets.clear();
    this.#accounts.clear();
    this.#conversations.clear();
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

  #sender() {
    const account = this.#known(have(this.#account, 'the account'));
    const device = have(this.#device, 'the key of the device');
    return { account, device, by: { acct: account.account, dev: device.id, head: accountHead(account) } };
  }
}

function view(log: AccountLog): AccountView {
  return {
    head: accountHead(log),
    aik: currentIdentity(log).aik,
    devices: activeDevices(log).map(({ id }) => id),
  };
}
