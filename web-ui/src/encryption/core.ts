// What all parts of the engine share: who one is, the key ring, the node, the clock, and the state that is shown.
import type { StoreApi } from 'zustand/vanilla';
import { ApiError } from '../api/errors';
import type { Id, User } from '../api/types';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import type { RequestName, Requests } from '../crypto/requests';
import type { SeenEncrypted } from '../state/seen-encrypted';
import {
  type Alarm,
  type AlarmCode,
  EncryptionError,
  type EncryptionState,
  type MessageIndex,
  type OpenedMessage,
} from './model';
import type { NodeApi } from './node-api';

export type Ask = <N extends RequestName>(
  name: N,
  input: Requests[N]['input'],
) => Promise<Requests[N]['output']>;

/** What the engine has to know of a conversation that may be plain, yet. */
export interface PlainConversation {
  kind: 'direct' | 'group' | 'room';
  name: string | null;
  participants: { user_id: Id; role: string }[];
  isEncrypted: boolean;
}

/** What only the tabs of this browser tell each other; everything else the node tells all of them. */
export type TabMessage =
  | { t: 'devices_seen' }
  | { t: 'alarm_dismissed'; id: string }
  | { t: 'pairing_dismissed'; id: Id };

export interface EngineParts {
  me: { id: Id; username: string };
  ask: Ask;
  node: NodeApi;
  state: StoreApi<EncryptionState>;
  /** Unix milliseconds. */
  now(): number;
  wait(ms: number): Promise<void>;
  /** One at a time over all tabs of this browser. */
  lock<T>(name: string, work: () => Promise<T>): Promise<T>;
  conversation(id: Id): PlainConversation | null;
  /** What this browser has seen encrypted itself. */
  seen: Pick<SeenEncrypted, 'has' | 'since' | 'note' | 'clear'>;
  /** Those that the node says are encrypted. */
  encrypted(): Id[];
  user(id: Id): Promise<User>;
  /** Messages became readable, or are something else now. */
  reopened(messages: OpenedMessage[]): void;
  /** Whose name is to be shown for a conversation. */
  named(conversationId: Id, name: string | null): void;
  /** To the other tabs. */
  tell(message: TabMessage): void;
  /** From 0 to 1. */
  random(): number;
}

const ALARMS: readonly string[] = ['log_fork', 'key_mismatch', 'bad_commit', 'downgraded'];

export class Core {
  readonly parts: EngineParts;
  readonly me: Bin;
  index: MessageIndex | null = null;
  isEnded = false;
  /** Conversations whose logs this browser has kept. */
  kept: ReadonlySet<Id> = new Set();

  constructor(parts: EngineParts) {
    this.parts = parts;
    this.me = idFromUuid(parts.me.id);
  }

  get node(): NodeApi {
    return this.parts.node;
  }
  get ask(): Ask {
    return this.parts.ask;
  }
  get state(): EncryptionState {
    return this.parts.state.getState();
  }
  /** Unix seconds. */
  get seconds(): number {
    return Math.floor(this.parts.now() / 1_000);
  }

  set(change: Partial<EncryptionState>): void {
    if (!this.isEnded) this.parts.state.setState(change);
  }

  jitter(least: number, most: number): Promise<void> {
    return this.parts.wait(least + this.parts.random() * (most - least));
  }

  /** Stops sending and says so. The same alarm is raised once. */
  alarm(
    code: AlarmCode,
    about: { conversation_id?: Id; user_id?: Id },
    evidence: Record<string, unknown>,
  ): void {
    const id = [code, about.conversation_id ?? '', about.user_id ?? ''].join(' ');
    if (this.state.alarms.some((known) => known.id === id)) return;
    const alarm: Alarm = { id, code, ...about, at: this.parts.now(), evidence };
    this.set({ alarms: [...this.state.alarms, alarm] });
  }

  /** Raises an alarm if the error is one. */
  alarmOf(error: unknown, about: { conversation_id?: Id; user_id?: Id }): void {
    if (!(error instanceof CryptoError) || !ALARMS.includes(error.code)) return;
    if (error.code === 'key_mismatch') return;
    this.alarm(error.code as AlarmCode, about, { detail: error.detail, rule: error.rule ?? null });
  }
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  return (
    (error instanceof ApiError || error instanceof CryptoError || error instanceof EncryptionError) &&
    codes.includes(error.code)
  );
}

export const uuids = (ids: readonly Bin[]): Id[] => ids.map(uuidFromId);

/** Runs one thing after the other, by name. */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const next = before.then(work, work);
    const settled = next.catch(() => undefined);
    this.#last.set(name, settled);
    void settled.then(() => {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    });
    return next;
  }
}
