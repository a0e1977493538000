import type { Id, Message } from '../api/types';
import { idFromUuid } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import { AccountSync } from './account-sync';
import { Contacts } from './contacts';
import { Conversations } from './conversations';
import { Core, type EngineParts, type TabMessage } from './core';
import { Logs } from './logs';
import {
  type CheckedLink,
  type ContactLink,
  type DeviceEntry,
  type EncryptionActions,
  EncryptionError,
  type KeyChange,
  type LocalHit,
  type MessageIndex,
  type Pairing,
  type RosterRole,
  type SafetyNumber,
} from './model';
import type { PairingJson } from './node-api';
import { takeWaiting } from './obeying';
import { Opening } from './opening';
import { PairingHere } from './pairing-here';
import { People } from './people';
import { Rosters } from './rosters';
import { Sending } from './sending';
import { envelopeOf } from './showing';

export class Engine implements EncryptionActions {
  readonly core: Core;
  readonly logs: Logs;
  readonly account: AccountSync;
  readonly people: People;
  readonly conversations: Conversations;
  readonly opening: Opening;
  readonly sending: Sending;
  readonly rosters: Rosters;
  readonly contacts: Contacts;
  readonly #pairings = new Map<Id, PairingJson>();
  readonly #searched = new Map<Id, number>();
  readonly #unfollow: () => void;

