// What a password opens: the node's door, and a slot of the account.
import type { Kdf } from '../api/types';
import type { AccountView, Unlocking } from '../crypto/requests';
import { type Core, isCode } from './core';
import { EncryptionError } from './model';
import type { Identity } from './node-api';

export class Passwords {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Derives a password's keys in the key ring; answers the one for the node. */
  async derive(password: string): Promise<string> {
    const { node, parts } = this.#core;
    const { salt, m, t, p } = await node.prelogin(parts.me.username);
    return this.#derive(password, salt, { m, t, p });
  }

  async #derive(password: string, salt: string, kdf: Kdf): Promise<string> {
    const { ask, me } = this.#core;
    return (await ask('password', { account: me, password, salt, kdf })).authKey;
  }

  /** As `derive`, for the slot: its salt is another one if the password was set by an administrator's link. */
  async deriveForSlot(identity: Identity | null, password: string): Promise<void> {
    const kdf = identity?.kdf;
    if (!kdf) await this.derive(password);
    else await this.#derive(password, kdf.salt, { m: kdf.m, t: kdf.t, p: kdf.p });
  }

  /** Set by an administrator's link: the slot is still that of the one before. */
  async isNew(identity: Identity | null): Promise<boolean> {
    const salt = identity?.kdf?.salt;
    if (salt === undefined) return false;
    return salt !== (await this.#core.node.prelogin(this.#core.parts.me.username)).salt;
  }
}

/** The slot of this kind that is in the account's log, and the history key for it. */
export function unlockingOf(
  identity: Identity | null,
  view: AccountView | undefined,
  kind: 'pw' | 'rk',
): Unlocking {
  const active = view?.slots ?? [];
  const slot = identity?.slots.find((one) => one.kind === kind && active.some(({ id }) => id === one.id));
  const box = identity?.boxes.find(({ holder, class: c }) => holder === slot?.id && c === 'h');
  if (!slot || !box) throw new EncryptionError('no_slot', `there is no ${kind} slot`);
  return { slot, box };
}

/** Says so where a password was not the present one. */
export async function checkingPassword<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isCode(error, 'bad_key', 'auth.wrong_password')) throw new EncryptionError('wrong_password');
    throw error;
  }
}
