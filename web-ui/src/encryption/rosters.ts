// Who is in a conversation, what it is called, and by which rules it goes: changes that people make.
import { ApiError } from '../api/errors';
import type { Id } from '../api/types';
import type { Role } from '../crypto/conversation-links';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import { uuidv7 } from '../lib/uuid';
import type { Conversations } from './conversations';
import { type Core, isCode } from './core';
import { isAway, type Logs } from './logs';
import { EncryptionError, type RosterRole } from './model';
import type { People } from './people';
import { infoFields } from './proposing';

const POLICY = {
  add: 'member',
  history: 'joined',
  backup: true,
  retain_s: 0,
  max_age_s: 604_800,
  max_msgs: 2_000,
  min_suite: 1,
} as const;

export class Rosters {
  readonly #core: Core;
  readonly #logs: Logs;
  readonly #people: People;
  readonly #conversations: Conversations;

  constructor(core: Core, logs: Logs, people: People, conversations: Conversations) {
    this.#core = core;
    this.#logs = logs;
    this.#people = people;
    this.#conversations = conversations;
  }

  async startDirect(userId: Id): Promise<Id> {
    const { me } = this.#core.parts;
    const members = [...new Set([me.id, userId])].map((id) => ({ id, role: 'owner' as const }));
    return this.#begin('dm', members, null);
  }

  async startGroup(userIds: Id[], name: string | null): Promise<Id> {
    const { me } = this.#core.parts;
    const others = [...new Set(userIds)].filter((id) => id !== me.id);
    const members = [
      { id: me.id, role: 'owner' as const },
      ...others.map((id) => ({ id, role: 'member' as const })),
    ];
    return this.#begin('group', members, name);
  }

