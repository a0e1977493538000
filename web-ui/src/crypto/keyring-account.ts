// What the key ring does with the own account: begin it, enter it with a password, words or another device, give
// it new keys, throw devices out.
import {
  type AccountLog,
  accountHead,
  activeDevices,
  activeSlots,
  currentIdentity,
  emptyAccount,
  extendAccount,
} from './account-log';
import { importDh, importSigner, type KeyPair } from './curves';
import { type Bytes, b64u, type Id, idFromUuid, key32, random, randomId, unb64u } from './encoding';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { boxFromJson, boxToJson } from './hpke';
import { linkFromJson } from './link';
import {
  checkPairMac,
  newPairSecret,
  openPairing,
  pairCode,
  pairMac,
  pairUri,
  readPairCode,
  readPairGift,
  readPairUri,
  sealPairing,
  writePairGift,
} from './pairing';
import { describeOwn, makeDevice, Proposal, rotateKeys } from './proposal';
import { newRecoverySecret, recoverySecret, recoveryWords } from './recovery-words';
import type { AccountWhat, Answer, Requests, Unlocking } from './requests';
import type { OwnDevice, RingState } from './ring-state';
import { have, Secrets } from './secrets';
import { type SlotKeys, type SlotKind, slotKeys } from './slots';
import { slotFromJson, unlock } from './unlock';

/** A change that the node has not taken yet. */
interface Pending {
  proposal: Proposal;
  /** Without slots the first device keeps the identity. */
  seed: Bytes | null;
  /** Boxes of before are of no use. */
  fresh: boolean;
  /** This was no device before. */
  isNew: boolean;
}

const ONE_TIME = 100;

export class AccountRing {
  readonly #state: RingState;
  #pending: Pending | null = null;
  #words: Bytes | null = null;
  /** Of a pairing that this device began. */
  #pairing: { secret: Bytes; device: OwnDevice } | null = null;

  constructor(state: RingState) {
    this.#state = state;
  }

  /** The keys of recovery words as they were typed, for the next unlocking. */
  async words({ account, text }: Requests['words']['input']): Promise<Answer> {
    const secret = await recoverySecret(text);
    this.#state.account = account;
    this.#state.slot = await slotKeys(secret, account, 'rk');
    secret.fill(0);
    return {};
  }

  async make_words(): Promise<{ words: string[] }> {
    this.#words = newRecoverySecret();
    return { words: await recoveryWords(this.#words) };
  }

  /** Works out a change; it counts after `accept_change`. */
  async change_account({ now, what }: Requests['change_account']['input']) {
    const proposal = await this.#propose(what, now);
    const pending = this.#pending;
    const isOther = proposal.device !== this.#state.device;
    if (pending?.proposal === proposal && isOther) await this.#state.keepMade(proposal.device, pending.seed);
    return { change: proposal.change };
  }

  async #propose(what: AccountWhat, now: number): Promise<Proposal> {
    switch (what.t) {
      case 'create':
        return this.#create(what, now);
      case 'enter':
        return this.#enter(what, now);
      case 'expel':
        return this.#expel(what, now);
      case 'admit':
        return this.#admit(what, now);
      default:
        return this.#renew(what, now);
    }
  }

  async #create({ kind, account, password }: AccountWhat & { t: 'create' }, now: number): Promise<Proposal> {
    const state = this.#state;
    const log = state.log(account) ?? emptyAccount(account);
    const seed = random(32);
    const identity = await importSigner(seed);
    const proposal = new Proposal(log, new Secrets(), await makeDevice(), now);
    proposal.identity = identity;
    const aik = key32(identity.pub);
    const slot = password ? have(state.slot, 'the key of the password') : null;
    const slotId = randomId();
    const keys = [await proposal.newKey('h', 1), await proposal.newKey('s', 1)];
    const ik = await proposal.newIk(1);
    await proposal.link({
      t: 'root',
      aik,
      device: await describeOwn(account, aik, proposal.device, kind),
      slots: slot ? [{ id: slotId, kind: 'pw', pub: key32(slot.pair.pub) }] : [],
      keys,
      ik: ik.entry,
      reset_of: log.hashes.length > 0 ? accountHead(log) : null,
    });
    await proposal.takeMade();
    if (slot) await proposal.slot(slot, slotId, 'pw', seed);
    await proposal.keepIk(ik);
    await proposal.prekeys(ONE_TIME, true, true);
    this.#pending = { proposal, seed: slot ? null : seed, fresh: true, isNew: true };
    state.account = account;
    return proposal;
  }

