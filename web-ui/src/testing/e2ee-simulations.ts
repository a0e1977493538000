// What a hostile node could try, as scripts that every implementation runs. Each scenario starts from logs that are
// right; a move that is refused changes nothing; after all moves the logs say what `end` says.
import {
  type AccountLog,
  accountHead,
  activeDevices,
  activeSlots,
  checkSeen,
  currentIdentity,
  emptyAccount,
  extendAccount,
  foldAccount,
} from '../crypto/account-log';
import {
  type ConversationLog,
  conversationHead,
  extendConversation,
  foldConversation,
  membershipsDuring,
  mismatchedMembers,
} from '../crypto/conversation-log';
import { mayChain } from '../crypto/conversation-rules';
import { asId, compareBytes, type Id, idBytes } from '../crypto/encoding';
import { mayRewrap, staleReason } from '../crypto/epochs';
import { CryptoError } from '../crypto/errors';
import { Fields } from '../crypto/fields';
import { type Head, headFrom, type Link, linkFromJson } from '../crypto/link';

interface LinkJson {
  body: string;
  sig: string;
}
export type Move = { expect: unknown; rule?: string } & (
  | { do: 'account_link'; account: string; link: LinkJson }
  | { do: 'account_log'; account: string; links: LinkJson[] }
  | { do: 'account_seen'; account: string; head: unknown }
  | { do: 'conversation_link'; link: LinkJson }
  | { do: 'conversation_log'; links: LinkJson[] }
  | { do: 'conversation_seen'; head: unknown }
  | { do: 'mismatched' }
  | { do: 'member_during'; account: string; epoch: number }
  | { do: 'may_deliver'; account: string; epoch: number }
  | { do: 'needs_epoch'; now: number; messages: number }
);
export interface Scenario {
  name: string;
  conversation: string;
  accounts: { account: string; links: LinkJson[] }[];
  links: LinkJson[];
  moves: Move[];
  end: unknown;
}

const readHead = (json: unknown): Head => headFrom(new Fields(json, 'head'));
const byId = (a: Id, b: Id) => compareBytes(idBytes(a), idBytes(b));

/** A client that follows a script and knows nothing but it. */
class Client {
  readonly #conversation: Id;
  readonly #accounts = new Map<Id, AccountLog>();
  #log: ConversationLog | undefined;

  constructor(conversation: Id) {
    this.#conversation = conversation;
  }

  static async start({ conversation, accounts, links }: Scenario): Promise<Client> {
    const client = new Client(asId(conversation));
    for (const one of accounts) await client.#showAccount(asId(one.account), one.links.map(linkFromJson));
    if (links.length > 0) await client.#extend(links.map(linkFromJson));
    return client;
  }

  get #known(): ConversationLog {
    if (!this.#log) throw new Error('no conversation yet');
    return this.#log;
  }

  #account(id: string): AccountLog {
    return this.#accounts.get(asId(id)) ?? emptyAccount(asId(id));
  }

  async #extend(links: Link[]): Promise<void> {
    this.#log = await extendConversation(this.#log, this.#conversation, links, (id) =>
      this.#accounts.get(id),
    );
  }

  /** Another log of an account has to contain what was seen of it. */
  async #showAccount(id: Id, links: Link[]): Promise<void> {
    const shown = await foldAccount(id, links);
    accountHead(shown);
    const seen = this.#accounts.get(id);
    if (seen) mustContain(shown.hashes, accountHead(seen));
    this.#accounts.set(id, shown);
  }

  async #showConversation(links: Link[]): Promise<void> {
    const shown = await foldConversation(this.#conversation, links, (id) => this.#accounts.get(id));
    mustContain(shown.hashes, conversationHead(this.#known));
    this.#log = shown;
  }

  /** What it answers to a move. */
  async step(move: Move): Promise<unknown> {
    switch (move.do) {
      case 'account_link':
        return answer(async () => {
          const log = await extendAccount(this.#account(move.account), [linkFromJson(move.link)]);
          this.#accounts.set(log.account, log);
        });
      case 'account_log':
        return answer(() => this.#showAccount(asId(move.account), move.links.map(linkFromJson)));
      case 'account_seen':
        return answer(async () => checkSeen(this.#account(move.account).hashes, readHead(move.head)));
      case 'conversation_link':
        return answer(() => this.#extend([linkFromJson(move.link)]));
      case 'conversation_log':
        return answer(() => this.#showConversation(move.links.map(linkFromJson)));
      case 'conversation_seen':
        return answer(async () => checkSeen(this.#known.hashes, readHead(move.head)));
      case 'mismatched':
        return mismatchedMembers(this.#known, (id) => this.#accounts.get(id));
      case 'member_during':
        return membershipsDuring(this.#known, asId(move.account), move.epoch).length > 0;
      case 'may_deliver':
        return mayRewrap(this.#known, this.#account(move.account), move.epoch);
      case 'needs_epoch':
        return staleReason(this.#known, (id) => this.#accounts.get(id), move.now, move.messages);
    }
  }

  /** Everything that the logs say. */
  state() {
    const ids = (list: { id: Id }[]) => list.map(({ id }) => id).sort(byId);
    const accounts = [...this.#accounts.values()]
      .sort((a, b) => byId(a.account, b.account))
      .map((log) => ({
        account: log.account,
        head: accountHead(log),
        aik: currentIdentity(log).aik,
        devices: ids(activeDevices(log)),
        slots: ids(activeSlots(log)),
      }));
    return { accounts, conversation: this.#log ? stateOf(this.#log) : null };
  }
}

function stateOf(log: ConversationLog) {
  const members = [...log.members.values()]
    .map(({ acct, aik, role }) => ({ acct, aik, role }))
    .sort((a, b) => byId(a.acct, b.acct));
  const epoch = log.epochs.length;
  return { head: conversationHead(log), members, epoch, stale: log.stale, may_chain: mayChain(log) };
}

function mustContain(hashes: ConversationLog['hashes'], seen: Head): void {
  if (hashes[seen.seq] !== seen.hash)
    throw new CryptoError('log_fork', 'another log than the one that was seen');
}

async function answer(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return error.rule ? `${error.code} ${error.rule}` : error.code;
  }
}

/** Runs a scenario; every answer beside what was expected, and the end. */
export async function runScenario(scenario: Scenario) {
  const client = await Client.start(scenario);
  const answers: { move: string; expected: unknown; answered: unknown; changed: boolean }[] = [];
  for (const [index, move] of scenario.moves.entries()) {
    const before = JSON.stringify(client.state());
    const answered = await client.step(move);
    const expected = move.rule ? `${move.expect} ${move.rule}` : move.expect;
    const changed = answered !== 'ok' && JSON.stringify(client.state()) !== before;
    answers.push({ move: `${index} ${move.do}`, expected, answered, changed });
  }
  return { answers, end: client.state() };
}
