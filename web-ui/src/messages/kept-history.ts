// The newest messages of the conversations that were read last, kept on this device and followed with their events, so
// that they can be read without the node.
import { Unreachable } from '../api/errors';
import type { StreamEvent } from '../api/events';
import type { Id, Message, MessagePage, View } from '../api/types';
import type { Sealed } from '../encryption/model';
import { live } from '../state/live';
import { offline } from '../state/offline';
import { store } from '../state/store';
import { socket } from '../state/sync';
import { loadHistory } from './api';
import { changed, pinnedAnew, quotedAnew } from './history-window';

/** Messages of a conversation. */
const MESSAGES = 60;
const CONVERSATIONS = 30;
const GATHER_MS = 1_500;
/** Events of all streams that a page which is still on its way may not include. */
const RECENT = 200;
/** What fell behind is brought up to date after the start, without hurry. */
const REFILL_MS = 5_000;
const REFILL_PAUSE_MS = 300;

export interface KeptPage {
  /** The newest event of the stream that it includes. */
  n: number;
  messages: Message[];
  hasBefore: boolean;
  pins: Message[];
  /** When it was read last, in Unix milliseconds. */
  at: number;
}

type First = Pick<View, 'history' | 'pins'>;

let pages: Promise<Map<Id, KeptPage>> | null = null;
const dirty = new Set<Id>();
const recent: StreamEvent[] = [];
/** Shown as they were kept: to be loaded when the node is back. */
const shown = new Set<Id>();
let writing: ReturnType<typeof setTimeout> | undefined;
let refilling: ReturnType<typeof setTimeout> | undefined;

/** Whether there is no use in asking the node now. */
const isCut = (): boolean => store.getState().isKept || socket.getSnapshot().state === 'offline';

const all = (): Promise<Map<Id, KeptPage>> => {
  pages ??= offline.pages<KeptPage>().then((found) => {
    const known = new Map(found);
    // What went away meanwhile goes from the disk too.
    for (const [id, page] of found) if (page.messages.some(isExpired)) set(known, id, page);
    return known;
  });
  return pages;
};

export const keptHistory = {
  /** The first page of a conversation: from the node, or where it can't be reached what this device has. */
  async view(
    conversationId: Id,
    around: number | null,
    load: (conversationId: Id, around: number | null) => Promise<First>,
  ): Promise<First> {
    const kept = isCut() ? await find(conversationId, around) : null;
    if (kept) return kept;
    try {
      const view = await load(conversationId, around);
      void note(conversationId, view.history, view.pins);
      return view;
    } catch (error) {
      const instead = error instanceof Unreachable ? await find(conversationId, around) : null;
      if (instead) return instead;
      throw error;
    }
  },

  async load(conversationId: Id, page: Promise<MessagePage>): Promise<MessagePage> {
    const loaded = await page;
    void note(conversationId, loaded, null);
    return loaded;
  },

  /** Conversations that were shown as they were kept; asked once. */
  shown(): Id[] {
    const ids = [...shown];
    shown.clear();
    return ids;
  },

  /** Signed out. */
  forget(): void {
    clearTimeout(writing);
    clearTimeout(refilling);
    writing = undefined;
    pages = null;
    dirty.clear();
    recent.length = 0;
    shown.clear();
  },
};

async function find(conversationId: Id, around: number | null): Promise<First | null> {
  const page = (await all()).get(conversationId);
  const messages = page?.messages.filter((message) => !isExpired(message)) ?? [];
  const [first] = messages;
  if (!page || !first || (around !== null && around < first.seq)) return null;
  shown.add(conversationId);
  const history = { messages, has_before: page.hasBefore, has_after: false, n: page.n, users: [] };
  return { history, pins: page.pins };
}

/** A page that reaches to the newest message is worth keeping. */
async function note(conversationId: Id, page: MessagePage, pins: Message[] | null): Promise<void> {
  if (page.has_after) return;
  const known = await all();
  const messages = page.messages.slice(-MESSAGES);
  const hasBefore = page.has_before || messages.length < page.messages.length;
  const kept = pins ?? known.get(conversationId)?.pins ?? [];
  const loaded = { n: page.n, messages, hasBefore, pins: kept, at: Date.now() };
  set(known, conversationId, caughtUp(conversationId, loaded));
}

/** With what came while it was on its way. */
function caughtUp(conversationId: Id, page: KeptPage): KeptPage {
  return recent.filter(({ s, n }) => s === conversationId && n > page.n).reduce(step, page);
}

