// A pairing that this new device has begun: it shows a code and waits until another device has let it in.
import { idFromUuid, type Key32 } from '../crypto/encoding';
import type { Core } from './core';
import { isCode } from './core';
import type { Pairing, PairingState } from './model';
import type { PairingJson } from './node-api';

const LOOK_MS = 2_000;

export class PairingHere implements Pairing {
  readonly code: string;
  readonly link: string;
  readonly expiresAt: number;
  readonly #core: Core;
  readonly #request: string;
  readonly #entered: () => Promise<void>;
  readonly #listeners = new Set<() => void>();
  #state: PairingState = 'waiting';
  #isCancelled = false;

  private constructor(
    core: Core,
    code: string,
    link: string,
    { id, expires_at }: PairingJson,
    entered: () => Promise<void>,
  ) {
    this.#core = core;
    this.code = code;
    this.link = link;
    this.expiresAt = expires_at;
    this.#request = id;
    this.#entered = entered;
  }

  static async begin(core: Core, aik: Key32, entered: () => Promise<void>): Promise<PairingHere> {
    const { device, mac, code } = await core.ask('begin_pairing', { account: core.me, aik, kind: 'web' });
    const pairing = await core.node.startPairing({ device, mac });
    const { link } = await core.ask('pairing_link', { request: idFromUuid(pairing.id) });
    const here = new PairingHere(core, code, link, pairing, entered);
    void here.#watch();
    return here;
  }

  getState = (): PairingState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  cancel(): void {
    this.#isCancelled = true;
  }

  async #watch(): Promise<void> {
    while (!this.#isCancelled && !this.#core.isEnded && this.#state === 'waiting') {
      await this.#core.parts.wait(LOOK_MS);
      try {
        await this.#look();
      } catch (error) {
        if (isCode(error, 'e2ee.pairing_expired')) this.#become('expired');
        else if (isCode(error, 'bad_seal', 'bad_signature', 'log_fork', 'bad_format')) this.#become('failed');
      }
    }
  }

  async #look(): Promise<void> {
    if (this.#isCancelled) return;
    const { state, welcome } = await this.#core.node.pairing(this.#request);
    if (state === 'expired') this.#become('expired');
    if (state !== 'answered' || !welcome) return;
    const links: unknown[] = [];
    for (;;) {
      const page = await this.#core.node.log(this.#core.parts.me.id, links.length);
      links.push(...page.links);
      if (page.links.length < 500) break;
    }
    await this.#core.ask('finish_pairing', { links, welcome });
    await this.#entered();
    this.#become('done');
  }

  #become(state: PairingState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
