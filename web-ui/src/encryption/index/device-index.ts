// The search index on this device, as the app uses it. It holds what the engine has opened, in a worker.
import type { Id, SearchHit } from '../../api/types';
import { workerUrl } from '../../lib/trusted-types';
import { store } from '../../state/store';
import { type LocalHit, type MessageIndex, type OpenedMessage, sealedOf } from '../model';
import workerPath from './index.worker.ts?worker&url';
import type { IndexStats } from './kept-index';
import type { Found, Position } from './message-index';
import type { Entry } from './segment';
import { kept } from './words';
import type { IndexAnswer, IndexCallName, IndexCalls } from './worker-calls';

/** Messages gathered before they are handed to the worker. */
const GATHER_MS = 50;

/** Where to search on this device. */
export interface LocalQuery {
  query: string;
  /** Null: everywhere. */
  conversations: Id[] | null;
  after: Position | null;
  limit: number;
}

export interface LocalPage {
  hits: SearchHit[];
  next: Position | null;
}

/** How the index is reached; a worker, and something simpler in tests. */
export interface IndexPort {
  call<N extends IndexCallName>(name: N, input: IndexCalls[N]['input']): Promise<IndexCalls[N]['output']>;
  end(): void;
}

export class DeviceIndex implements MessageIndex {
  readonly account: Id;
  #port: IndexPort;
  #gathered: Entry[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(account: Id, port: IndexPort) {
    this.account = account;
    this.#port = port;
    void port.call('open', account).catch(() => undefined);
  }

  put(messages: OpenedMessage[]): void {
    const gone = messages.filter(
      (message) => !isSearchable(message) && sealedOf(message)?.unreadable == null,
    );
    if (gone.length > 0) this.#removeIds(gone.map(({ id }) => id));
    this.#gathered.push(...messages.filter(isSearchable).map(entryOf));
    this.#timer ??= setTimeout(() => this.#hand(), GATHER_MS);
  }

  remove(_conversationId: Id, messageIds: Id[]): void {
    this.#removeIds(messageIds);
  }

  forget(conversationId: Id): void {
    this.#gathered = this.#gathered.filter(({ conversation }) => conversation !== conversationId);
    void this.#port.call('forget', conversationId).catch(() => undefined);
  }

  async search(query: string, conversationId?: Id): Promise<LocalHit[]> {
    const conversations = conversationId === undefined ? null : [conversationId];
    const { hits } = await this.find({ query, conversations, after: null, limit: 100 });
    return hits.map(({ message }) => ({ message, score: message.created_at }));
  }

  /** Newest first, page by page. */
  async find({ query, conversations, after, limit }: LocalQuery): Promise<LocalPage> {
    this.#hand();
    const from = authorIn(query);
    const page = await this.#port.call('search', { query, from, conversations, after, limit });
    return { hits: page.hits.map(hitOf), next: page.next };
  }

  stats(): Promise<IndexStats> {
    return this.#port.call('stats', null);
  }

  async clear(): Promise<void> {
    clearTimeout(this.#timer);
    this.#gathered = [];
    await this.#port.call('clear', null);
    this.#port.end();
    if (open === this) open = null;
  }

  /** The page is being left: what was gathered is stored. */
  save(): void {
    this.#hand();
    void this.#port.call('save', null).catch(() => undefined);
  }

  #removeIds(ids: Id[]): void {
    const gone = new Set(ids);
    this.#gathered = this.#gathered.filter(({ id }) => !gone.has(id));
    void this.#port.call('remove', ids).catch(() => undefined);
  }

  #hand(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathered.length === 0) return;
    const entries = this.#gathered;
    this.#gathered = [];
    void this.#port.call('put', entries).catch(() => undefined);
  }
}

let open: DeviceIndex | null = null;

/** The index of an account on this device; made when it is first asked for. */
export function deviceIndex(account: Id): DeviceIndex {
  if (open?.account !== account) {
    open?.save();
    open = new DeviceIndex(account, new WorkerPort());
    document.addEventListener('visibilitychange', saveWhenHidden);
  }
  return open;
}

/** The index if it is open; null before encryption has started. */
export const openIndex = (): DeviceIndex | null => open;

function saveWhenHidden(): void {
  if (document.visibilityState === 'hidden') open?.save();
}

class WorkerPort implements IndexPort {
  #worker = new Worker(workerUrl(new URL(workerPath, location.href)), { type: 'module', name: 'search' });
  #waiting = new Map<number, { resolve: (output: never) => void; reject: (error: Error) => void }>();
  #next = 1;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<IndexAnswer>) => {
      const waiting = this.#waiting.get(data.number);
      this.#waiting.delete(data.number);
      if ('error' in data) waiting?.reject(new Error(data.error));
      else waiting?.resolve(data.output as never);
    };
    this.#worker.onerror = () => this.#fail();
  }

  call<N extends IndexCallName>(name: N, input: IndexCalls[N]['input']): Promise<IndexCalls[N]['output']> {
    const number = this.#next;
    this.#next += 1;
    this.#worker.postMessage({ number, name, input });
    return new Promise((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
  }

  end(): void {
    this.#worker.terminate();
    this.#fail();
  }

  #fail(): void {
    for (const { reject } of this.#waiting.values())
      reject(new Error('The search on this device has ended.'));
    this.#waiting.clear();
  }
}

function isSearchable(message: OpenedMessage): boolean {
  return message.deleted_at === null && message.content?.type === 'text' && message.content.text !== '';
}

function entryOf(message: OpenedMessage): Entry {
  return {
    id: message.id,
    conversation: message.conversation_id,
    seq: message.seq,
    author: message.author_id,
    at: message.created_at,
    editedAt: message.edited_at,
    expiresAt: sealedOf(message)?.expiresAt ?? null,
    text: kept(message.content?.text ?? ''),
  };
}

const NAMED = /(?:^|\s)from:@*(\S+)/i;

/** Whom `from:` means. */
function authorIn(query: string): Id | null {
  const name = NAMED.exec(query)?.[1]?.toLowerCase();
  if (name === undefined) return null;
  const { me, users } = store.getState();
  if (name === 'me') return me?.user.id ?? null;
  return Object.values(users).find(({ username }) => username.toLowerCase() === name)?.id ?? null;
}

function hitOf({ entry, fragments }: Found): SearchHit {
  const message: OpenedMessage = {
    id: entry.id,
    conversation_id: entry.conversation,
    seq: entry.seq,
    author_id: entry.author,
    created_at: entry.at,
    edited_at: entry.editedAt,
    deleted_at: null,
    deleted_by: null,
    pinned_at: null,
    content: { type: 'text', text: entry.text },
    reply: null,
    mentions: { users: [], roles: [], rooms: [], everyone: false },
    reactions: [],
    sealed: { expiresAt: entry.expiresAt, gapBefore: false, unreadable: null },
  };
  return { message, fragments };
}
