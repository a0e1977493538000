// Encrypted conversations: their logs, the secrets of their epochs, what they are called, who may do what.
import type { Id } from '../api/types';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import type { StaleReason } from '../crypto/epochs';
import { CryptoError } from '../crypto/errors';
import type { ConversationView, ConversationWhat } from '../crypto/requests';
import { uuidv7 } from '../lib/uuid';
import { ConversationKeys, EPOCHS_PER_REQUEST } from './conversation-keys';
import { type Core, isCode, Queues, uuids } from './core';
import { type Known, phaseOf, RANK } from './known';
import { isAway, type Logs } from './logs';
import { type ConversationReason, type EncryptedConversation, EncryptionError } from './model';
import { takeInfo } from './names';
import type { Encryption, EnvelopeJson } from './node-api';
import { obeyNode } from './obeying';
import type { People } from './people';
import { answerRequest, bundlesFor, infoFields, membersAfter } from './proposing';
import type { Content } from './showing';

const TRIES = 6;
/** The node takes no two epochs of a conversation in less time. */
const EPOCH_PAUSE_MS = 2_000;
const PER_PAGE = 500;

export interface Change {
  changes: ConversationWhat[];
  /** Whether a new epoch goes with it. */
  epoch?: StaleReason;
  /** Newcomers who are given the present epoch. */
  give?: Id[];
  info?: Record<string, unknown>;
}

export class Conversations {
  readonly #core: Core;
  readonly #logs: Logs;
  readonly #people: People;
  readonly #known = new Map<Id, Known>();
  /** Those that could not be looked at when they were needed, and why. */
  readonly #failed = new Map<Id, unknown>();
  readonly #plainUntil = new Map<Id, number>();
  readonly #queues = new Queues();
  readonly #keys: ConversationKeys;
  /** Keys have come: what could not be opened may be. */
  onKeys: (conversation: Id) => void = () => undefined;

  syncVault: () => Promise<void> = async () => undefined;
  /** Something came live that is no message. */
  onCounted: (conversation: Id, content: Content) => void = () => undefined;

