// Whether something is missing before a message: every device counts what it sends in a conversation. Only what
// comes live says that, since the history leaves out what was deleted, and what was said about older messages.
import type { Id } from '../api/types';
import type { Id as Bin } from '../crypto/encoding';

/** More at once are not worth counting. */
const MOST_MISSING = 200;
const SEEN_KEPT = 2_000;

interface Counted {
  account: Bin;
  device: Bin;
  n: number;
}

interface Counter {
  /** The newest number that came live, in one go since the first one; null: nothing yet. */
  newest: number | null;
  seen: Set<number>;
  /** By number: the message before which it is missing. */
  missing: Map<number, Id>;
}

export class Gaps {
  readonly #counters = new Map<string, Counter>();
  /** By conversation and account: numbers that belong to what was deleted. */
  readonly #deleted = new Map<string, number>();
  /** By message: how many are missing before it. */
  readonly #flagged = new Map<Id, number>();

  has(messageId: Id): boolean {
    return this.#flagged.has(messageId);
  }

  /** It was so when the message was opened first. */
  remember(messageId: Id): void {
    if (!this.#flagged.has(messageId)) this.#flagged.set(messageId, 1);
  }

  /** Whether numbers of this device are followed, so that none may be left out. */
  follows(conversation: Id, device: string): boolean {
    return (this.#counters.get(`${conversation} ${device}`)?.newest ?? null) !== null;
  }

  /** Counts what was opened; answers messages for which that changed something. `message`: null for what is none. */
  note(conversation: Id, { account, device, n }: Counted, message: Id | null, isLive: boolean): Id[] {
    const name = `${conversation} ${device}`;
    const counter = this.#counters.get(name) ?? { newest: null, seen: new Set(), missing: new Map() };
    this.#counters.set(name, counter);
    counter.seen.add(n);
    if (counter.seen.size > SEEN_KEPT) counter.seen.delete(counter.seen.values().next().value as number);
    const found = this.#found(counter, n);
    if (!isLive) return found;
    const { newest } = counter;
    counter.newest = Math.max(newest ?? n, n);
    if (newest === null || message === null || n <= newest + 1) {
      // What is no message is never shown: what is missing before it shows at the next one.
      if (message === null && newest !== null && n > newest + 1) counter.newest = newest;
      return found;
    }
    const missing: number[] = [];
    for (let one = Math.max(newest + 1, n - MOST_MISSING); one < n; one++) {
      if (!counter.seen.has(one)) missing.push(one);
    }
    const owner = `${conversation} ${account}`;
    const excused = this.#deleted.get(owner) ?? 0;
    this.#deleted.set(owner, Math.max(0, excused - missing.length));
    if (missing.length <= excused) return found;
    for (const one of missing) counter.missing.set(one, message);
    this.#flagged.set(message, missing.length);
    return found;
  }

  /** It came after all. */
  #found(counter: Counter, n: number): Id[] {
    const message = counter.missing.get(n);
    if (message === undefined) return [];
    counter.missing.delete(n);
    const left = (this.#flagged.get(message) ?? 1) - 1;
    if (left > 0) this.#flagged.set(message, left);
    else this.#flagged.delete(message);
    return left > 0 ? [] : [message];
  }

  /** Somebody deleted a message of theirs: what says so has a number as well, and is not handed on. */
  deleted(conversation: Id, account: Bin): void {
    const owner = `${conversation} ${account}`;
    this.#deleted.set(owner, (this.#deleted.get(owner) ?? 0) + 1);
  }

  /** Events were missed: counting begins anew. */
  outdate(): void {
    for (const counter of this.#counters.values()) counter.newest = null;
    this.#deleted.clear();
  }

  forget(): void {
    this.#counters.clear();
    this.#deleted.clear();
    this.#flagged.clear();
  }
}
