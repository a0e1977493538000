// The logs of accounts, as far as they are needed: fetched, verified by the key ring, and never shorter than before.
import { ApiError } from '../api/errors';
import type { Id } from '../api/types';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import type { AccountView } from '../crypto/requests';
import { type Core, Queues } from './core';

const PER_PAGE = 500;
const AT_ONCE = 6;

export class Logs {
  readonly #core: Core;
  readonly #views = new Map<Bin, AccountView>();
  readonly #queues = new Queues();
  /** Who has no keys. */
  readonly missing = new Set<Id>();
  /** Whose log may have grown while nobody told. */
  readonly #outdated = new Set<Bin>();

  constructor(core: Core) {
    this.#core = core;
  }

  view(user: Id): AccountView | undefined {
    return this.#views.get(idFromUuid(user));
  }

  /** Everything may have changed: events were missed. */
  outdate(): void {
    for (const account of this.#views.keys()) this.#outdated.add(account);
  }

  /** Makes sure that these logs are known; with `fresh`, that they are up to date. */
  async see(users: readonly Id[], fresh = false): Promise<void> {
    const wanted = users.filter((user) => {
      const account = idFromUuid(user);
      return fresh || this.#outdated.has(account) || !this.#views.has(account);
    });
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      await Promise.all(wanted.slice(from, from + AT_ONCE).map((user) => this.fetch(user)));
    }
  }

  /** Goes on with a log by what the node has; null where there is none. */
  fetch(user: Id): Promise<AccountView | null> {
    return this.#queues.run(user, () => this.#fetch(user));
  }

  async #fetch(user: Id): Promise<AccountView | null> {
    const account = idFromUuid(user);
    const { ask, node } = this.#core;
    let known = this.#views.get(account) ?? (await ask('account_view', { account })).view;
    for (;;) {
      const { links, head } = await node.log(user, known ? known.head.seq + 1 : 0);
      if (!head && !known) {
        this.missing.add(user);
        return null;
      }
      this.missing.delete(user);
      this.#checkHead(user, known, head);
      if (links.length > 0) known = await this.#show(user, account, known, links);
      if (known) this.#views.set(account, known);
      this.#outdated.delete(account);
      if (links.length < PER_PAGE) return known;
    }
  }

  #checkHead(
    user: Id,
    known: AccountView | null | undefined,
    head: { seq: number; hash: string } | null,
  ): void {
    if (!known) return;
    const isOlder = !head || head.seq < known.head.seq;
    const isOther = head?.seq === known.head.seq && head.hash !== known.head.hash;
    if (!isOlder && !isOther) return;
    const error = new CryptoError('log_fork', 'the node shows another log than before', {
      account: idFromUuid(user),
    });
    this.#core.alarm('log_fork', { user_id: user }, { seen: known.head, shown: head });
    throw error;
  }

  async #show(user: Id, account: Bin, known: AccountView | null | undefined, links: unknown[]) {
    try {
      return await this.#core.ask('show_account', { account, links });
    } catch (error) {
      const isFork = error instanceof CryptoError && (error.code === 'log_fork' || error.rule === 'prev');
      if (isFork && known) {
        this.#core.alarm('log_fork', { user_id: user }, { seen: known.head, links });
        throw new CryptoError('log_fork', 'the node shows another log than before', { account });
      }
      throw error;
    }
  }

  /** Links that an event brought; fetched where they do not follow. */
  async take(user: Id, links: unknown[]): Promise<AccountView | null> {
    return this.#queues.run(user, async () => {
      const account = idFromUuid(user);
      try {
        const view = await this.#core.ask('show_account', { account, links });
        this.#views.set(account, view);
        return view;
      } catch (error) {
        if (!(error instanceof CryptoError)) throw error;
        return this.#fetch(user);
      }
    });
  }

  /** A change of one's own was accepted. */
  async reread(user: Id): Promise<AccountView | null> {
    const account = idFromUuid(user);
    const { view } = await this.#core.ask('account_view', { account });
    if (view) this.#views.set(account, view);
    return view;
  }

  /** Runs what needs logs, and fetches those that it turns out to need. `conversation` fetches that one's. */
  async with<T>(work: () => Promise<T>, conversation: () => Promise<unknown>): Promise<T> {
    const tried = new Map<string, number>();
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof CryptoError) || error.code !== 'need_log') throw error;
        const whose = error.account ?? '';
        const times = tried.get(whose) ?? 0;
        if (times > 0) throw error;
        tried.set(whose, times + 1);
        if (error.account) await this.fetch(uuidFromId(error.account as Bin));
        else await conversation();
      }
    }
  }
}

export function isAway(error: unknown): boolean {
  return !(error instanceof CryptoError) && !(error instanceof ApiError && error.status < 500);
}