  constructor(core: Core, logs: Logs, people: People) {
    this.#core = core;
    this.#logs = logs;
    this.#people = people;
    this.#keys = new ConversationKeys(core, logs, {
      came: (id) => this.onKeys(id),
      again: (id) => this.keysCame(id),
      vault: () => this.syncVault(),
    });
  }

  view(id: Id): ConversationView | undefined {
    return this.#known.get(id)?.view;
  }

  /** Whether its log was ever seen in this browser: then it stays encrypted, whatever the node says. */
  isKnown(id: Id): boolean {
    return this.#core.parts.seen.has(id);
  }

  ids(): Id[] {
    return [...this.#known.keys()];
  }

  forget(id: Id): void {
    this.#known.delete(id);
    this.#failed.delete(id);
    const { [id]: _, ...conversations } = this.#core.state.conversations;
    this.#core.set({ conversations });
  }

  forgetAll(): void {
    this.#known.clear();
    this.#core.set({ conversations: {} });
  }

  /** Events were missed: everything is looked at again when it is next needed. */
  outdate(): void {
    for (const known of this.#known.values()) known.loaded = false;
  }

  /** Makes sure that the log, its members' logs and the keys are here, as far as they can be. */
  prepare(id: Id): Promise<void> {
    if (this.#known.get(id)?.loaded) return Promise.resolve();
    return this.#queues.run(id, async () => {
      if (!this.#known.get(id)?.loaded) await this.#load(id);
    });
  }

  /** Fetches what is new, whatever was known. */
  refresh(id: Id): Promise<void> {
    return this.#queues.run(id, () => this.#load(id));
  }

  /** Whether there are some that the node has to be asked about again. */
  get isBehind(): boolean {
    return [...this.#failed.values()].some(isAway);
  }

  /** The node can be reached again. */
  async again(): Promise<void> {
    for (const id of [...this.#failed.keys()]) {
      await this.prepare(id).then(
        () => this.onKeys(id),
        () => undefined,
      );
    }
  }

  async #load(id: Id): Promise<void> {
    try {
      const encryption = await this.#fetch(id);
      const known = this.#known.get(id);
      if (!known) return;
      known.loaded = true;
      known.stopped = null;
      this.#failed.delete(id);
      await this.#seeMembers(known);
      await this.#keys.take(known);
      await takeInfo(this.#core, this.#logs, known, encryption.info);
      await this.#show(known);
      if (known.view.kind === 'room') void this.obeyNode(id).catch(() => undefined);
    } catch (error) {
      await this.#fail(id, error);
      throw error;
    }
  }

  /** What is known of it is not whole: it is loaded again when it is needed, or when the node can be reached. */
  async #fail(id: Id, error: unknown): Promise<void> {
    this.#failed.set(id, error);
    const known = this.#known.get(id);
    if (known) known.loaded = false;
    this.#core.alarmOf(error, { conversation_id: id });
    if (error instanceof CryptoError) await this.#stop(id, error.code);
  }

  /** Nothing more is sent here until it fits together again. */
  async #stop(id: Id, reason: ConversationReason): Promise<void> {
    const known = this.#known.get(id);
    if (!known) return;
    known.stopped = reason;
    await this.#show(known);
  }

  async #fetch(id: Id): Promise<Encryption> {
    const { ask, node } = this.#core;
    const conversation = idFromUuid(id);
    let view = this.#known.get(id)?.view ?? (await ask('conversation_view', { conversation })).view;
    if (view) this.#keep(id, view);
    for (;;) {
      const from = view ? view.head.seq + 1 : 0;
      const { links, encryption } = await node.conversation(id, from);
      this.#checkHead(id, view, encryption.head);
      if (links.length > 0) view = await this.#fold(id, links);
      if (!view) throw new CryptoError('need_log', 'the conversation has no log');
      this.#keep(id, view);
      if (links.length < PER_PAGE) return encryption;
    }
  }

  #keep(id: Id, view: ConversationView): Known {
    const known = this.#known.get(id) ?? {
      id,
      view,
      info: { name: null, topic: null, by: null },
      infoSeen: null,
      messages: new Map(),
      asked: 0,
      loaded: false,
      stopped: null,
    };
    known.view = view;
    this.#known.set(id, known);
    this.#core.parts.seen.note(id);
    return known;
  }

  #checkHead(id: Id, view: ConversationView | null | undefined, head: { seq: number; hash: string }): void {
    if (!view) return;
    const isOlder = head.seq < view.head.seq;
    if (!isOlder && !(head.seq === view.head.seq && head.hash !== view.head.hash)) return;
    this.#core.alarm('log_fork', { conversation_id: id }, { seen: view.head, shown: head });
    throw new CryptoError('log_fork', 'the node shows another log than before');
  }

  async #fold(id: Id, links: unknown[]): Promise<ConversationView> {
    const conversation = idFromUuid(id);
    const fold = () => this.#core.ask('show_conversation', { conversation, links });
    try {
      return await this.#logs.with(fold, async () => undefined);
    } catch (error) {
      if (error instanceof CryptoError && error.rule === 'prev' && this.#known.has(id)) {
        this.#core.alarm('log_fork', { conversation_id: id }, { seen: this.view(id)?.head, links });
        throw new CryptoError('log_fork', 'the node shows another log than before');
      }
      throw error;
    }
  }

  async #seeMembers(known: Known): Promise<void> {
    const members = uuids(known.view.members.map(({ acct }) => acct));
    await this.#logs.see(members);
    await this.#people.meet(members);
    const { view } = await this.#core.ask('conversation_view', { conversation: idFromUuid(known.id) });
    if (view) known.view = view;
  }

  /** The user asks once more. */
  async askAgain(id: Id): Promise<void> {
    await this.refresh(id);
    const known = this.#known.get(id);
    if (!known || known.view.lacking.length === 0) return;
    known.asked = 1;
    await this.#core.node.askKeys(id, known.view.lacking.slice(-EPOCHS_PER_REQUEST));
  }

  /** A secret has been left on the node, or has come to the vault by another device. */
  keysCame(id: Id): Promise<void> {
    return this.#queues.run(id, async () => {
      const known = this.#known.get(id);
      if (!known) return;
      const before = known.view.lacking.length;
      const conversation = idFromUuid(id);
      known.view = (await this.#core.ask('conversation_view', { conversation })).view ?? known.view;
      await this.#keys.take(known);
      if (known.view.lacking.length < before) this.onKeys(id);
    });
  }

  /** A link by an event. */
  linked(id: Id, seq: number, link: unknown): Promise<void> {
    return this.#queues.run(id, async () => {
      // It could not be carried out at first.
      if (this.#failed.has(id)) return this.#load(id);
      const known = this.#known.get(id);
      if (!known?.loaded) return;
      if (seq <= known.view.head.seq) return;
      if (seq > known.view.head.seq + 1) return this.#load(id);
      try {
        known.view = await this.#fold(id, [link]);
        await this.#seeMembers(known);
        await this.#keys.take(known);
        await this.#show(known);
      } catch (error) {
        await this.#fail(id, error);
        throw error;
      }
    });
  }

  /** The name and topic, if who says so may. */
  async info(id: Id, envelope: EnvelopeJson): Promise<void> {
    await this.prepare(id);
    await this.#queues.run(id, async () => {
      const known = this.#known.get(id);
      if (!known) return;
      const opened = await takeInfo(this.#core, this.#logs, known, envelope);
      if (opened) this.onCounted(id, opened);
      await this.#show(known);
    });
  }

  async #show(known: Known): Promise<void> {
    const { view, id, info } = known;
    const members = view.members.map(({ acct, role }) => ({ user_id: uuidFromId(acct), role }));
    const role = members.find(({ user_id }) => user_id === this.#core.parts.me.id)?.role ?? null;
    const missing = members.map(({ user_id }) => user_id).filter((user) => this.#logs.missing.has(user));
    const [state, reason] = phaseOf(
      this.#core.state,
      known,
      role,
      members.map(({ user_id }) => user_id),
    );
    const before = this.#core.state.conversations[id];
    this.#put(id, {
      kind: view.kind,
      name: info.name,
      topic: info.topic,
      members,
      role,
      canAdd: view.kind !== 'dm' && role !== null && RANK[role] >= RANK[view.policy.add],
      canRename: view.kind === 'group' && role !== null && RANK[role] >= RANK[view.policy.add],
      retain_s: view.policy.retain_s,
      history: view.policy.history,
      ...{ state, reason, missing },
      mismatched: uuids(view.mismatched),
      encryptedAfter: this.#plainUntil.get(id) ?? null,
      requests: before?.requests ?? [],
    });
    this.#core.parts.named(id, info.name);
  }

  #put(id: Id, conversation: EncryptedConversation): void {
    this.#core.set({ conversations: { ...this.#core.state.conversations, [id]: conversation } });
  }

  setRequests(id: Id, requests: Id[]): void {
    const known = this.#core.state.conversations[id];
    if (known) this.#put(id, { ...known, requests });
  }

  /** The last message that could be in the clear. */
  plainUntil(id: Id, seq: number): void {
    const known = this.#core.state.conversations[id];
    const encryptedAfter = Math.max(this.#plainUntil.get(id) ?? 0, seq);
    this.#plainUntil.set(id, encryptedAfter);
    if (known && known.encryptedAfter !== encryptedAfter) this.#put(id, { ...known, encryptedAfter });
  }

  /** Somebody's log has grown, or one thinks otherwise of them: what follows for the conversations with them. */
  async personChanged(user: Id): Promise<void> {
    const account = idFromUuid(user);
    for (const known of this.#known.values()) {
      if (!known.view.members.some(({ acct }) => acct === account)) continue;
      await this.#queues.run(known.id, async () => {
        const conversation = idFromUuid(known.id);
        known.view = (await this.#core.ask('conversation_view', { conversation })).view ?? known.view;
        await this.#show(known);
      });
    }
  }

  /** Removes whom the node says to remove. */
  obeyNode(id: Id): Promise<void> {
    return obeyNode(this.#core, this, id);
  }

  /** Shows all of them again: an alarm came or went. */
  async showAll(): Promise<void> {
    for (const known of this.#known.values()) await this.#show(known);
  }

  count(id: Id, epoch: number): void {
    const known = this.#known.get(id);
    if (known) known.messages.set(epoch, (known.messages.get(epoch) ?? 0) + 1);
  }

  /** May something be sent? Throws the reason if not. */
  check(id: Id): void {
    const shown = this.#core.state.conversations[id];
    if (!shown || shown.state === 'ready') return;
    const users = shown.reason === 'changed' ? shown.mismatched : [];
    throw new EncryptionError(shown.reason ?? 'starting', 'nothing can be sent here now', users);
  }

  /** Makes an epoch first, if the next message needs one. */
  async readyToSend(id: Id, force = false): Promise<void> {
    await this.prepare(id);
    // What stopped it may be over.
    if (this.#known.get(id)?.stopped) await this.refresh(id).catch(() => undefined);
    this.check(id);
    const known = this.#known.get(id);
    if (!known) throw new EncryptionError('starting');
    const messages = known.messages.get(known.view.epoch) ?? 0;
    const { reason } = await this.#core.ask('needs_epoch', {
      conversation: idFromUuid(id),
      now: this.#core.seconds,
      messages,
    });
    if (reason || force) await this.change(id, { changes: [], epoch: reason ?? 'people' }, reason);
  }

  /** Has the node take changes; again on the newest log where somebody else was faster. */
  change(id: Id, change: Change, onlyIf: StaleReason | null = null): Promise<void> {
    return this.#queues.run(id, () => this.#change(id, change, onlyIf));
  }

  async #change(id: Id, change: Change, onlyIf: StaleReason | null): Promise<void> {
    const { ask, node } = this.#core;
    const conversation = idFromUuid(id);
    const infoId = idFromUuid(uuidv7());
    for (let left = TRIES; ; left--) {
      const known = this.#known.get(id);
      if (!known) throw new EncryptionError('starting');
      if (onlyIf) {
        const now = this.#core.seconds;
        const messages = known.messages.get(known.view.epoch) ?? 0;
        // Another one's epoch serves as well.
        if (!(await ask('needs_epoch', { conversation, now, messages })).reason) return;
      }
      try {
        const made = await this.propose(
          id,
          change,
          uuids(known.view.members.map(({ acct }) => acct)),
          infoId,
        );
        await node.postLinks(id, made.body);
        await this.#accepted(known, made.body.links, made.vault);
        await ask('sent', { id: infoId });
        if (change.info) await takeInfo(this.#core, this.#logs, known, made.body.info as EnvelopeJson);
        await this.#show(known);
        return;
      } catch (error) {
        const again = ['e2ee.conflict', 'e2ee.wrap_missing', 'e2ee.rev', 'bad_key', 'rate.limited'];
        if (left === 1 || !isCode(error, ...again)) {
          if (!isAway(error)) await ask('unsent', { conversation, id: infoId });
          throw error;
        }
        if (isCode(error, 'rate.limited')) await this.#core.jitter(EPOCH_PAUSE_MS, EPOCH_PAUSE_MS + 500);
        else await this.#core.jitter(50, 500);
        await this.#load(id);
        await this.#logs.see(uuids(this.view(id)?.members.map(({ acct }) => acct) ?? []), true);
      }
    }
  }

  async #accepted(known: Known, links: unknown[], vault: unknown[]): Promise<void> {
    if (vault.length > 0) await this.#core.ask('take_vault', { items: vault });
    known.view = await this.#fold(known.id, links);
    await this.#seeMembers(known);
  }

  /** Links, wraps and vault items that carry a change out. `members` are those of before it. */
  async propose(id: Id, change: Change, members: Id[], info_id = idFromUuid(uuidv7())) {
    const { ask, parts } = this.#core;
    const after = membersAfter(members, change.changes);
    const others = after.filter((user) => user !== parts.me.id);
    await this.#logs.see(after);
    const bundlesOf = (user_ids: Id[]) => bundlesFor(this.#core, this.#logs, id, user_ids);
    const epoch = change.epoch ? { bundles: await bundlesOf(others), why: change.epoch } : null;
    const give = change.give ? { bundles: await bundlesOf(change.give) } : null;
    const known = this.#known.get(id)?.info;
    const again = epoch && known && (known.name !== null || known.topic !== null);
    const info = change.info ?? (again ? infoFields(known.name, known.topic) : null);
    const input = { conversation: idFromUuid(id), now: this.#core.seconds, changes: change.changes };
    const made = await this.#logs.with(
      () => ask('change_conversation', { ...input, epoch, give, info, info_id }),
      async () => undefined,
    );
    const body = { links: made.links, wraps: made.wraps as unknown, vault: made.vault, info: made.info };
    return { body, vault: made.vault };
  }

  /** A conversation that was just created here. */
  async created(id: Id, links: unknown[], vault: unknown[], info: unknown): Promise<void> {
    await this.#queues.run(id, async () => {
      if (vault.length > 0) await this.#core.ask('take_vault', { items: vault });
      const { view } = await this.#core.ask('conversation_view', { conversation: idFromUuid(id) });
      // Its own event may have been faster than the answer.
      const rest = links.slice(view ? view.head.seq + 1 : 0);
      const known = this.#keep(id, view && rest.length === 0 ? view : await this.#fold(id, rest));
      known.loaded = true;
      await this.#seeMembers(known);
      if (info) await this.#core.ask('sent', { id: (info as EnvelopeJson).id as Bin });
      await takeInfo(this.#core, this.#logs, known, info as EnvelopeJson | null);
      await this.#show(known);
    });
  }

  infoOf(id: Id): { name: string | null; topic: string | null } {
    return this.#known.get(id)?.info ?? { name: null, topic: null };
  }

  /** Gives somebody who asks what they may have. */
  async answer(id: Id, user: Id, epochs: number[]): Promise<void> {
    if (user === this.#core.parts.me.id) return;
    await this.prepare(id);
    await answerRequest(this.#core, this.#logs, id, user, epochs.slice(0, EPOCHS_PER_REQUEST));
  }
}