  /** With the keys of a slot: this becomes a device. What only devices have is begun anew. */
  async #enter(
    { kind, slot, box, vault, replaces, renew }: AccountWhat & { t: 'enter' },
    now: number,
  ): Promise<Proposal> {
    const state = this.#state;
    const log = state.own();
    const record = slotFromJson(slot);
    const keys = have(state.slot, 'the key of the slot');
    const { identitySeed, history } = await unlock(keys, record, log, boxFromJson(box));
    const proposal = new Proposal(log, new Secrets(), await makeDevice(), now);
    proposal.identity = await importSigner(identitySeed);
    await proposal.secrets.takeKey(log, { class: 'h', gen: history.gen }, history.key.slice());
    const { aik } = currentIdentity(log);
    await proposal.link({
      t: 'device_add',
      device: await describeOwn(log.account, aik, proposal.device, kind),
    });
    await proposal.box('h', history.gen, history.key, proposal.device.id, key32(proposal.device.dxk.pub));
    if (replaces.length > 0) await proposal.link({ t: 'device_revoke', devices: replaces });
    await proposal.secrets.takeVault(
      proposal.log,
      vault.map((json) => state.readItem(log, json)),
    );
    await rotateKeys(proposal, renew, async () => history.key.slice());
    history.key.fill(0);
    await proposal.slot(keys, record.id, record.kind, identitySeed);
    identitySeed.fill(0);
    this.#pending = { proposal, seed: null, fresh: false, isNew: true };
    return proposal;
  }

  async #expel({ slot, box, devices }: AccountWhat & { t: 'expel' }, now: number): Promise<Proposal> {
    const log = this.#state.own();
    const proposal = new Proposal(log, new Secrets(), await makeDevice(), now);
    (await this.#identity(proposal, { slot, box })).fill(0);
    await proposal.link({ t: 'device_revoke', devices });
    return proposal;
  }

  /** Lets a new device in that shows this code; its own keys are what the code vouches for. */
  async #admit({ pairing, code }: AccountWhat & { t: 'admit' }, now: number): Promise<Proposal> {
    const state = this.#state;
    const { account: log, device } = state.sender();
    const { secret, wanted } = await this.#checked(log.account, pairing, code);
    const proposal = new Proposal(log, state.secrets.copy(), device, now);
    await proposal.link({ t: 'device_add', device: wanted });
    const keys = [];
    for (const c of ['h', 's'] as const) {
      const gen = log.keys[c].length;
      const key = await state.keyBytes(c, gen);
      await proposal.box(c, gen, key, wanted.id, wanted.dxk);
      keys.push({ class: c, gen, key });
    }
    const { aik } = currentIdentity(proposal.log);
    const gift = writePairGift({ aik, head: accountHead(proposal.log), keys });
    const box = boxToJson(await sealPairing(secret, log.account, wanted.dxk, gift));
    proposal.with({ welcome: { request_id: new Fields(pairing, 'pairing').text('id', 64), box } });
    this.#pending = { proposal, seed: null, fresh: false, isNew: false };
    return proposal;
  }

  async #checked(account: Id, pairing: unknown, code: string) {
    const fields = new Fields(pairing, 'pairing');
    const given = fields.object('device');
    const kind = given.oneOf('kind', ['web', 'cli', 'bot']);
    const wanted = { id: given.id('id'), dsk: given.key('dsk'), dxk: given.key('dxk'), kind };
    given.bytes('pop', 64);
    const pop = given.text('pop', 86);
    const secret = code.startsWith('snug-pair:')
      ? readLinkOf(code, idFromUuid(fields.text('id', 64)))
      : readPairCode(code);
    await checkPairMac(secret, { account, dsk: wanted.dsk, dxk: wanted.dxk }, fields.bytes('mac', 32));
    return { secret, wanted: { ...wanted, pop } };
  }

  async check_pairing({ pairing, code }: Requests['check_pairing']['input']) {
    try {
      await this.#checked(have(this.#state.account, 'the account'), pairing, code);
      return { ok: true };
    } catch (error) {
      if (error instanceof CryptoError) return { ok: false };
      throw error;
    }
  }

  /** On a new device: its keys, and the code that it shows. */
  async begin_pairing({ account, aik, kind }: Requests['begin_pairing']['input']) {
    const [secret, device] = [newPairSecret(), await makeDevice()];
    this.#state.account = account;
    this.#pairing = { secret, device };
    const wanted = await describeOwn(account, aik, device, kind);
    const mac = await pairMac(secret, { account, dsk: wanted.dsk, dxk: wanted.dxk });
    return { device: wanted, mac: b64u(mac), code: pairCode(secret) };
  }

  async pairing_link({ request }: Requests['pairing_link']['input']) {
    return { link: pairUri(request, have(this.#pairing, 'the pairing').secret) };
  }

  /** On a new device: what the other one sent says whom to believe. */
  async finish_pairing({ links, welcome }: Requests['finish_pairing']['input']): Promise<Answer> {
    const state = this.#state;
    const account = have(state.account, 'the account');
    const { secret, device } = have(this.#pairing, 'the pairing');
    const gift = readPairGift(await openPairing(secret, account, device.dxk, boxFromJson(welcome)));
    const log = await extendAccount(emptyAccount(account), links.map(linkFromJson));
    const isSame = log.hashes[gift.head.seq] === gift.head.hash && currentIdentity(log).aik === gift.aik;
    if (!isSame) throw new CryptoError('log_fork', 'the node shows another account than the other device');
    state.device = device;
    await state.keepDevice();
    await state.setAccount(log);
    const proposal = new Proposal(log, state.secrets, device, 0);
    for (const { class: c, gen, key } of gift.keys) {
      await proposal.box(c, gen, key, device.id, key32(device.dxk.pub));
      key.fill(0);
    }
    await state.takeBoxes(proposal.ownBoxes);
    this.#pairing = null;
    return {};
  }

  /** Changes by a device that is in, some of them signed by the identity. */
  async #renew(
    what: Exclude<AccountWhat, { t: 'create' | 'enter' | 'expel' | 'admit' }>,
    now: number,
  ): Promise<Proposal> {
    const state = this.#state;
    const { account: log, device } = state.sender();
    const proposal = new Proposal(log, state.secrets.copy(), device, now);
    const keyBytes = state.keyBytes.bind(state);
    switch (what.t) {
      case 'prekeys':
        await proposal.prekeys(what.one_time, what.signed, false);
        for (const { kind, item } of what.drop) proposal.drop(kind, unb64u(item, 'any', 'item'));
        break;
      case 'session_key':
        await this.#giveSession(proposal, what.devices);
        break;
      case 'refresh':
        await rotateKeys(proposal, true, keyBytes);
        break;
      case 'rekey':
        return this.#rekey(log, device, now);
      case 'leave':
        await proposal.link({ t: 'device_revoke', devices: [device.id] });
        break;
      case 'revoke': {
        const seed = await this.#identity(proposal, what.by);
        await proposal.link({ t: 'device_revoke', devices: what.devices });
        await rotateKeys(proposal, true, keyBytes);
        seed.fill(0);
        break;
      }
      case 'slot':
        await this.#newSlot(proposal, what);
        break;
    }
    this.#pending = { proposal, seed: null, fresh: false, isNew: false };
    return proposal;
  }

  async #rekey(log: AccountLog, device: OwnDevice, now: number): Promise<Proposal> {
    const state = this.#state;
    const next = { ...device, dxk: await importDh(random(32)) };
    const proposal = new Proposal(log, state.secrets.copy(), next, now);
    await proposal.link({ t: 'device_rekey', device: device.id, dxk: key32(next.dxk.pub) });
    const gen = log.keys.h.length;
    const key = await state.keyBytes('h', gen);
    await proposal.box('h', gen, key, device.id, key32(next.dxk.pub));
    key.fill(0);
    await rotateKeys(proposal, false, state.keyBytes.bind(state), 0);
    this.#pending = { proposal, seed: null, fresh: true, isNew: false };
    return proposal;
  }

  async #giveSession(proposal: Proposal, devices: readonly Id[]): Promise<void> {
    const gen = proposal.log.keys.s.length;
    for (const { id, dxk } of activeDevices(proposal.log)) {
      if (!devices.includes(id)) continue;
      const key = await this.#state.keyBytes('s', gen);
      await proposal.box('s', gen, key, id, dxk);
      key.fill(0);
    }
  }

  /** A new way in: the next password, or the recovery words; it takes the place of the one before. */
  async #newSlot(proposal: Proposal, what: AccountWhat & { t: 'slot' }): Promise<void> {
    const state = this.#state;
    const { account } = proposal.log;
    const seed = await this.#identity(proposal, what.by);
    let keys: SlotKeys;
    if (what.kind === 'rk') keys = await slotKeys(have(this.#words, 'the words'), account, 'rk');
    else keys = have(state.slot, 'the key of the password');
    const id = randomId();
    const old = activeSlots(proposal.log).filter(({ kind }) => kind === what.kind);
    const set = [{ id, kind: what.kind as SlotKind, pub: key32(keys.pair.pub) }];
    await proposal.link({ t: 'slots', set, del: old.map((slot) => slot.id) });
    const gen = proposal.log.keys.h.length;
    const key = await state.keyBytes('h', gen);
    await proposal.box('h', gen, key, id, key32(keys.pair.pub));
    key.fill(0);
    await proposal.slot(keys, id, what.kind, seed);
    if (what.password) proposal.with({ password: what.password });
    seed.fill(0);
  }

  /** Has the identity sign: from the slot whose key was derived last, or as the only device kept it. */
  async #identity(proposal: Proposal, by: Unlocking | null): Promise<Bytes> {
    const state = this.#state;
    let seed: Bytes;
    if (by) {
      const keys = by.previous
        ? have(this.#previous, 'the key of the slot')
        : have(state.slot, 'the key of the slot');
      const opened = await unlock(keys, slotFromJson(by.slot), proposal.log, boxFromJson(by.box));
      opened.history.key.fill(0);
      seed = opened.identitySeed;
    } else {
      const kept = await state.openSealed<string>('seed');
      seed = unb64u(have(kept, 'the identity'), 32, 'seed');
    }
    proposal.identity = (await importSigner(seed)) satisfies KeyPair;
    return seed;
  }

  #previous: SlotKeys | null = null;

  /** The key of the password before: with it the identity is opened that the next one is given. */
  async hold_slot(): Promise<Answer> {
    this.#previous = this.#state.slot;
    return {};
  }

  /** The node has taken the change. */
  async accept_change(): Promise<Answer> {
    const { proposal, seed, fresh, isNew } = have(this.#pending, 'a change');
    const state = this.#state;
    this.#pending = null;
    if (fresh) state.boxes.clear();
    state.device = proposal.device;
    if (isNew) state.secrets = proposal.secrets;
    else state.secrets.adopt(proposal.secrets, proposal.dropped);
    await state.keepDevice();
    await state.setAccount(proposal.log);
    for (const box of proposal.ownBoxes) state.boxes.set(`${box.class}${box.gen}`, box);
    await state.keepBoxes();
    // Who came in has read the whole vault on the way: none of it comes again.
    await state.keepItems(isNew ? state.secrets.items() : proposal.items);
    await state.dropItems(proposal.dropped);
    if (seed) await state.keepSealed('seed', b64u(seed));
    else if (activeSlots(proposal.log).length > 0) await state.keeper.put({ seed: undefined });
    await state.dropSlot();
    this.#words = this.#previous = state.slot = null;
    return {};
  }
}

function readLinkOf(code: string, request: Id): Bytes {
  const read = readPairUri(code);
  if (read.request !== request) throw new CryptoError('bad_signature', 'the code of another request');
  return read.secret;
}
