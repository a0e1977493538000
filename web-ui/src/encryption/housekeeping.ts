// What is done from time to time, without anybody asking: prekeys, keys for devices that lack them, keys that have
// served for long enough.
import { idFromUuid } from '../crypto/encoding';
import type { AccountSync } from './account-sync';
import { type Core, isCode } from './core';
import type { Logs } from './logs';
import type { Identity } from './node-api';

const LEAST_ONE_TIME = 20;
const ONE_TIME = 100;
const SIGNED_S = 7 * 86_400;

export class Housekeeping {
  readonly #core: Core;
  readonly #logs: Logs;
  readonly #account: AccountSync;
  /** Fetches every secret that waits on the node for this account. */
  sync: () => Promise<void> = async () => undefined;

  constructor(core: Core, logs: Logs, account: AccountSync) {
    this.#core = core;
    this.#logs = logs;
    this.#account = account;
  }

  /** One device at a time does this in one browser: tabs take turns. */
  run(): Promise<void> {
    return this.#core.parts.lock('account', async () => {
      await this.#catchUp();
      await this.#prekeys();
      await this.#sessionKeys();
      await this.#renew();
      await this.#tidy();
    });
  }

  /** Another tab may have done something meanwhile. */
  async #catchUp(): Promise<void> {
    await this.#logs.fetch(this.#core.parts.me.id);
    await this.#core.ask('reopen', {});
    this.#account.identity = await this.#core.node.identity();
    await this.#account.takeBoxes();
    await this.#account.syncVault();
  }

  get #identity(): Identity {
    const { identity } = this.#account;
    if (!identity) throw new Error('the own account is not known');
    return identity;
  }

  async #prekeys(): Promise<void> {
    const { signed_prekey, one_time_prekeys } = this.#identity;
    const age = signed_prekey ? this.#core.seconds - toSeconds(signed_prekey.at) : SIGNED_S;
    const few = one_time_prekeys < LEAST_ONE_TIME;
    if (age < SIGNED_S && !few) return;
    const one_time = few ? ONE_TIME - one_time_prekeys : 0;
    await this.#account.change({ t: 'prekeys', one_time, signed: age >= SIGNED_S, drop: [] });
  }

  async #sessionKeys(): Promise<void> {
    const { needs_session_key, device_id } = this.#identity;
    const devices = needs_session_key.map(idFromUuid);
    if (devices.length === 0 || needs_session_key.includes(device_id ?? '')) return;
    await this.#core.jitter(0, 3_000);
    await this.#account.change({ t: 'session_key', devices }).catch((error: unknown) => {
      if (!isCode(error, 'locked')) throw error;
    });
  }

  #look(synced: number | null) {
    const signed = this.#identity.signed_prekey?.id ?? null;
    return this.#core.ask('upkeep', { now: this.#core.seconds, signed, synced });
  }

  async #renew(): Promise<void> {
    const { rekey, refresh } = await this.#look(null);
    if (rekey) await this.#account.change({ t: 'rekey' });
    if (refresh) await this.#account.change({ t: 'refresh' });
  }

  /** Forgets prekeys that have served; what lies under session keys of before goes under the newest. */
  async #tidy(): Promise<void> {
    const core = this.#core;
    let found = await this.#look(null);
    if (found.sync) {
      // What was given by a prekey has to be here before its private half goes.
      const synced = core.seconds;
      await this.sync();
      found = await this.#look(synced);
    }
    const { drop, reseal, done } = found;
    if (drop.length > 0 || reseal.length > 0) {
      try {
        await core.node.putVault({ items: reseal, drop });
      } catch (error) {
        // Another device was faster; what is left to do shows next time.
        if (isCode(error, 'e2ee.rev')) return;
        throw error;
      }
      if (reseal.length > 0) await core.ask('take_vault', { items: reseal });
    }
    await core.ask('forget_items', { items: drop, done });
  }
}

/** The API's times are milliseconds, the protocol's seconds. */
function toSeconds(at: number): number {
  return at > 100_000_000_000 ? Math.floor(at / 1_000) : at;
}