  constructor(parts: EngineParts) {
    this.core = new Core(parts);
    this.logs = new Logs(this.core);
    this.account = new AccountSync(this.core, this.logs);
    this.people = new People(this.core, this.account);
    this.conversations = new Conversations(this.core, this.logs, this.people);
    this.opening = new Opening(this.core, this.logs, this.conversations);
    this.contacts = new Contacts(this.core, this.logs, this.people, this.conversations, (id) =>
      this.verify(id),
    );
    this.rosters = new Rosters(this.core, this.logs, this.people, this.conversations);
    this.sending = new Sending(this.core, this.logs, this.conversations, this.opening);
    this.conversations.syncVault = () => this.account.syncVault();
    this.conversations.onCounted = (id, content) => this.opening.count(id, content, null, true);
    this.conversations.onKeys = (id) => void this.opening.again(id).catch(() => undefined);
    this.account.housekeeping.sync = () => {
      const { kept, parts } = this.core;
      return takeWaiting(this.core, this.conversations, [...new Set([...kept, ...parts.encrypted()])]);
    };
    this.account.onLost = () => {
      this.opening.forget();
      void this.opening.kept.clear().catch(() => undefined);
      void this.core.index?.clear().catch(() => undefined);
    };
    this.account.onReady = () => {
      this.conversations.outdate();
      this.opening.againEverywhere();
    };
    // Whether something can be written anywhere depends on it.
    this.#unfollow = parts.state.subscribe(({ phase }, before) => {
      if (phase !== before.phase) void this.conversations.showAll().catch(() => undefined);
    });
  }

  /** `hasSlot`: the key ring has just derived the keys of the password. */
  async start(hasSlot: boolean): Promise<void> {
    this.account.hasSlot = hasSlot;
    await this.account.start();
    if (this.account.isReady) await this.catchUp();
  }

  /** Connected (again): what others wait for, and what waits for this device. */
  async catchUp(): Promise<void> {
    if (!this.account.isReady) return;
    const { node } = this.core;
    for (const { conversation_id, user_id, epochs } of await node.rewraps()) {
      await this.conversations.answer(conversation_id, user_id, epochs).catch(() => undefined);
    }
    for (const pairing of await node.pairings()) this.pairingCame(pairing);
    await this.conversations.again();
  }

  /** Events were missed: nothing is taken for the newest. */
  outdate(): void {
    this.logs.outdate();
    this.opening.outdate();
    this.conversations.outdate();
  }

  /** A conversation that one is not in any more, or a room that one does not see. */
  forget(id: Id): void {
    this.conversations.forget(id);
    this.opening.forgetConversation(id);
  }

  /** Signed out for good: nothing of the account stays in this browser. */
  async leaveDevice(): Promise<void> {
    await this.opening.kept.clear().catch(() => undefined);
    await this.account.leave();
    this.core.isEnded = true;
    this.opening.forget();
    await this.core.index?.clear();
  }

  end(): void {
    this.#unfollow();
    this.core.isEnded = true;
    this.opening.forget();
  }

  // Unlocking

  async unlockWithPassword(password: string, next?: string): Promise<void> {
    await this.account.unlockWithPassword(password, next);
    await this.catchUp();
  }
  async unlockWithWords(text: string, next?: string): Promise<void> {
    await this.account.unlockWithWords(text, next);
    await this.catchUp();
  }

  async beginPairing(): Promise<Pairing> {
    const view = await this.logs.fetch(this.core.parts.me.id);
    if (!view) throw new EncryptionError('e2ee.not_set_up');
    return PairingHere.begin(this.core, view.aik, () => this.start(false));
  }

  pairingCame(pairing: PairingJson): void {
    if (pairing.state === 'open') this.#pairings.set(pairing.id, pairing);
    else this.#pairings.delete(pairing.id);
    this.#showPairings();
  }

  #showPairings(): void {
    const pairings = [...this.#pairings.values()].map(({ id, device, created_at, expires_at }) => {
      return { id, kind: device.kind, createdAt: created_at, expiresAt: expires_at };
    });
    this.core.set({ pairings });
  }

  async checkPairing(request: Id, code: string): Promise<boolean> {
    const pairing = this.#pairings.get(request) ?? (await this.core.node.pairing(request));
    const { ok } = await this.core.ask('check_pairing', { pairing, code });
    if (!ok) await this.core.node.refusePairing(request);
    return ok;
  }

  async answerPairing(request: Id, code: string): Promise<void> {
    if (!(await this.checkPairing(request, code))) throw new EncryptionError('wrong_code');
    const pairing = this.#pairings.get(request) ?? (await this.core.node.pairing(request));
    await this.core.parts.lock('account', () => this.account.change({ t: 'admit', pairing, code }));
    this.account.refreshShown();
    this.dismissPairing(request);
  }

  dismissPairing(request: Id): void {
    this.core.parts.tell({ t: 'pairing_dismissed', id: request });
    this.#forgetPairing(request);
  }

  #forgetPairing(request: Id): void {
    this.#pairings.delete(request);
    this.#showPairings();
  }

  // The account

  async devices(): Promise<DeviceEntry[]> {
    return (await this.core.node.devices()).map((device) => ({
      id: device.id,
      kind: device.kind,
      name: device.session?.device_name ?? null,
      addedAt: device.added_at,
      session: device.session,
      isCurrent: device.is_current,
      isActive: device.is_active,
    }));
  }

  async revokeDevice(id: Id, password?: string): Promise<void> {
    await this.account.revoke(id, password);
    await this.#renewEpochs();
  }

  /** Whoever throws a device out makes new epochs at once, where they can. */
  async #renewEpochs(): Promise<void> {
    for (const id of this.conversations.ids()) {
      const { state } = this.core.state.conversations[id] ?? {};
      if (state === 'ready') await this.conversations.readyToSend(id).catch(() => undefined);
    }
  }

  seenDevices(): void {
    this.core.parts.tell({ t: 'devices_seen' });
    this.core.set({ newDevices: [] });
  }

  refreshKeys(): Promise<void> {
    return this.account.refresh();
  }

  async makeWords(): Promise<string[]> {
    return (await this.core.ask('make_words', {})).words;
  }
  keepWords(password?: string): Promise<void> {
    return this.account.keepWords(password);
  }
  changePassword(old: string, next: string): Promise<void> {
    return this.account.changePassword(old, next);
  }
  askReset(password: string): Promise<void> {
    return this.account.askReset(password);
  }
  cancelReset(): Promise<void> {
    return this.account.cancelReset();
  }
  async carryOutReset(password: string): Promise<void> {
    await this.account.carryOutReset(password);
    await this.catchUp();
  }
  keyHistory(): Promise<KeyChange[]> {
    return this.core.node.history();
  }

  // Conversations

  startDirect(userId: Id): Promise<Id> {
    return this.rosters.startDirect(userId);
  }
  startGroup(userIds: Id[], name: string | null): Promise<Id> {
    return this.rosters.startGroup(userIds, name);
  }
  addPeople(conversationId: Id, userIds: Id[]): Promise<void> {
    return this.rosters.addPeople(conversationId, userIds);
  }
  removePerson(conversationId: Id, userId: Id): Promise<void> {
    return this.rosters.removePerson(conversationId, userId);
  }
  leave(conversationId: Id): Promise<void> {
    return this.rosters.leave(conversationId);
  }
  setRole(conversationId: Id, userId: Id, role: RosterRole): Promise<void> {
    return this.rosters.setRole(conversationId, userId, role);
  }
  rename(conversationId: Id, name: string): Promise<void> {
    return this.rosters.rename(conversationId, name);
  }
  setTopic(conversationId: Id, topic: string): Promise<void> {
    return this.rosters.setTopic(conversationId, topic);
  }
  setRetention(conversationId: Id, seconds: number): Promise<void> {
    return this.rosters.setRetention(conversationId, seconds);
  }
  setHistory(conversationId: Id, history: 'joined' | 'shared'): Promise<void> {
    return this.rosters.setHistory(conversationId, history);
  }
  encrypt(conversationId: Id): Promise<void> {
    return this.rosters.encrypt(conversationId);
  }
  letIn(roomId: Id, userId: Id): Promise<void> {
    return this.rosters.letIn(roomId, userId);
  }
  askToJoin(roomId: Id): Promise<void> {
    return this.rosters.askToJoin(roomId);
  }
  joinRequested(roomId: Id): Promise<void> {
    return this.rosters.joinRequested(roomId);
  }

  // People

  async safetyNumber(userId: Id): Promise<SafetyNumber> {
    await this.#see(userId);
    return this.core.ask('safety', { account: idFromUuid(userId) });
  }

  async #see(userId: Id): Promise<void> {
    await this.logs.see([userId, this.core.parts.me.id], true);
    if (this.logs.missing.has(userId)) throw new EncryptionError('no_keys', 'no keys yet', [userId]);
  }

  async verify(userId: Id): Promise<void> {
    await this.#see(userId);
    await this.people.trust(userId, 'verified');
    await this.#rebind(userId);
  }

  unverify(userId: Id): Promise<void> {
    return this.people.trust(userId, 'known');
  }

  async acknowledge(userId: Id): Promise<void> {
    await this.#see(userId);
    await this.people.trust(userId, 'known');
    await this.#rebind(userId);
  }

  /** The conversations with somebody go on under their new identity, where one may say so. */
  async #rebind(userId: Id): Promise<void> {
    const acct = idFromUuid(userId);
    for (const id of this.conversations.ids()) {
      if (!this.conversations.view(id)?.mismatched.includes(acct)) continue;
      const change = { changes: [{ t: 'rebind' as const, acct }], epoch: 'people' as const };
      await this.conversations.change(id, change).catch((error: unknown) => {
        // Somebody else has to.
        if (!(error instanceof CryptoError)) throw error;
      });
    }
    await this.conversations.personChanged(userId);
  }

  checkLink(text: string): Promise<CheckedLink> {
    return this.contacts.check(text);
  }
  async contactLink(): Promise<ContactLink> {
    return this.contacts.link(await this.core.node.contactCode());
  }
  async rotateContactCode(graceDays: number): Promise<ContactLink> {
    return this.contacts.link(await this.core.node.rotateContactCode(graceDays));
  }

  // Messages

  async report(messages: Message[], reason: string): Promise<void> {
    const raws = messages.map(({ id }) => this.opening.rawOf(id)).filter((raw) => raw !== undefined);
    const [first] = raws;
    if (!first) throw new EncryptionError('e2ee.report_unproven');
    const envelopes = raws.map(envelopeOf);
    const { keys } = await this.core.ask('report_keys', { envelopes });
    const reports = raws.map(({ id }, index) => ({ message_id: id, key: keys[index] ?? '' }));
    await this.core.node.report({ conversation_id: first.conversation_id, reports, reason });
  }

  askAgain(conversationId: Id): Promise<void> {
    return this.conversations.askAgain(conversationId);
  }

  exportAlarm(id: string): string {
    return JSON.stringify(this.core.state.alarms.find((alarm) => alarm.id === id) ?? null, null, 2);
  }
  dismissAlarm(id: string): void {
    this.core.parts.tell({ t: 'alarm_dismissed', id });
    this.#forgetAlarm(id);
  }

  /** Another tab of this browser says something. */
  heard(message: TabMessage): void {
    if (message.t === 'devices_seen') this.core.set({ newDevices: [] });
    else if (message.t === 'alarm_dismissed') this.#forgetAlarm(message.id);
    else this.#forgetPairing(message.id);
  }

  #forgetAlarm(id: string): void {
    this.core.set({ alarms: this.core.state.alarms.filter((alarm) => alarm.id !== id) });
    void this.conversations.showAll();
  }

  search(query: string, conversationId?: Id): Promise<LocalHit[]> {
    return this.core.index?.search(query, conversationId) ?? Promise.resolve([]);
  }
  async searchFurtherBack(conversationId: Id): Promise<boolean> {
    const before = this.#searched.get(conversationId) ?? Number.MAX_SAFE_INTEGER;
    const messages = await this.core.node.history50(conversationId, before);
    const first = messages[0];
    if (!first) return false;
    this.#searched.set(conversationId, first.seq);
    await this.opening.open(messages);
    return first.seq > 1;
  }
  useIndex(index: MessageIndex): void {
    this.core.index = index;
  }
}
