// Codes and links by which people find and check each other.

import type { Id } from '../api/types';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import type { Conversations } from './conversations';
import type { Core } from './core';
import type { Logs } from './logs';
import type { CheckedLink, ContactLink } from './model';
import type { People } from './people';

export class Contacts {
  readonly #core: Core;
  readonly #logs: Logs;
  readonly #people: People;
  readonly #conversations: Conversations;
  readonly #verify: (user: Id) => Promise<void>;

  constructor(
    core: Core,
    logs: Logs,
    people: People,
    conversations: Conversations,
    verify: (user: Id) => Promise<void>,
  ) {
    this.#core = core;
    this.#logs = logs;
    this.#people = people;
    this.#conversations = conversations;
    this.#verify = verify;
  }

  async check(text: string): Promise<CheckedLink> {
    const typed = text.trim();
    if (typed.startsWith('snug-pair:')) {
      const request = typed.split(':')[2] ?? '';
      return { kind: 'device', request: uuidFromId(request as Bin) };
    }
    return typed.startsWith('snug-verify:') ? this.#checkScanned(typed) : this.#checkContact(typed);
  }

  async #checkScanned(text: string): Promise<CheckedLink> {
    const { account, aik } = await this.#core.ask('check_code', { text });
    const user = await this.#core.parts.user(uuidFromId(account));
    const view = await this.#logs.fetch(user.id);
    if (!view) return { kind: 'person', user, result: 'no_keys' };
    if (view.aik !== aik) return this.#mismatch(user, { scanned: aik, shown: view.aik });
    await this.#verify(user.id);
    return { kind: 'person', user, result: 'match' };
  }

  async #checkContact(text: string): Promise<CheckedLink> {
    const [path = '', fragment = ''] = text.split('#');
    const code = path.split('/').filter(Boolean).at(-1) ?? '';
    const user = await this.#core.node.contact(code);
    const view = await this.#logs.fetch(user.id);
    if (!view) return { kind: 'person', user, result: 'no_keys' };
    const { fingerprint } = await this.#core.ask('fingerprint', { account: idFromUuid(user.id) });
    if (fragment === '') {
      await this.#people.meet([user.id]);
      return { kind: 'person', user, result: 'match' };
    }
    if (fragment !== fingerprint) return this.#mismatch(user, { link: fragment, shown: fingerprint });
    await this.#verify(user.id);
    return { kind: 'person', user, result: 'match' };
  }

  #mismatch(
    user: { id: Id } & Extract<CheckedLink, { kind: 'person' }>['user'],
    evidence: object,
  ): CheckedLink {
    this.#core.alarm('key_mismatch', { user_id: user.id }, { ...evidence });
    void this.#conversations.showAll();
    return { kind: 'person', user, result: 'mismatch' };
  }

  async link(own: Omit<ContactLink, 'link'>): Promise<ContactLink> {
    const { fingerprint } = await this.#core.ask('fingerprint', { account: this.#core.me });
    return { ...own, link: `${location.origin}/c/${own.code}#${fingerprint}` };
  }
}