/** After a gap only what is there already changes: the rest is loaded anew. */
function step(page: KeptPage, event: StreamEvent): KeptPage {
  if (event.n <= page.n + 1) return follow(page, event);
  return event.ev === 'message.created' ? page : { ...follow(page, event), n: page.n };
}

function isExpired(message: Message): boolean {
  const until = (message as Message & { sealed?: Sealed }).sealed?.expiresAt ?? null;
  return until !== null && until <= Date.now();
}

/** The page once this has happened. */
export function follow(page: KeptPage, event: StreamEvent): KeptPage {
  const n = Math.max(page.n, event.n);
  switch (event.ev) {
    case 'message.created': {
      const { seq } = event.d;
      const last = page.messages.at(-1)?.seq ?? 0;
      if (seq <= last) return { ...page, n, messages: changed(page.messages, seq, () => event.d) };
      const messages = [...page.messages, event.d];
      return {
        ...page,
        n,
        messages: messages.slice(-MESSAGES),
        hasBefore: page.hasBefore || messages.length > MESSAGES,
      };
    }
    case 'message.updated':
    case 'message.deleted':
    case 'message.pinned':
    case 'message.unpinned': {
      const messages = quotedAnew(
        changed(page.messages, event.d.seq, () => event.d),
        event.d,
      );
      return { ...page, n, messages, pins: pinnedAnew(page.pins, event.d) };
    }
    case 'reaction.added':
    case 'reaction.removed': {
      const { seq, reactions } = event.d;
      return { ...page, n, messages: changed(page.messages, seq, (message) => ({ ...message, reactions })) };
    }
    default:
      return { ...page, n };
  }
}

async function take(event: StreamEvent): Promise<void> {
  recent.push(event);
  if (recent.length > RECENT) recent.shift();
  const known = await all();
  if (/\.(left|deleted)$/.test(event.ev)) dropGone(known);
  const page = known.get(event.s);
  if (!page) return;
  set(known, event.s, step(page, event));
  if (event.n > page.n + 1) refillSoon();
}

function dropGone(known: Map<Id, KeptPage>): void {
  const { conversations, rooms } = store.getState();
  for (const id of [...known.keys()]) if (!(id in conversations) && !(id in rooms)) set(known, id, null);
}

function set(known: Map<Id, KeptPage>, conversationId: Id, page: KeptPage | null): void {
  const isNew = page !== null && !known.has(conversationId);
  if (page) known.set(conversationId, page);
  else known.delete(conversationId);
  dirty.add(conversationId);
  const older = [...known].sort(([, a], [, b]) => b.at - a.at).slice(CONVERSATIONS);
  for (const [id] of older) {
    known.delete(id);
    dirty.add(id);
  }
  // The next page follows only what it finds on the disk; what it finds there too old it loads anew.
  if (isNew) void write();
  else writing ??= setTimeout(() => void write(), GATHER_MS);
}

async function write(): Promise<void> {
  clearTimeout(writing);
  writing = undefined;
  const known = await all();
  const ids = [...dirty];
  dirty.clear();
  for (const id of ids) {
    const page = known.get(id);
    const messages = page?.messages.filter((message) => !isExpired(message)) ?? [];
    await offline.keepPage(id, page ? { ...page, messages } : null);
  }
}

/** Pages that missed something are loaded anew; those of conversations that are gone go too. */
async function refill(): Promise<void> {
  const known = await all();
  if (!canRefill()) return;
  dropGone(known);
  for (const id of [...known].sort(([, a], [, b]) => b.at - a.at).map(([id]) => id)) {
    const before = known.get(id);
    if (!before || before.n >= (store.getState().cursors[id] ?? 0)) continue;
    if (!canRefill()) return;
    const fresh = await loadHistory(id, {}).catch(() => null);
    const { messages = [], has_before = false, n = 0 } = fresh ?? {};
    const page = known.get(id);
    if (fresh && page && page.n < n) {
      set(known, id, caughtUp(id, { ...page, n, messages, hasBefore: has_before }));
    }
    await new Promise((done) => setTimeout(done, REFILL_PAUSE_MS));
  }
}

function canRefill(): boolean {
  const { isKept, phase } = store.getState();
  return !isKept && phase === 'ready' && socket.isOnline;
}

live.listen({
  event: (event) => void take(event),
  reload: refillSoon,
});

socket.subscribe(() => {
  if (socket.isOnline) refillSoon();
});

function refillSoon(): void {
  clearTimeout(refilling);
  refilling = setTimeout(() => void refill().catch(() => undefined), REFILL_MS);
}

// The page may end at any time from here on.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden' && writing !== undefined) void write();
});
