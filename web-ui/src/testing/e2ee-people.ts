// People with engines of their own at one node double: what the tests of the engine play with.
import { createStore } from 'zustand/vanilla';
import type { Id, Message } from '../api/types';
import { uuidFromId } from '../crypto/encoding';
import type { Keeper } from '../crypto/keeper';
import { memoryKeeper } from '../crypto/keeper';
import { KeyRing } from '../crypto/keyring';
import { linkToJson } from '../crypto/link';
import type { RequestName } from '../crypto/requests';
import { Engine } from '../encryption/actions';
import type { Ask, EngineParts } from '../encryption/core';
import { takeEvent } from '../encryption/events';
import { type EncryptionState, emptyEncryption, type OpenedMessage } from '../encryption/model';
import type { NodeApi } from '../encryption/node-api';
import { uuidv7 } from '../lib/uuid';
import { SeenEncrypted } from '../state/seen-encrypted';
import type { Actor } from './e2ee-actors';
import { NodeDouble, type NodeSession } from './e2ee-node';
import { nodeFor } from './e2ee-node-api';

/** Pauses up to this long pass at once; longer ones with the clock. */
const SHORT_MS = 10_000;

export class World {
  ms = Date.UTC(2026, 5, 1);
  readonly node = new NodeDouble(() => this.ms);
  readonly pending = new Set<Promise<unknown>>();
  readonly tabs = new Set<Tab>();
  #waiters: { at: number; go: () => void }[] = [];
  readonly #locks = new Map<string, Promise<unknown>>();

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    this.#tick(ms);
    await this.settle();
  }

  #tick(ms: number): void {
    this.ms += ms;
    const due = this.#waiters.filter(({ at }) => at <= this.ms);
    this.#waiters = this.#waiters.filter(({ at }) => at > this.ms);
    for (const { go } of due) go();
  }

  /** The same as `settle`, with as much time as those need who wait for it. */
  async settleInTime(): Promise<void> {
    let isSettled = false;
    const settled = this.settle().finally(() => {
      isSettled = true;
    });
    while (!isSettled) {
      await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 20))]);
      this.#tick(60_000);
    }
    await settled;
  }

  wait = (ms: number): Promise<void> => {
    if (ms <= SHORT_MS) return new Promise((resolve) => setTimeout(resolve, Math.min(ms, 3)));
    return new Promise((go) => this.#waiters.push({ at: this.ms + ms, go }));
  };

  /** Until nobody has anything to do any more. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 4; ) {
      const before = [...this.pending];
      await Promise.all(before);
      await new Promise((resolve) => setTimeout(resolve, 8));
      quiet = this.pending.size === 0 && before.length === 0 ? quiet + 1 : 0;
    }
  }

  lock = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = this.#locks.get(name) ?? Promise.resolve();
    const next = before.then(work, work);
    this.#locks.set(
      name,
      next.catch(() => undefined),
    );
    return next;
  };

  follow(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined).finally(() => this.pending.delete(settled));
    this.pending.add(settled);
  }
}

/** Puts an account into the node whose keys the test knows, so that it can sign what no client would. */
export function settleActor(world: World, { account, links, log }: Actor): Id {
  const user = uuidFromId(account);
  Object.assign(world.node.account(user), { links: links.map(linkToJson), log });
  return user;
}

/** A signed-in tab of somebody's browser. */
export class Tab {
  readonly world: World;
  readonly user: Id;
  readonly keeper: Keeper;
  readonly session: NodeSession;
  readonly engine: Engine;
  readonly ring: KeyRing;
  readonly state = createStore<EncryptionState>(() => emptyEncryption);
  /** What the app shows, by message. */
  readonly shown = new Map<Id, OpenedMessage>();
  readonly names = new Map<Id, string | null>();
  isOffline = false;
  readonly seen: SeenEncrypted;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    world: World,
    user: Id,
    {
      keeper = memoryKeeper(),
      session,
      seen = new SeenEncrypted(),
      between = (node) => node,
    }: {
      keeper?: Keeper;
      session?: NodeSession;
      seen?: SeenEncrypted;
      /** What stands between this tab and the node. */
      between?: (node: NodeApi) => NodeApi;
    } = {},
  ) {
    this.world = world;
    this.user = user;
    this.keeper = keeper;
    this.seen = seen;
    this.ring = new KeyRing(keeper);
    const hear: NodeSession['hear'] = (event) => {
      if (this.isOffline) return;
      // As over the socket: one after the other.
      this.#last = this.#last.then(() => this.#take(event)).catch(() => undefined);
      world.follow(this.#last);
    };
    const shared = session;
    this.session = { user, isGone: false, hear, device: shared?.device ?? null };
    if (shared) {
      // Tabs of one browser have one session.
      Object.defineProperty(this.session, 'device', {
        get: () => shared.device,
        set: (device) => {
          shared.device = device;
        },
      });
    }
    world.node.sessions.add(this.session);
    let last: Promise<unknown> = Promise.resolve();
    const ask = ((name: RequestName, input: never) => {
      // The worker answers one request after the other, and both sides see copies.
      const answer = last.then(() =>
        (this.ring[name] as (given: never) => Promise<unknown>)(structuredClone(input)),
      );
      last = answer.catch(() => undefined);
      return answer.then((output) => structuredClone(output));
    }) as Ask;
    const parts: EngineParts = {
      me: { id: user, username: user },
      ask,
      node: between(nodeFor(world.node, this.session)),
      state: this.state,
      now: () => world.ms,
      wait: world.wait,
      lock: (name, work) => world.lock(`${user} ${name}`, work),
      conversation: () => null,
      seen: this.seen,
      encrypted: () => world.node.conversationsOf(user),
      user: async (id) => world.node.user(id),
      reopened: (messages) => this.show(messages),
      named: (id, name) => this.names.set(id, name),
      tell: (message) => {
        for (const other of world.tabs)
          if (other !== this && other.keeper === keeper) other.engine.heard(message);
      },
      random: Math.random,
    };
    this.engine = new Engine(parts);
    world.tabs.add(this);
  }

  async #take(event: Parameters<NodeSession['hear']>[0]): Promise<void> {
    if (event.ev === 'message.created') {
      this.show(await this.engine.opening.open([event.d as unknown as Message], true));
    } else if (event.ev === 'message.envelope') {
      const { message_id, envelope, edited_at } = event.d;
      const now = await this.engine.opening.about(message_id, envelope, edited_at);
      if (now) this.show([now]);
    } else if (event.ev === 'message.deleted') {
      this.engine.opening.deleted(event.d as unknown as Message);
      this.show([event.d as unknown as Message]);
    } else await takeEvent(this.engine, event);
  }

  show(messages: readonly Message[]): void {
    for (const message of messages) this.shown.set(message.id, message);
  }

  async start(hasSlot = false): Promise<this> {
    await this.engine.start(hasSlot);
    await this.world.settle();
    return this;
  }

  /** The tab is closed. */
  close(): void {
    this.session.isGone = true;
    this.engine.end();
  }

  async send(conversation: Id, text: string): Promise<Id> {
    const id = uuidv7();
    this.show([await this.engine.sending.send(conversation, id, text, null)]);
    await this.world.settle();
    return id;
  }

  /** Loads the history as if the conversation was opened. */
  async read(conversation: Id): Promise<(string | null)[]> {
    const { messages } = this.world.node.conversation(conversation);
    const opened = await this.engine.opening.open(structuredClone(messages) as unknown as Message[]);
    this.show(opened);
    await this.world.settle();
    return messages.map(({ id }) => this.text(id));
  }

  /** The text of a message as it is shown, or why there is none. */
  text(id: Id): string | null {
    const message = this.shown.get(id);
    if (!message) return null;
    const { unreadable = null } = message.sealed ?? {};
    return unreadable
      ? `(${unreadable.state}${unreadable.code ? ` ${unreadable.code}` : ''})`
      : (message.content?.text ?? null);
  }
}

export const tab = (world: World, user: Id = uuidv7(), more?: ConstructorParameters<typeof Tab>[2]): Tab =>
  new Tab(world, user, more);
