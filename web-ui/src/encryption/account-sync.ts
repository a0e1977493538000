// The own account: set up without a step, entered with a password, words or another device, and kept in order.
import { ApiError } from '../api/errors';
import type { Id } from '../api/types';
import { type Id as Bin, b64u, idFromUuid, random, uuidFromId } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import type { AccountChangeJson, AccountView, AccountWhat, Unlocking } from '../crypto/requests';
import { type Core, isCode } from './core';
import { Housekeeping } from './housekeeping';
import type { Logs } from './logs';
import { EncryptionError, type PhaseReason } from './model';
import type { Identity } from './node-api';
import { checkingPassword, Passwords, unlockingOf } from './passwords';

const TRIES = 5;
/** How long signing out waits for the node. */
const LEAVE_MS = 12_000;

export class AccountSync {
  readonly #core: Core;
  readonly #logs: Logs;
  identity: Identity | null = null;
  /** The key ring holds the keys of the password that was just given. */
  hasSlot = false;
  /** Devices that are no news: those from before, and those let in from here. */
  #known: ReadonlySet<string> = new Set();
  readonly housekeeping: Housekeeping;
  readonly passwords: Passwords;
  /** The device that this browser was until now; it serves nobody any more. */
  #was: Bin | null = null;
  /** This device was thrown out: what it has opened goes with its keys. */
  onLost: () => void = () => undefined;
  /** Keys are here: conversations are about to go on. */
  onReady: () => void = () => undefined;

  constructor(core: Core, logs: Logs) {
    this.#core = core;
    this.#logs = logs;
    this.passwords = new Passwords(core);
    this.housekeeping = new Housekeeping(core, logs, this);
  }

  get isReady(): boolean {
    return this.#core.state.phase === 'ready';
  }

  /** Looks at what this browser has and what the node says, and does what can be done without asking. */
  start(): Promise<void> {
    return this.#core.parts.lock('account', () => this.#start());
  }

