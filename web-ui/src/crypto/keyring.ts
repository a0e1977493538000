// All keys of an account on this device, and the verified logs that say what they may be used for. Lives in a
// worker: secrets go in, none comes out.
import { readAccountLink } from './account-links';
import {
  type AccountLog,
  accountHead,
  activeDevices,
  activeSlots,
  currentIdentity,
  currentIk,
  devicePop,
  emptyAccount,
  extendAccount,
  foldAccount,
} from './account-log';
import {
  type ConversationLog,
  conversationHead,
  epochAt,
  extendConversation,
  mismatchedMembers,
  signConversationLink,
} from './conversation-log';
import { mayChain, NEWEST_SUITE } from './conversation-rules';
import { importDh, importSigner, sign } from './curves';
import { type Bytes, b64u, type Id, type Key32, key32, random, randomId, unb64u } from './encoding';
import {
  commitEpoch,
  mayReceive,
  newEpochSecret,
  readBack,
  type StaleReason,
  sealChain,
  staleReason,
} from './epochs';
import { CryptoError } from './errors';
import { boxFromJson } from './hpke';
import { type Keeper, memoryKeeper } from './keeper';
import { AccountRing } from './keyring-account';
import { MessageRing } from './keyring-messages';
import { type Link, linkFromJson, linkHash, linkToJson } from './link';
import { authKey, masterKey } from './password';
import { bundleFromJson, newPrekey, type Recipient, signPrekey, verifyBundle } from './prekeys';
import { receiveWrap } from './receiving-wraps';
import type { AccountView, Answer, ConversationView, RequestName, Requests } from './requests';
import { RingState } from './ring-state';
import { rosterHash } from './roster';
import { have } from './secrets';
import { slotKeys } from './slots';
import { completeChange, PeopleRing } from './trust';
import { slotFromJson, unlock } from './unlock';
import { UpkeepRing } from './upkeep';
import { itemToJson, namedItem } from './vault';
import { batchFromJson, type Wrapper, wrapEpoch } from './x3dh';

/** How far ahead of the own clock an epoch may be dated, so that it follows what others did. */
const AHEAD_S = 300;

/** A function for every request. */
export type Answers = { [N in RequestName]: (input: Requests[N]['input']) => Promise<Requests[N]['output']> };

/** How long the keys of a password wait for a page that is loaded again while it signs in. */
const SLOT_KEPT_S = 120;

export class KeyRing implements Answers {
  readonly #state: RingState;
  readonly #messages: MessageRing;
  readonly seal_message: Answers['seal_message'];
  readonly sent: Answers['sent'];
  readonly unsent: Answers['unsent'];
  readonly open_messages: Answers['open_messages'];
  readonly report_keys: Answers['report_keys'];
  readonly page: Answers['page'];
  readonly keep_page: Answers['keep_page'];
  readonly drop_pages: Answers['drop_pages'];
  readonly upkeep: Answers['upkeep'];
  readonly forget_items: Answers['forget_items'];
  readonly words: Answers['words'];
  readonly make_words: Answers['make_words'];
  readonly hold_slot: Answers['hold_slot'];
  readonly change_account: Answers['change_account'];
  readonly accept_change: Answers['accept_change'];
  readonly check_pairing: Answers['check_pairing'];
  readonly begin_pairing: Answers['begin_pairing'];
  readonly pairing_link: Answers['pairing_link'];
  readonly finish_pairing: Answers['finish_pairing'];
  readonly people: Answers['people'];
  readonly trust: Answers['trust'];
  readonly safety: Answers['safety'];
  readonly fingerprint: Answers['fingerprint'];
  readonly check_code: Answers['check_code'];

  /** `keeper` says where an account's things are kept; nowhere, if it is not given. */
  constructor(keeper: Keeper = memoryKeeper()) {
    const state = new RingState(keeper);
    const account = new AccountRing(state);
    const people = new PeopleRing(state);
    const messages = new MessageRing(state);
    const upkeep = new UpkeepRing(state);
    this.#state = state;
    this.#messages = messages;
    this.seal_message = (input) => messages.seal_message(input);
    this.sent = (input) => messages.sent(input);
    this.unsent = (input) => messages.unsent(input);
    this.open_messages = (input) => messages.open_messages(input);
    this.report_keys = (input) => messages.report_keys(input);
    this.page = (input) => messages.page(input);
    this.keep_page = (input) => messages.keep_page(input);
    this.drop_pages = () => messages.drop_pages();
    this.upkeep = (input) => upkeep.upkeep(input);
    this.forget_items = (input) => upkeep.forget_items(input);
    this.words = (input) => account.words(input);
    this.make_words = () => account.make_words();
    this.hold_slot = () => account.hold_slot();
    this.change_account = (input) => account.change_account(input);
    this.accept_change = () => account.accept_change();
    this.check_pairing = (input) => account.check_pairing(input);
    this.begin_pairing = (input) => account.begin_pairing(input);
    this.pairing_link = (input) => account.pairing_link(input);
    this.finish_pairing = (input) => account.finish_pairing(input);
    this.people = (input) => people.people(input);
    this.trust = (input) => people.trust(input);
    this.safety = (input) => people.safety(input);
    this.fingerprint = (input) => people.fingerprint(input);
    this.check_code = (input) => people.check_code(input);
  }

