// Other people's identities: known since they were first met, compared, or changed.
import type { Id } from '../api/types';
import { idFromUuid, uuidFromId } from '../crypto/encoding';
import type { PersonView, TrustState } from '../crypto/requests';
import type { AccountSync } from './account-sync';
import { type Core, Queues } from './core';
import type { Person } from './model';

export class People {
  readonly #core: Core;
  readonly #account: AccountSync;
  readonly #queues = new Queues();

  constructor(core: Core, account: AccountSync) {
    this.#core = core;
    this.#account = account;
  }

  /** Whose logs are known now: written down if they were never met. */
  async meet(users: readonly Id[]): Promise<void> {
    const others = users.filter((user) => user !== this.#core.parts.me.id);
    const { people } = await this.#core.ask('people', { accounts: others.map(idFromUuid) });
    this.#show(people);
    const fresh = people.filter(({ since }) => since === 0).map(({ account }) => uuidFromId(account));
    if (fresh.length > 0 && this.#account.isReady) {
      void this.#queues.run('trust', () => this.#write(fresh, 'known', true)).catch(() => undefined);
    }
  }

  async #write(users: Id[], state: TrustState, onlyNew: boolean): Promise<void> {
    const accounts = users.map(idFromUuid);
    await this.#account.put(async () => {
      const { people } = await this.#core.ask('people', { accounts });
      const items: unknown[] = [];
      for (const { account, since } of people) {
        if (onlyNew && since !== 0) continue;
        items.push((await this.#core.ask('trust', { account, state, now: this.#core.seconds })).item);
      }
      return items;
    });
    this.#show((await this.#core.ask('people', { accounts })).people);
  }

  /** Writes down what the user thinks. */
  trust(user: Id, state: TrustState): Promise<void> {
    return this.#queues.run('trust', () => this.#write([user], state, false));
  }

  #show(views: PersonView[]): void {
    if (views.length === 0) return;
    const people: Record<Id, Person> = { ...this.#core.state.people };
    for (const { account, fingerprint, state, wasVerified, since } of views) {
      people[uuidFromId(account)] = { fingerprint, state, wasVerified, since: since * 1_000 };
    }
    this.#core.set({ people });
  }
}