  async #start(): Promise<void> {
    const core = this.#core;
    try {
      const kept = await core.ask('open', { account: core.me });
      this.#was = kept.device ?? kept.was;
      core.kept = new Set(kept.conversations.map(uuidFromId));
      for (const id of core.kept) core.parts.seen.note(id);
      this.hasSlot ||= (await core.ask('kept_slot', { now: core.seconds })).isKept;
      this.identity = await core.node.identity();
      if (!this.identity.head) {
        if (kept.view) return this.#forked(kept.view, null);
        await this.#create();
      } else {
        const view = await this.#logs.fetch(core.parts.me.id);
        if (!view) return;
        // The log may say that keys count which were made before this page was loaded.
        await this.#goOn(view, (await core.ask('open', { account: core.me })).device);
      }
      await core.ask('drop_slot', {});
    } catch (error) {
      this.#failed(error);
    }
  }

  async #goOn(view: AccountView, device: string | null): Promise<void> {
    const isIn = view.devices.some(({ id }) => id === device);
    if (device && isIn && (this.identity?.device_id ?? null) !== null) return this.#ready(view);
    if (this.hasSlot && view.slots.some(({ kind }) => kind === 'pw')) {
      await this.#clear(device);
      return this.#enterAtOnce();
    }
    if (!device && (await this.passwords.isNew(this.identity))) return this.lock('new_password');
    if (!device) return this.lock(this.identity?.device_id ? 'cleared' : 'new_browser');
    await this.#clear(device);
    if (!isIn) this.onLost();
    const wasReset = this.identity?.device_id === null && !isIn && view.devices.length === 1;
    this.lock(isIn ? 'new_browser' : wasReset ? 'reset' : 'removed');
  }

  /** With the password that signed in; it may be a newer one than that of the slot. */
  async #enterAtOnce(): Promise<void> {
    this.hasSlot = false;
    try {
      await this.#enter('pw');
    } catch (error) {
      if (!isCode(error, 'bad_key', 'no_slot')) throw error;
      this.lock((await this.passwords.isNew(this.identity)) ? 'new_password' : 'new_browser');
    }
  }

  /** Keys of a device that is not in the account any more serve nobody. */
  async #clear(device: string | null): Promise<void> {
    if (!device) return;
    const { ask, me, parts } = this.#core;
    await ask('forget_device', { account: me });
    await this.#logs.fetch(parts.me.id);
  }

  #forked(seen: AccountView, shown: unknown): void {
    this.#core.alarm('log_fork', { user_id: this.#core.parts.me.id }, { seen: seen.head, shown });
    this.#core.set({ phase: 'failed', reason: 'log_fork' });
  }

  #failed(error: unknown): void {
    const code = error instanceof CryptoError ? error.code : null;
    if (code === 'newer') this.#core.set({ phase: 'newer', reason: 'newer' });
    else if (code) this.#core.set({ phase: 'failed', reason: code });
    else this.#core.set({ phase: 'failed', reason: error instanceof ApiError ? 'refused' : 'unreachable' });
  }

  lock(reason: PhaseReason): void {
    this.#core.set({ phase: 'locked', reason, device: null });
    this.#show();
  }

  async #create(): Promise<void> {
    const what = { t: 'create', account: this.#core.me, kind: 'web', password: this.hasSlot } as const;
    try {
      await this.#change(what, (change) => this.#core.node.createIdentity(change));
    } catch (error) {
      // Another tab or device was faster.
      if (isCode(error, 'e2ee.conflict')) return this.#start();
      throw error;
    }
    this.hasSlot = false;
    await this.#ready(await this.#logs.reread(this.#core.parts.me.id));
  }

  /** With the keys of a slot that the key ring holds; `before` goes on when the keys are here. */
  async #enter(kind: 'pw' | 'rk', before = async () => {}): Promise<void> {
    const renew = await this.#expelSelf(kind);
    const { slot, box } = this.#unlocking(kind);
    const replaces = this.#was !== null && this.#isActive(this.#was) ? [this.#was] : [];
    const vault = await this.#wholeVault();
    await this.change({
      ...{ t: 'enter', kind: 'web', slot, box, vault },
      replaces,
      renew: renew || replaces.length > 0,
    });
    this.#was = null;
    this.hasSlot = false;
    await before();
    await this.#ready(await this.#logs.reread(this.#core.parts.me.id));
  }

  #isActive(device: Bin): boolean {
    return this.#logs.view(this.#core.parts.me.id)?.devices.some(({ id }) => id === device) ?? false;
  }

  /** The session is still a device whose keys this browser has lost: it becomes another one only without it. */
  async #expelSelf(kind: 'pw' | 'rk'): Promise<boolean> {
    const { ask, node, parts, seconds: now } = this.#core;
    const bound = this.identity?.device_id ? idFromUuid(this.identity.device_id) : null;
    if (bound === null || !this.#isActive(bound)) return false;
    const what = { t: 'expel' as const, ...this.#unlocking(kind), devices: [bound] };
    this.identity = await node.changeIdentity((await ask('change_account', { now, what })).change);
    await this.#logs.fetch(parts.me.id);
    return true;
  }

  async #wholeVault(): Promise<unknown[]> {
    const items: unknown[] = [];
    let after = 0;
    for (;;) {
      const page = await this.#core.node.vault(after);
      items.push(...page.items);
      after = page.version;
      if (!page.has_more) return items;
    }
  }

  #unlocking(kind: 'pw' | 'rk'): Unlocking {
    return unlockingOf(this.identity, this.#logs.view(this.#core.parts.me.id), kind);
  }

  /** With the password as it was just given, or the identity that the first device keeps. */
  async authorize(password: string | undefined): Promise<Unlocking | null> {
    const slots = this.#logs.view(this.#core.parts.me.id)?.slots ?? [];
    if (slots.length === 0) return null;
    if (password === undefined) throw new EncryptionError('needs_password', 'this needs the password');
    await this.passwords.deriveForSlot(this.identity, password);
    return this.#unlocking('pw');
  }

  async unlockWithPassword(password: string, next?: string): Promise<void> {
    this.identity = await this.#core.node.identity();
    const derive = () => this.passwords.deriveForSlot(this.identity, password);
    await this.#unlockWith('pw', derive, 'wrong_password', next);
  }

  async unlockWithWords(text: string, next?: string): Promise<void> {
    const derive = async () => {
      await this.#core.ask('words', { account: this.#core.me, text });
    };
    try {
      await this.#unlockWith('rk', derive, 'wrong_words', next);
    } catch (error) {
      if (isCode(error, 'bad_format', 'e2ee_too_large')) throw new EncryptionError('wrong_words');
      throw error;
    }
  }

  /** `next`: the password of now, where the slot is that of the one before. */
  async #unlockWith(
    kind: 'pw' | 'rk',
    derive: () => Promise<void>,
    wrong: string,
    next: string | undefined,
  ): Promise<void> {
    await derive();
    let failed: unknown = null;
    const renew = async () => {
      if (next === undefined) return;
      try {
        await derive();
        await this.#core.ask('hold_slot', {});
        const by = { ...this.#unlocking(kind), previous: true };
        await this.#postSlot(await this.passwords.derive(next), next, by);
      } catch (error) {
        // It is unlocked all the same.
        failed = isCode(error, 'wrong_password') ? new EncryptionError('wrong_new_password') : error;
      }
    };
    await this.#core.parts.lock('account', async () => {
      this.identity = await this.#core.node.identity();
      await this.#logs.fetch(this.#core.parts.me.id);
      try {
        await this.#enter(kind, renew);
      } catch (error) {
        if (isCode(error, 'bad_key', 'bad_seal', 'no_slot')) throw new EncryptionError(wrong);
        throw error;
      }
    });
    if (failed) throw failed;
  }

  /** Works a change out and has the node take it; again where somebody else was faster. */
  async change(what: AccountWhat): Promise<void> {
    await this.#change(what, (change) => this.#core.node.changeIdentity(change));
    this.#know(await this.#logs.reread(this.#core.parts.me.id));
  }

  async #change(what: AccountWhat, post: (change: AccountChangeJson) => Promise<Identity>): Promise<void> {
    const core = this.#core;
    for (let left = TRIES; ; left--) {
      const { change } = await core.ask('change_account', { now: core.seconds, what });
      try {
        this.identity = await post(change);
      } catch (error) {
        if (left === 1 || !isCode(error, 'e2ee.conflict', 'e2ee.rev') || what.t === 'create') throw error;
        await core.jitter(50, 500);
        await this.#logs.fetch(core.parts.me.id);
        await core.ask('reopen', {});
        await this.takeBoxes();
        await this.syncVault();
        continue;
      }
      await core.ask('accept_change', {});
      return;
    }
  }

  #know(view: AccountView | null): void {
    this.#known = new Set(view?.devices.map(({ id }) => id));
  }

  async #ready(view: AccountView | null): Promise<void> {
    this.#know(view);
    await this.takeBoxes();
    await this.syncVault();
    const device = this.identity?.device_id ?? null;
    // First: whoever hears of the phase looks at conversations, and must not find what was known before.
    this.onReady();
    this.#core.set({ phase: 'ready', reason: null, device });
    this.#show(view);
    if (this.hasSlot && view && !view.slots.some(({ kind }) => kind === 'pw')) await this.#addPassword();
    void this.keepUp().catch(() => undefined);
  }

  /** Set up without the password, which has been given now. */
  async #addPassword(): Promise<void> {
    this.hasSlot = false;
    const what = { t: 'slot', kind: 'pw', by: null } as const;
    await this.change(what).catch(() => undefined);
    this.#show();
  }

  async takeBoxes(): Promise<void> {
    const boxes = this.identity?.boxes ?? [];
    await this.#core.ask('open_keys', { boxes, vault: [] }).catch((error: unknown) => {
      // The log is behind, or this is no device: then there is nothing to open, yet.
      if (!isCode(error, 'locked', 'need_log')) throw error;
    });
  }

  async syncVault(): Promise<void> {
    const { ask, node, me } = this.#core;
    let { vault: after } = await ask('open', { account: me });
    for (;;) {
      const page = await node.vault(after);
      // Less than was seen: the node has lost something, or plays back what was there before.
      after = Math.max(after, page.version);
      await ask('take_vault', { items: page.items, version: after });
      if (!page.has_more) return;
    }
  }

  /** Puts items into the vault that the key ring has sealed; answers whether they were taken. */
  async put(seal: () => Promise<unknown[]>): Promise<void> {
    for (let left = TRIES; left > 0; left--) {
      const items = await seal();
      if (items.length === 0) return;
      try {
        await this.#core.node.putVault({ items, drop: [] });
      } catch (error) {
        if (!isCode(error, 'e2ee.rev')) throw error;
        await this.syncVault();
        continue;
      }
      await this.#core.ask('take_vault', { items });
      return;
    }
  }

  /** What has to be done from time to time. */
  async keepUp(): Promise<void> {
    if (!this.isReady) return;
    await this.housekeeping.run();
    this.#show();
  }

  /** The own log has grown. */
  grown(links: unknown[], head: { seq: number }): Promise<void> {
    // After whatever this browser is doing to it itself.
    return this.#core.parts.lock('account', () => this.#grown(links, head));
  }

  async #grown(links: unknown[], head: { seq: number }): Promise<void> {
    const core = this.#core;
    const before = this.#logs.view(core.parts.me.id);
    let view = await this.#logs.take(core.parts.me.id, links);
    // Long links are not part of the event.
    if (view && view.head.seq < head.seq) view = await this.#logs.fetch(core.parts.me.id);
    if (!view) return;
    this.identity = await core.node.identity();
    if (core.state.phase !== 'ready') {
      // Another tab of this browser may have set it up, or let it in.
      if (core.state.phase === 'locked' || core.state.phase === 'failed') await this.#start();
      return;
    }
    await core.ask('reopen', {});
    const own = (await core.ask('open', { account: core.me })).device;
    if (!view.devices.some(({ id }) => id === own)) {
      await this.#clear(own);
      this.onLost();
      this.lock(
        view.devices.some(({ id }) => before?.devices.some((one) => one.id === id)) ? 'removed' : 'reset',
      );
      return;
    }
    const fresh = view.devices
      .filter(({ id }) => !this.#known.has(id) && id !== own)
      .map(({ id }) => uuidFromId(id));
    this.#know(view);
    if (fresh.length > 0) core.set({ newDevices: [...new Set([...core.state.newDevices, ...fresh])] });
    await this.takeBoxes();
    await this.syncVault();
    this.#show(view);
  }

  /** Shows what is known of the account. */
  #show(view = this.#logs.view(this.#core.parts.me.id) ?? null): void {
    if (!view) return;
    const has = (kind: string) => view.slots.some((slot) => slot.kind === kind);
    const identity = { devices: view.devices.length, hasPassword: has('pw'), hasWords: has('rk') };
    const reset = this.identity?.reset ?? null;
    this.#core.set({
      identity,
      needsWords: this.isReady && identity.devices < 2 && !identity.hasWords && !identity.hasPassword,
      reset: reset && { readyAt: reset.ready_at },
    });
  }

  /** After an action of the user's. */
  refreshShown(): void {
    this.#show();
  }

  async revoke(device: Id, password: string | undefined): Promise<void> {
    await this.#core.parts.lock('account', async () => {
      this.identity = await this.#core.node.identity();
      const by = await this.authorize(password);
      await checkingPassword(() => this.change({ t: 'revoke', devices: [idFromUuid(device)], by }));
    });
    this.#show();
  }

  async refresh(): Promise<void> {
    await this.#core.parts.lock('account', () => this.change({ t: 'refresh' }));
  }

  async keepWords(password: string | undefined): Promise<void> {
    await this.#core.parts.lock('account', async () => {
      this.identity = await this.#core.node.identity();
      const by = await this.authorize(password);
      await checkingPassword(() => this.change({ t: 'slot', kind: 'rk', by }));
    });
    this.#show();
  }

  async changePassword(old: string, next: string): Promise<void> {
    const { parts, node } = this.#core;
    if (this.#core.state.phase === 'locked') await this.unlockWithPassword(old);
    await parts.lock('account', async () => {
      this.identity = await node.identity();
      const auth_key = await this.passwords.derive(old);
      const slots = this.#logs.view(parts.me.id)?.slots ?? [];
      const by = slots.some(({ kind }) => kind === 'pw')
        ? { ...this.#unlocking('pw'), previous: true }
        : null;
      const other =
        this.identity.kdf && this.identity.kdf.salt !== (await node.prelogin(parts.me.username)).salt;
      if (other) await this.passwords.deriveForSlot(this.identity, old);
      await this.#core.ask('hold_slot', {});
      await this.#postSlot(auth_key, next, by);
    });
    this.#show();
  }

  /** The slot that is held back opens the identity for one of the password `next`. */
  async #postSlot(auth_key: string, next: string, by: Unlocking | null): Promise<void> {
    const { ask, me } = this.#core;
    const salt = b64u(random(16));
    const kdf = { m: 65_536, t: 3, p: 1 };
    const { authKey } = await ask('password', { account: me, password: next, salt, kdf });
    const password = { auth_key, new_salt: salt, new_kdf: kdf, new_auth_key: authKey };
    await checkingPassword(() => this.change({ t: 'slot', kind: 'pw', by, password }));
  }

  async askReset(password: string): Promise<void> {
    this.identity = await checkingPassword(async () =>
      this.#core.node.askReset(await this.passwords.derive(password)),
    );
    this.#show();
  }

  async cancelReset(): Promise<void> {
    await this.#core.node.cancelReset();
    this.resetIs(null);
  }

  resetIs(readyAt: number | null): void {
    if (this.identity) this.identity.reset = readyAt === null ? null : { asked_at: 0, ready_at: readyAt };
    this.#core.set({ reset: readyAt === null ? null : { readyAt } });
  }

  async carryOutReset(password: string): Promise<void> {
    await this.#core.parts.lock('account', async () => {
      const { ask, me, parts } = this.#core;
      await this.passwords.derive(password);
      await this.#logs.fetch(parts.me.id);
      const { device } = await ask('open', { account: me });
      await this.#clear(device);
      await this.passwords.derive(password);
      this.hasSlot = true;
      await this.#create();
    });
  }

  /** This browser signs out for good: its device leaves the account, and nothing stays here. */
  async leave(): Promise<void> {
    // Without any other way in, what lies here is the only one.
    if (this.isReady && this.#core.state.identity?.hasPassword === false && this.#core.state.needsWords)
      return;
    if (this.isReady) {
      const leaving = this.#core.parts.lock('account', () => this.change({ t: 'leave' }));
      await Promise.race([leaving.catch(() => undefined), this.#core.parts.wait(LEAVE_MS)]);
    }
    await this.#core.ask('lock', { erase: true });
    this.#core.parts.seen.clear();
  }
}
