// Searching messages: what is typed, where, in which order, and what was found. No React.
import { ApiError, errorText, isOutage } from '../api/errors';
import type { Id, SearchHit, SearchPage, User } from '../api/types';
import type { SearchQuery } from './api';
import { askable } from './search-text';

export type SearchScope = 'conversation' | 'server' | 'everywhere';
export type SearchSort = SearchQuery['sort'];

/** Where the search is opened. */
export interface SearchPlace {
  conversationId: Id;
  serverId: Id | null;
}

export interface SearchError {
  text: string;
  /** `query`: what was typed can't be understood; `away`: worth trying again; `other`: refused for another reason. */
  kind: 'query' | 'away' | 'other';
}

export interface SearchSnapshot {
  query: string;
  scope: SearchScope;
  sort: SearchSort;
  /** `idle`: there is nothing to search for. While `searching`, the earlier hits stay. */
  status: 'idle' | 'searching' | 'ready' | 'failed';
  hits: SearchHit[];
  hasMore: boolean;
  loadingMore: boolean;
  error: SearchError | null;
  /** The hit that was gone to last. */
  visited: Id | null;
}

export interface SearchParts {
  search(query: SearchQuery, signal: AbortSignal): Promise<SearchPage>;
  remember(users: User[]): void;
  /** Whether somebody is known to have this username. */
  isName(username: string): boolean;
}

const TYPING_MS = 200;
/** After the node could not be reached: when it is asked again, and how seldom it gets. */
const RETRY_MS = 2_000;
const RETRY_MOST_MS = 60_000;

const NOTHING = {
  status: 'idle',
  hits: [] as SearchHit[],
  hasMore: false,
  loadingMore: false,
  error: null,
} as const;

export class MessageSearch {
  #parts: SearchParts;
  #snapshot: SearchSnapshot = {
    ...NOTHING,
    query: '',
    scope: 'conversation',
    sort: 'newest',
    visited: null,
  };
  #listeners = new Set<() => void>();
  #place: SearchPlace | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The request under way. Whatever starts another one ends it: its answer is stale. */
  #asking: AbortController | null = null;
  #asked: SearchQuery | null = null;
  #next: string | null = null;
  #isArriving = false;
  #retryMs = RETRY_MS;

  constructor(parts: SearchParts) {
    this.#parts = parts;
  }

  getSnapshot = (): SearchSnapshot => this.#snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Another conversation is shown. Where that changes what is searched, it is searched again. */
  enter(place: SearchPlace): void {
    const before = this.#scopeIds();
    this.#place = place;
    if (this.#snapshot.scope === 'server' && place.serverId === null) this.#set({ scope: 'everywhere' });
    const now = this.#scopeIds();
    if (before.conversation_id !== now.conversation_id || before.server_id !== now.server_id) this.#start();
  }

  /** What is typed; searched for a moment after the last key. */
  type(query: string): void {
    if (query === this.#snapshot.query) return;
    this.#set({ query });
    clearTimeout(this.#timer);
    const q = this.#askable();
    const { status } = this.#snapshot;
    // A filter was only begun, or a space typed: the answer is here or under way.
    if (q === this.#asked?.q && (status === 'ready' || status === 'searching')) return;
    this.#stop();
    if (q === '') this.#set(NOTHING);
    else this.#timer = setTimeout(() => this.#start(), TYPING_MS);
  }

  narrow(scope: SearchScope): void {
    this.#set({ scope });
    this.#start();
  }

  order(sort: SearchSort): void {
    this.#set({ sort });
    this.#start();
  }

  /** Searches now, for all that is typed. */
  submit(): void {
    this.#start(this.#snapshot.query.trim());
  }

  /** After a failure. */
  retry(): void {
    if (this.#snapshot.status === 'failed') this.#start(this.#asked?.q);
    else void this.loadMore();
  }

  /** There may be more to find now: asks the same once more, and keeps showing what is there until then. */
  again(): void {
    if (this.#asked) this.#start(this.#asked.q);
  }

  async loadMore(): Promise<void> {
    const { status, loadingMore } = this.#snapshot;
    const [asked, cursor] = [this.#asked, this.#next];
    if (status !== 'ready' || loadingMore || asked === null || cursor === null) return;
    this.#set({ loadingMore: true, error: null });
    await this.#ask({ ...asked, cursor }, (page) => {
      const known = new Set(this.#snapshot.hits.map(({ message }) => message.id));
      return [...this.#snapshot.hits, ...page.hits.filter(({ message }) => !known.has(message.id))];
    });
  }

  /** The user goes to a hit, perhaps in another conversation. */
  visit(id: Id, isElsewhere: boolean): void {
    this.#isArriving = isElsewhere;
    this.#set({ visited: id });
  }

  /** Whether the conversation that is being shown was gone to from a hit. Answers only once. */
  arrived(): boolean {
    const isArriving = this.#isArriving;
    this.#isArriving = false;
    return isArriving;
  }

  /** The message was deleted. */
  drop(id: Id): void {
    const hits = this.#snapshot.hits.filter(({ message }) => message.id !== id);
    if (hits.length < this.#snapshot.hits.length) this.#set({ hits });
  }

  #start(q = this.#askable()): void {
    this.#stop();
    if (q === '') {
      this.#set(NOTHING);
      return;
    }
    this.#asked = { q, ...this.#scopeIds(), sort: this.#snapshot.sort };
    this.#set({ status: 'searching', loadingMore: false, error: null });
    void this.#ask(this.#asked, (page) => page.hits);
  }

  #askable(): string {
    return askable(this.#snapshot.query, this.#parts.isName);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  #scopeIds(): Pick<SearchQuery, 'conversation_id' | 'server_id'> {
    const { scope } = this.#snapshot;
    if (this.#place === null || scope === 'everywhere') return {};
    if (scope === 'conversation') return { conversation_id: this.#place.conversationId };
    return this.#place.serverId === null ? {} : { server_id: this.#place.serverId };
  }

  async #ask(query: SearchQuery, take: (page: SearchPage) => SearchHit[]): Promise<void> {
    clearTimeout(this.#timer);
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const page = await this.#parts.search(query, asking.signal);
      if (asking !== this.#asking) return;
      this.#parts.remember(page.users);
      this.#next = page.next;
      this.#retryMs = RETRY_MS;
      this.#set({ status: 'ready', hits: take(page), hasMore: page.next !== null, loadingMore: false });
    } catch (error) {
      if (asking !== this.#asking) return;
      const isFirst = query.cursor === undefined;
      if (kindOf(error) === 'away') this.#later();
      this.#set({
        ...(isFirst && { ...NOTHING, status: 'failed' }),
        loadingMore: false,
        error: { text: errorText(error), kind: kindOf(error) },
      });
    }
  }

  /** A short loss of the network may go unnoticed by the socket, so nobody else would say when it is over. */
  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.retry(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MOST_MS);
  }

  #set(change: Partial<SearchSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function kindOf(error: unknown): SearchError['kind'] {
  if (error instanceof ApiError && error.field === 'q') return 'query';
  return isOutage(error) ? 'away' : 'other';
}
