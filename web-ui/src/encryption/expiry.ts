// Messages that go by themselves: at their time, whether the node says so or not.
import type { Id } from '../api/types';
import type { Core } from './core';

/** Clocks are set and computers sleep: nothing waits for longer than this in one go. */
const STEP_MS = 3_600_000;
const LATE_MS = 50;

export class Expiry {
  readonly #core: Core;
  readonly #expired: (messages: Id[]) => void;
  /** By message: Unix milliseconds. */
  readonly #due = new Map<Id, number>();
  #armed = Number.POSITIVE_INFINITY;

  constructor(core: Core, expired: (messages: Id[]) => void) {
    this.#core = core;
    this.#expired = expired;
  }

  at(message: Id, when: number): void {
    this.#due.set(message, when);
    this.#arm(when);
  }

  #arm(when: number): void {
    if (when >= this.#armed) return;
    this.#armed = when;
    const left = Math.max(0, when - this.#core.parts.now()) + LATE_MS;
    void this.#core.parts.wait(Math.min(left, STEP_MS)).then(() => this.#run(when));
  }

  #run(when: number): void {
    // An earlier one came between.
    if (this.#armed !== when || this.#core.isEnded) return;
    this.#armed = Number.POSITIVE_INFINITY;
    const now = this.#core.parts.now();
    const over = [...this.#due].filter(([, at]) => at <= now).map(([message]) => message);
    for (const message of over) this.#due.delete(message);
    if (over.length > 0) this.#expired(over);
    if (this.#due.size > 0) this.#arm(Math.min(...this.#due.values()));
  }
}