  async #begin(kind: 'dm' | 'group', members: { id: Id; role: Role }[], name: string | null): Promise<Id> {
    const fresh = uuidv7();
    const id = await this.#create(fresh, kind, members, name);
    // Nothing in a new one was ever in the clear.
    if (id === fresh) this.#core.parts.seen.note(id, 1);
    return id;
  }

  async #create(
    id: Id,
    kind: 'dm' | 'group' | 'room',
    members: { id: Id; role: Role }[],
    name: string | null,
  ): Promise<Id> {
    this.#checkReady();
    const users = members.map((member) => member.id);
    await this.#logs.see(users, true);
    const missing = users.filter((user) => this.#logs.missing.has(user));
    if (missing.length > 0) throw new EncryptionError('no_keys', 'somebody has no keys yet', missing);
    await this.#people.meet(users);
    const changed = users.filter((user) => this.#core.state.people[user]?.state === 'changed');
    if (changed.length > 0) throw new EncryptionError('changed', 'somebody has another identity', changed);
    const create = {
      t: 'create' as const,
      kind,
      members: members.map((member) => ({ acct: idFromUuid(member.id), role: member.role })),
      policy: { ...POLICY, ...(kind === 'room' && { history: 'shared' as const }) },
      instance_key: (await this.#core.node.instanceKey()) as never,
      room: kind === 'room' ? idFromUuid(id) : null,
    };
    const change = {
      changes: [create],
      epoch: 'first' as const,
      ...(name && { info: infoFields(name, null) }),
    };
    const { body, vault } = await this.#conversations.propose(id, change, users);
    const wraps = (body.wraps as unknown[])[0] ?? null;
    try {
      await this.#core.node.createConversation({ ...body, conversation_id: id, wraps });
    } catch (error) {
      const other =
        error instanceof ApiError && error.code === 'e2ee.exists' ? error.conversationId : undefined;
      if (other === undefined || other === id) throw error;
      return this.#goOnWith(other, kind, members);
    }
    await this.#conversations.created(id, body.links, vault, body.info);
    return id;
  }

  /** There is a conversation with them: it is used, and encrypted if it was not. */
  async #goOnWith(id: Id, kind: 'dm' | 'group' | 'room', members: { id: Id; role: Role }[]): Promise<Id> {
    const isThere = await this.#conversations.refresh(id).then(
      () => true,
      (error: unknown) => {
        if (isCode(error, 'need_log') || (error instanceof ApiError && error.status < 500)) return false;
        throw error;
      },
    );
    return isThere ? id : this.#create(id, kind, members, null);
  }

  #checkReady(): void {
    const { phase, reason } = this.#core.state;
    if (phase !== 'ready') throw new EncryptionError(reason ?? phase, 'encryption is not ready');
  }

  async addPeople(conversationId: Id, userIds: Id[]): Promise<void> {
    await this.#conversations.prepare(conversationId);
    await this.#logs.see(userIds, true);
    const missing = userIds.filter((user) => this.#logs.missing.has(user));
    if (missing.length > 0) throw new EncryptionError('no_keys', 'somebody has no keys yet', missing);
    await this.#people.meet(userIds);
    const members = userIds.map((id) => ({ acct: idFromUuid(id), role: 'member' as const }));
    const isShared = this.#core.state.conversations[conversationId]?.history === 'shared';
    const change = { changes: [{ t: 'add' as const, members }] };
    await this.#change(conversationId, {
      ...change,
      // Newcomers get a secret at once: the present one, or a new one that begins with them.
      ...(isShared ? { give: userIds } : { epoch: 'people' as const }),
    });
  }

  async removePerson(conversationId: Id, userId: Id): Promise<void> {
    await this.#conversations.prepare(conversationId);
    const members = [idFromUuid(userId)];
    await this.#change(conversationId, { changes: [{ t: 'remove', members }], epoch: 'people' });
  }

  async leave(conversationId: Id): Promise<void> {
    await this.#conversations.prepare(conversationId);
    await this.#change(conversationId, { changes: [{ t: 'remove', members: [this.#core.me] }] });
  }

  async setRole(conversationId: Id, userId: Id, role: RosterRole): Promise<void> {
    await this.#conversations.prepare(conversationId);
    await this.#change(conversationId, { changes: [{ t: 'role', acct: idFromUuid(userId), role }] });
  }

  async #change(id: Id, change: Parameters<Conversations['change']>[1]): Promise<void> {
    this.#checkReady();
    try {
      await this.#conversations.change(id, change);
    } catch (error) {
      if (!(error instanceof CryptoError) || error.code !== 'key_mismatch') throw error;
      const users = error.account ? [uuidFromId(error.account as Bin)] : [];
      throw new EncryptionError('changed', 'somebody has another identity', users);
    }
  }

  async rename(conversationId: Id, name: string): Promise<void> {
    await this.#conversations.readyToSend(conversationId);
    const { topic } = this.#conversations.infoOf(conversationId);
    await this.#sendInfo(conversationId, infoFields(name, topic));
  }

  async setTopic(conversationId: Id, topic: string): Promise<void> {
    await this.#conversations.readyToSend(conversationId);
    const { name } = this.#conversations.infoOf(conversationId);
    await this.#sendInfo(conversationId, infoFields(name, topic));
  }

  async #sendInfo(id: Id, info: Record<string, unknown>): Promise<void> {
    const conversation = idFromUuid(id);
    const draft = {
      conversation,
      id: idFromUuid(uuidv7()),
      target: null,
      thread: null,
      expires: 0,
    };
    const { envelope } = await this.#core.ask('seal_message', {
      ...draft,
      kind: 'sys',
      type: 'info',
      fields: info,
    });
    try {
      await this.#core.node.sendEnvelope(envelope as never);
    } catch (error) {
      if (!isAway(error)) await this.#core.ask('unsent', { conversation, id: draft.id });
      throw error;
    }
    await this.#core.ask('sent', { id: draft.id });
    await this.#conversations.info(id, envelope as never);
  }

  async setRetention(conversationId: Id, seconds: number): Promise<void> {
    await this.#conversations.prepare(conversationId);
    await this.#change(conversationId, { changes: [{ t: 'policy', policy: { retain_s: seconds } }] });
  }

  async setHistory(conversationId: Id, history: 'joined' | 'shared'): Promise<void> {
    await this.#conversations.prepare(conversationId);
    await this.#change(conversationId, { changes: [{ t: 'policy', policy: { history } }] });
  }

  async encrypt(conversationId: Id): Promise<void> {
    const plain = this.#core.parts.conversation(conversationId);
    if (!plain) throw new EncryptionError('e2ee_not_member');
    const { me } = this.#core.parts;
    const kind = plain.kind === 'direct' ? 'dm' : plain.kind;
    const others = plain.participants.filter(({ user_id }) => user_id !== me.id);
    const role = kind === 'dm' ? ('owner' as const) : ('member' as const);
    const members = [
      { id: me.id, role: 'owner' as const },
      ...others.map(({ user_id }) => ({ id: user_id, role })),
    ];
    await this.#create(conversationId, kind, members, plain.kind === 'group' ? plain.name : null);
  }

  async letIn(roomId: Id, userId: Id): Promise<void> {
    await this.addPeople(roomId, [userId]);
    const { requests = [] } = this.#core.state.conversations[roomId] ?? {};
    this.#conversations.setRequests(
      roomId,
      requests.filter((id) => id !== userId),
    );
  }

  askToJoin(roomId: Id): Promise<void> {
    return this.#core.node.askToJoin(roomId);
  }

  async joinRequested(roomId: Id): Promise<void> {
    await this.#conversations.prepare(roomId);
    this.#conversations.setRequests(roomId, await this.#core.node.joinRequests(roomId));
  }
}