  readonly #log = (account: Id) => this.#state.log(account);

  async open({ account }: Requests['open']['input']) {
    const state = this.#state;
    if (state.account !== account || !state.device) await state.load(account);
    const log = state.log(account);
    return {
      device: state.device?.id ?? null,
      view: log ? view(log) : null,
      was: ((await state.keeper.get('was')) as Id | undefined) ?? null,
      vault: state.vaultVersion,
      conversations: [...state.conversations.keys()],
    };
  }

  async reopen(): Promise<Answer> {
    await this.#state.reload();
    return {};
  }

  async forget_device({ account }: Requests['forget_device']['input']): Promise<Answer> {
    const { slot } = this.#state;
    await this.#state.forgetDevice();
    this.#state.account = account;
    this.#state.slot = slot;
    return {};
  }

  async password({ account, password, salt, kdf, keep }: Requests['password']['input']) {
    const master = await masterKey(password, unb64u(salt, 16, 'salt'), kdf);
    this.#state.slot = await slotKeys(master, account, 'pw');
    this.#state.account = account;
    if (keep !== undefined) await this.#state.keepSlot(this.#state.slot, keep);
    const key = b64u(await authKey(master, account));
    master.fill(0);
    return { authKey: key };
  }

  async kept_slot({ now }: Requests['kept_slot']['input']) {
    return { isKept: await this.#state.loadSlot(now - SLOT_KEPT_S) };
  }

  async drop_slot(): Promise<Answer> {
    await this.#state.dropSlot();
    return {};
  }

  async unlock({ links, slot, box, vault }: Requests['unlock']['input']): Promise<AccountView> {
    const state = this.#state;
    const account = have(state.account, 'the account');
    const log = await foldAccount(account, links.map(linkFromJson));
    const keys = have(state.slot, 'the key of the slot');
    const { identitySeed, history } = await unlock(keys, slotFromJson(slot), log, boxFromJson(box));
    identitySeed.fill(0);
    await state.setAccount(log);
    await state.secrets.takeKey(log, { class: 'h', gen: history.gen }, history.key);
    await state.takeVault(log, vault);
    return view(log);
  }

  async open_keys({ boxes, vault }: Requests['open_keys']['input']) {
    await this.#state.takeBoxes(boxes);
    await this.#state.takeVault(this.#state.own(), vault);
    return {};
  }

  async take_vault({ items, version }: Requests['take_vault']['input']) {
    const older = await this.#state.takeVault(this.#state.own(), items);
    if (version !== undefined) await this.#state.tookVault(version);
    return { older };
  }

  async new_device({ account, aik }: Requests['new_device']['input']) {
    const [dsk, dxk] = [await importSigner(random(32)), await importDh(random(32))];
    const keys = { id: randomId(), dsk: key32(dsk.pub), dxk: key32(dxk.pub) };
    this.#state.device = { id: keys.id, dsk, dxk };
    this.#state.account = account;
    return { ...keys, pop: b64u(await sign(dsk.key, devicePop(account, aik, keys))) };
  }

  async new_prekeys({ one_time, now }: Requests['new_prekeys']['input']) {
    const { device, account } = this.#state.sender();
    const prekeys = await Promise.all(Array.from({ length: one_time + 1 }, newPrekey));
    const items = await Promise.all(
      prekeys.map(({ id, secret }, index) =>
        this.#state.secrets.seal(account, 's', index === 0 ? 'spk' : 'opk', namedItem(id), secret),
      ),
    );
    for (const item of items) this.#state.secrets.keep(item);
    const [first, ...others] = prekeys;
    const [ik, newest] = [currentIk(account), have(first, 'a prekey')];
    const spk = await signPrekey(account.account, ik, newest, now, device.id, device.dsk);
    const opks = others.map(({ id, pair }) => ({ id, pub: key32(pair.pub) }));
    return { spk, opks, items: items.map(itemToJson) };
  }

  async show_account({ account, links }: Requests['show_account']['input']) {
    const known = this.#log(account);
    // The page may be behind: a pairing or another tab has shown some of it.
    const fresh = await newLinks(account, known?.hashes ?? [], links.map(linkFromJson));
    const log = await extendAccount(known ?? emptyAccount(account), fresh);
    if (log.hashes.length !== known?.hashes.length) await this.#state.setAccount(log);
    return view(log);
  }

  async account_view({ account }: Requests['account_view']['input']) {
    const log = this.#log(account);
    return { view: log && log.hashes.length > 0 ? view(log) : null };
  }

  async show_conversation({ conversation, links }: Requests['show_conversation']['input']) {
    const known = this.#state.conversations.get(conversation);
    const log = await extendConversation(known, conversation, links.map(linkFromJson), this.#log);
    if (log.hashes.length !== known?.hashes.length) await this.#state.setConversation(log);
    return this.#view(log);
  }

  async conversation_view({ conversation }: Requests['conversation_view']['input']) {
    const log = this.#state.conversations.get(conversation);
    return { view: log ? await this.#view(log) : null };
  }

  async #view(log: ConversationLog): Promise<ConversationView> {
    const members = [...log.members.values()].map(({ acct, role }) => ({ acct, role }));
    const own = this.#state.account && this.#log(this.#state.account);
    const lacking: number[] = [];
    for (const { n } of log.epochs) {
      if (own && mayReceive(log, own, n) && !(await this.#state.secrets.hasEpoch(log, n))) lacking.push(n);
    }
    return {
      head: conversationHead(log),
      ...{ kind: log.kind, policy: log.policy, members, lacking },
      epoch: log.epochs.length,
      mismatched: mismatchedMembers(log, this.#log),
    };
  }

  async needs_epoch({ conversation, now, messages }: Requests['needs_epoch']['input']) {
    return { reason: staleReason(this.#state.conversation(conversation), this.#log, now, messages) };
  }

  async make_epoch({ conversation, bundles, now, why }: Requests['make_epoch']['input']) {
    return this.#makeEpoch(this.#state.sendable(conversation), bundles, now, why);
  }

  async #makeEpoch(log: ConversationLog, bundles: unknown[], now: number, why: StaleReason) {
    const { conversation } = log;
    const { by, device, account } = this.#state.sender();
    const recipients = await this.#recipients(log, bundles, now);
    const epoch = log.epochs.length + 1;
    const secret = newEpochSecret();
    const name = { conversation, epoch, suite: NEWEST_SUITE };
    const chain = await this.#chain(log, epoch, secret);
    const commit = await commitEpoch(secret, name);
    const roster = await rosterHash(conversation, log.members.values());
    const made = { t: 'epoch', n: epoch, suite: NEWEST_SUITE, commit, roster } as const;
    const change = { ...made, ...(chain && { chain }), why };
    // It comes after every loss that ends the epochs before: also of this same second, and of clocks that are ahead.
    const at = Math.max(now, Math.min(this.#newestLoss(log) + 1, now + AHEAD_S));
    const [link, wraps] = await Promise.all([
      signConversationLink(log, conversation, change, by, device.dsk, at),
      wrapEpoch(secret, name, await this.#wrapper(log), recipients),
    ]);
    const item = await this.#state.secrets.keepEpoch(account, log, epoch, secret);
    return { link: linkToJson(link), wraps, item: itemToJson(item) };
  }

  #newestLoss(log: ConversationLog): number {
    const losses = [...log.members.keys()].flatMap((account) => this.#log(account)?.losses ?? []);
    return Math.max(0, ...losses.map(({ at }) => at));
  }

  async change_conversation(input: Requests['change_conversation']['input']) {
    const { conversation, now, changes, epoch, give, info, info_id } = input;
    const state = this.#state;
    const { by, device } = state.sender();
    const links: unknown[] = [];
    const wraps: unknown[] = [];
    const vault: unknown[] = [];
    let log = state.conversations.get(conversation);
    const grow = async (json: unknown) => {
      log = await extendConversation(log, conversation, [linkFromJson(json)], this.#log);
      links.push(json);
    };
    for (const what of changes) {
      const change = await completeChange(state, log, what);
      await grow(linkToJson(await signConversationLink(log, conversation, change, by, device.dsk, now)));
    }
    const after = have(log, 'the log of the conversation');
    if (give) wraps.push(await this.#giveKey(after, after.epochs.length, give.bundles, now));
    if (epoch) {
      this.#state.checkSendable(after);
      const made = await this.#makeEpoch(after, epoch.bundles, now, epoch.why);
      await grow(made.link);
      wraps.push(made.wraps);
      vault.push(made.item);
    }
    const draft = {
      conversation,
      id: info_id,
      kind: 'sys',
      target: null,
      thread: null,
      expires: 0,
    } as const;
    const named =
      info && (await this.#messages.seal(have(log, 'the log'), { ...draft, type: 'info', fields: info }));
    return { links, wraps, vault, info: named };
  }

  /** Newcomers read back where history is shared, if the secret before is at hand. */
  async #chain(log: ConversationLog, epoch: number, secret: Bytes) {
    if (!mayChain(log) || !(await this.#state.secrets.hasEpoch(log, epoch - 1))) return null;
    const name = { conversation: log.conversation, epoch };
    return this.#state.secrets.withEpoch(log, epoch - 1, (before) => sealChain(secret, name, before));
  }

  async give_key({ conversation, epoch, bundles, now }: Requests['give_key']['input']) {
    return { wraps: await this.#giveKey(this.#state.sendable(conversation), epoch, bundles, now) };
  }

  async #giveKey(log: ConversationLog, epoch: number, bundles: unknown[], now: number) {
    const recipients = await this.#recipients(log, bundles, now);
    for (const { account } of recipients) {
      if (!mayReceive(log, this.#state.known(account), epoch)) {
        throw new CryptoError('e2ee_not_member', 'the epoch was not made for this member');
      }
    }
    const name = { conversation: log.conversation, epoch, suite: epochAt(log, epoch).suite };
    const wrapper = await this.#wrapper(log);
    return this.#state.secrets.withEpoch(log, epoch, (secret) =>
      wrapEpoch(secret, name, wrapper, recipients),
    );
  }

  #recipients(log: ConversationLog, bundles: unknown[], now: number): Promise<Recipient[]> {
    return Promise.all(
      bundles.map((json) => {
        const bundle = bundleFromJson(json);
        const member = log.members.get(bundle.account);
        if (!member) throw new CryptoError('e2ee_not_member', 'a bundle of somebody who is no member');
        return verifyBundle(bundle, this.#state.known(bundle.account), member.aik, now);
      }),
    );
  }

  async #wrapper(log: ConversationLog): Promise<Wrapper> {
    const { device, account } = this.#state.sender();
    const { gen } = currentIk(account);
    const { aik } = have(log.members.get(account.account), 'the membership');
    return {
      account: account.account,
      device: device.id,
      aik,
      ik: { gen, pair: await this.#state.secrets.ik(gen) },
    };
  }

  async receive_key({ conversation, batch }: Requests['receive_key']['input']) {
    const [read, log] = [batchFromJson(batch), this.#state.conversation(conversation)];
    const account = this.#state.known(have(this.#state.account, 'the account'));
    const mine = read.wraps.find(({ a }) => a === account.account);
    const wrap = have(mine, 'a wrap for this account');
    const own = {
      account: account.account,
      ik: await this.#state.secrets.ik(wrap.ik_gen),
      spk: have(await this.#state.secrets.prekey(wrap.spk), 'the signed prekey'),
      opk: wrap.opk && (await this.#state.secrets.prekey(wrap.opk)),
    };
    const secret = await receiveWrap(read, wrap, own, log, this.#log);
    const items = [];
    for (const [n, one] of await this.#readBack(log, read.epoch, secret)) {
      if (await this.#state.secrets.hasEpoch(log, n)) continue;
      items.push(itemToJson(await this.#state.secrets.keepEpoch(account, log, n, one)));
    }
    const used = own.opk && wrap.opk ? [{ kind: 'opk' as const, item: b64u(namedItem(wrap.opk)) }] : [];
    return { items, used };
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

  async lock({ erase = false }: Requests['lock']['input']): Promise<Answer> {
    await this.#state.forget(erase);
    return {};
  }
}

function view(log: AccountLog): AccountView {
  return {
    head: accountHead(log),
    aik: currentIdentity(log).aik,
    devices: activeDevices(log).map(({ id, kind, from }) => ({ id, kind, from })),
    slots: activeSlots(log).map(({ id, kind }) => ({ id, kind })),
    keys: { h: log.keys.h.length, s: log.keys.s.length },
    losses: log.losses.length,
  };
}

/** Without those that are known; `log_fork` where another one stands in the place of one. */
async function newLinks(account: Id, hashes: readonly Key32[], links: Link[]): Promise<Link[]> {
  for (const [index, link] of links.entries()) {
    const { seq } = readAccountLink(link);
    const known = hashes[seq];
    if (known === undefined) return links.slice(index);
    if (known !== (await linkHash('acct', account, link))) {
      throw new CryptoError('log_fork', `another link ${seq} than the one that was seen`, { account });
    }
  }
  return [];
}
