// What the key ring does with messages: seals them and counts them, opens them, keeps what was opened, and gives
// away the keys of single ones.
import { accountHead } from './account-log';
import { type ContentType, readContent, writeContent } from './content';
import { type ConversationLog, conversationHead, epochAt, memberAt } from './conversation-log';
import { b64u, type Id, key32 } from './encoding';
import { envelopeFromJson, envelopeToJson, messageKey, sealMessage } from './envelope';
import { mayReceive } from './epochs';
import { CryptoError } from './errors';
import { receiveMessage } from './receiving';
import type { Answer, Draft, Opened, Requests } from './requests';
import type { RingState } from './ring-state';

/** Conversations of which opened messages are kept. */
const PAGES = 100;

export class MessageRing {
  readonly #state: RingState;

  constructor(state: RingState) {
    this.#state = state;
  }

  async seal_message(draft: Requests['seal_message']['input']) {
    return { envelope: await this.seal(this.#state.sendable(draft.conversation), draft) };
  }

  async seal(log: ConversationLog, draft: Draft) {
    const { conversation, id, kind, target, thread, expires } = draft;
    const { device, account } = this.#state.sender();
    if (log.stale) throw new CryptoError('e2ee_epoch_stale', 'members changed since the newest epoch');
    const role = log.members.get(account.account)?.role;
    if (!role || role === 'reader') throw new CryptoError('e2ee_not_member', 'may not write here');
    const epoch = log.epochs.length;
    const header = {
      suite: epochAt(log, epoch).suite,
      conversation,
      epoch,
      account: account.account,
      device: device.id,
      senderKey: key32(device.dsk.pub),
      ...{ id, kind, target, thread, expires },
    };
    const secret = await this.#state.secrets.epoch(log, epoch);
    const heads = { conversation: conversationHead(log), account: accountHead(account) };
    // What others would refuse is not sent.
    readContent(kind, writeContent(draft.type as ContentType, draft.fields, heads, 0));
    const n = draft.n ?? (await this.#number(conversation, id));
    const content = writeContent(draft.type as ContentType, draft.fields, heads, n);
    return envelopeToJson(await sealMessage(secret, header, content, device.dsk));
  }

  /** A message keeps its number until it is known what became of it: others miss what is left out. */
  async #number(conversation: Id, id: Id): Promise<number> {
    const { keeper } = this.#state;
    const given = (await keeper.get(`sending/${id}`)) as number | undefined;
    if (given !== undefined) return given;
    const n = (await keeper.update(`n/${conversation}`, (known) => count(known) + 1)) as number;
    await keeper.put({ [`sending/${id}`]: n });
    return n;
  }

  /** The node has taken it. */
  async sent({ id }: Requests['sent']['input']): Promise<Answer> {
    await this.#state.keeper.put({ [`sending/${id}`]: undefined });
    return {};
  }

  /** The node has refused it: its number is free again, if none was given after it. */
  async unsent({ conversation, id }: Requests['unsent']['input']): Promise<Answer> {
    const { keeper } = this.#state;
    const given = (await keeper.get(`sending/${id}`)) as number | undefined;
    if (given === undefined) return {};
    await keeper.update(`n/${conversation}`, (known) => (known === given ? given - 1 : known));
    return this.sent({ id });
  }

  async open_messages({ envelopes, live }: Requests['open_messages']['input']) {
    return { messages: await Promise.all(envelopes.map((envelope) => this.#open(envelope, live))) };
  }

  async #open(json: unknown, live: number | null): Promise<Opened> {
    let because: 'waiting' | 'before_join' | 'before_reset' | undefined;
    try {
      const envelope = envelopeFromJson(json);
      const log = this.#state.conversation(envelope.header.conversation);
      const { epoch } = envelope.header;
      epochAt(log, epoch);
      because = this.#because(log, epoch);
      const secret = await this.#state.secrets.epoch(log, epoch);
      const { header, content } = await receiveMessage(envelope, secret, log, this.#state.log, live);
      const { type, n } = content;
      const { id, account, device } = header;
      return { id, account, device, type, n, fields: content.fields.rest() };
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      return {
        error: error.code,
        ...(error.account && { needs: error.account }),
        ...(error.code === 'locked' && because && { because }),
      };
    }
  }

  /** Whether the secret of an epoch that is not here may still come. */
  #because(log: ConversationLog, epoch: number): 'waiting' | 'before_join' | 'before_reset' {
    const account = this.#state.own();
    if (mayReceive(log, account, epoch)) return 'waiting';
    return memberAt(log, account.account, epochAt(log, epoch).seq) ? 'before_reset' : 'before_join';
  }

  async report_keys({ envelopes }: Requests['report_keys']['input']) {
    const keys = await Promise.all(
      envelopes.map(async (json) => {
        const envelope = envelopeFromJson(json);
        const log = this.#state.conversation(envelope.header.conversation);
        return b64u(await messageKey(await this.#state.secrets.epoch(log, envelope.header.epoch), envelope));
      }),
    );
    return { keys };
  }

  async page({ conversation }: Requests['page']['input']) {
    return { page: (await this.#state.openSealed<unknown>(`page/${conversation}`)) ?? null };
  }

  /** Keeps what was opened of a conversation; of those that were not read for longest nothing is kept. */
  async keep_page({ conversation, page, now }: Requests['keep_page']['input']): Promise<Answer> {
    const { keeper } = this.#state;
    if (page === null) await keeper.put({ [`page/${conversation}`]: undefined });
    else await this.#state.keepSealed(`page/${conversation}`, page);
    const gone: string[] = [];
    await keeper.update('pages', (known) => {
      const { [conversation]: _, ...others } = (known ?? {}) as Record<string, number>;
      const pages = Object.entries(page === null ? others : { ...others, [conversation]: now });
      pages.sort(([, a], [, b]) => b - a);
      gone.push(...pages.splice(PAGES).map(([id]) => id));
      return Object.fromEntries(pages);
    });
    if (gone.length > 0) await keeper.put(Object.fromEntries(gone.map((id) => [`page/${id}`, undefined])));
    return {};
  }

  /** Nothing that was opened stays. */
  async drop_pages(): Promise<Answer> {
    const { keeper } = this.#state;
    const names = (await keeper.all('page/')).map(([name]) => [name, undefined]);
    await keeper.put({ ...Object.fromEntries(names), pages: undefined });
    return {};
  }
}

function count(known: unknown): number {
  return typeof known === 'number' ? known : 0;
}
