// Messages on their way to the node: sealed at the last moment, with the epoch of that moment.
import { ApiError } from '../api/errors';
import type { Id, Message, Reply } from '../api/types';
import { type Id as Bin, idFromUuid } from '../crypto/encoding';
import type { MessageKind } from '../crypto/envelope';
import { uuidv7 } from '../lib/uuid';
import type { Conversations } from './conversations';
import { type Core, isCode } from './core';
import { isAway, type Logs } from './logs';
import type { EnvelopeJson } from './node-api';
import type { Opening } from './opening';
import { mentionsOf, QUOTE, type RawMessage } from './showing';

export class Sending {
  readonly #core: Core;
  readonly #logs: Logs;
  readonly #conversations: Conversations;
  readonly #opening: Opening;

  constructor(core: Core, logs: Logs, conversations: Conversations, opening: Opening) {
    this.#core = core;
    this.#logs = logs;
    this.#conversations = conversations;
    this.#opening = opening;
  }

  /** Sends a message of the outbox: sealed now, with the epoch of now. */
  async send(
    conversationId: Id,
    id: Id,
    text: string,
    reply: (Reply & { quote?: string }) | null,
  ): Promise<Message> {
    const quoted = reply && {
      id: idFromUuid(reply.id),
      account: idFromUuid(reply.author_id),
      seq: reply.seq,
      quote: (reply.excerpt ?? '').slice(0, QUOTE),
    };
    const mentions = mentionsOf(text).users.map(idFromUuid);
    const fields = {
      body: text,
      md: true,
      ...(quoted && { reply: quoted }),
      ...(mentions.length > 0 && { mentions }),
    };
    const envelope = (sealed: EnvelopeJson) => this.#core.node.sendMessage(id, conversationId, sealed);
    const message = await this.#seal(
      conversationId,
      { id, kind: 'msg', target: null, type: 'text', fields },
      envelope,
    );
    return this.#one(message);
  }

  async #one(message: Message): Promise<Message> {
    return (await this.#opening.open([message], true))[0] ?? message;
  }

  /** Edits, reacts, deletes: answers the message as it is then. */
  async tell(
    message: RawMessage,
    kind: MessageKind,
    type: string,
    fields: Record<string, unknown>,
  ): Promise<Message> {
    const target = message.id;
    const id = uuidv7();
    let sent: EnvelopeJson | null = null;
    const answer = await this.#seal(
      message.conversation_id,
      { id, kind, target, type, fields },
      (envelope) => {
        sent = envelope;
        return this.#core.node.sendEnvelope(envelope);
      },
    );
    const answered = answer as RawMessage | null;
    if (answered && answered.id === target) return this.#one(answered as unknown as Message);
    const editedAt = kind === 'edit' ? this.#core.parts.now() : null;
    const known = sent && (await this.#opening.about(target, sent, editedAt));
    return known ?? (message as unknown as Message);
  }

  async #seal<T>(
    conversationId: Id,
    draft: { id: Id; kind: MessageKind; target: Id | null; type: string; fields: Record<string, unknown> },
    post: (envelope: EnvelopeJson) => Promise<T>,
  ): Promise<T> {
    const core = this.#core;
    const conversation = idFromUuid(conversationId);
    for (let left = 5; ; left--) {
      let epoch = 0;
      await this.#conversations.readyToSend(conversationId);
      const retain = core.state.conversations[conversationId]?.retain_s ?? 0;
      try {
        const { envelope } = await core.ask('seal_message', {
          conversation,
          id: idFromUuid(draft.id),
          kind: draft.kind,
          target: draft.target === null ? null : idFromUuid(draft.target),
          thread: null,
          expires: retain > 0 && draft.kind === 'msg' ? core.seconds + retain : 0,
          type: draft.type,
          fields: draft.fields,
        });
        const sent = envelope as EnvelopeJson;
        epoch = sent.epoch;
        const answer = await post(sent);
        void core.ask('sent', { id: sent.id as Bin }).catch(() => undefined);
        this.#conversations.count(conversationId, sent.epoch);
        return answer;
      } catch (error) {
        // `locked`: the newest epoch's secret is not here yet.
        if (left === 1 || !isCode(error, 'e2ee.epoch_stale', 'e2ee_epoch_stale', 'locked')) {
          if (!isAway(error)) await core.ask('unsent', { conversation, id: idFromUuid(draft.id) });
          throw error;
        }
        await core.jitter(20, 200);
        await this.#conversations.refresh(conversationId);
        const members = core.state.conversations[conversationId]?.members ?? [];
        await this.#logs.see(
          members.map(({ user_id }) => user_id),
          true,
        );
        // Only where nobody else has made the next epoch meanwhile; otherwise that is the one.
        const isSame = error instanceof ApiError && this.#conversations.view(conversationId)?.epoch === epoch;
        if (left < 4 && (isSame || (left < 3 && isCode(error, 'locked'))))
          await this.#conversations.readyToSend(conversationId, true);
      }
    }
  }
}
