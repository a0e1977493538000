// The loaded part of one conversation's history: a window that grows both ways and jumps. No React.
import { errorText } from '../api/errors';
import type { StreamEvent } from '../api/events';
import type { Id, Message, MessagePage, ReadState, User, View } from '../api/types';
import type { Where } from './api';
import {
  changed,
  FRESH,
  includes,
  pinnedAnew,
  quotedAnew,
  type Target,
  type TimelineSnapshot,
  withEarlier,
  withLater,
  withNew,
} from './history-window';
import { unseenOf } from './rows';

/** A page of the history, and with the first one the pins. */
type Page = MessagePage & { pins?: Message[] };

export interface TimelineParts {
  load(conversationId: Id, where: Where): Promise<MessagePage>;
  /** The newest messages, or those around one, together with all else that is shown beside them. */
  view(conversationId: Id, around: number | null): Promise<Pick<View, 'history' | 'pins'>>;
  readState(): ReadState | undefined;
  me(): Id;
  remember(users: User[]): void;
  /** There is no connection: nothing more comes by asking. */
  isCut(): boolean;
}

export class Timeline {
  readonly conversationId: Id;
  /** Set by the view: the newest message is visible and the window has the focus. */
  isWatched = false;
  /** Set by the view: scrolled to the end, so old messages may be dropped instead of new ones. */
  isAtEnd = true;

  #parts: TimelineParts;
  #snapshot = FRESH;
  #listeners = new Set<() => void>();
  #generation = 0;
  #nonce = 0;
  #loads = 0;
  /** Events that came while a page was under way, to be applied to what it brings. */
  #held: StreamEvent[] = [];

  constructor(conversationId: Id, parts: TimelineParts) {
    this.conversationId = conversationId;
    this.#parts = parts;
  }

  getSnapshot = (): TimelineSnapshot => this.#snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Shown (again): at the first unread message, else at the newest. */
  open(): void {
    const readState = this.#parts.readState();
    const read = readState?.read_seq ?? 0;
    const hasUnread = readState !== undefined && readState.last_seq > read;
    const lineAfter = hasUnread ? read : null;
    const { status, hasAfter, messages } = this.#snapshot;
    const isLoaded = status === 'ready' && (hasUnread ? includes(this.#snapshot, read + 1) : !hasAfter);
    if (isLoaded) {
      const target: Omit<Target, 'nonce'> = hasUnread
        ? { seq: read, kind: 'line' }
        : { seq: messages.at(-1)?.seq ?? 0, kind: 'end' };
      this.#set({ lineAfter, target: this.#aim(target) });
      return;
    }
    this.#set({ lineAfter });
    const isFar = hasUnread && read > 0 && (readState?.last_seq ?? 0) - read > 40;
    void this.#replace(this.#view(isFar ? read : null), () =>
      hasUnread ? { seq: read, kind: 'line' } : { seq: 0, kind: 'end' },
    );
  }

  /** Loads again after an error, or because the stream had a gap. */
  refresh(): void {
    const { hasAfter, messages } = this.#snapshot;
    const middle = messages[Math.floor(messages.length / 2)];
    void this.#replace(this.#view(hasAfter && middle ? middle.seq : null), () => null);
  }

  /** What was never meant for this reader is not gone through, unless it is `asked` for. */
  async loadBefore(isAsked = false): Promise<void> {
    const { status, hasBefore, loadingBefore, messages } = this.#snapshot;
    const first = messages[0];
    if (status !== 'ready' || !hasBefore || loadingBefore || !first) return;
    if (!isAsked && (unseenOf(first) || this.#parts.isCut())) return;
    this.#set({ loadingBefore: true, error: null });
    await this.#page(this.#load({ before: first.seq }), (page) => {
      this.#set(withEarlier(this.#snapshot, page));
    });
    this.#set({ loadingBefore: false });
  }

  async loadAfter(): Promise<void> {
    const { status, hasAfter, loadingAfter, messages } = this.#snapshot;
    const last = messages.at(-1);
    if (status !== 'ready' || !hasAfter || loadingAfter || !last) return;
    this.#set({ loadingAfter: true, error: null });
    await this.#page(this.#load({ after: last.seq }), (page) => {
      this.#set(withLater(this.#snapshot, page));
    });
    this.#set({ loadingAfter: false });
  }

  /** Goes to a message by its number, loading what surrounds it where necessary. */
  jumpTo(seq: number): Promise<void> {
    return this.#go(seq, { seq, kind: 'message' });
  }

  /** Goes to the first message of a day or later. */
  async jumpToDate(ms: number): Promise<void> {
    await this.#replace(this.#load({ at: ms }), (page) => {
      const first = page.messages.find((message) => message.created_at >= ms) ?? page.messages.at(-1);
      return first ? { seq: first.seq, kind: 'message' } : null;
    });
  }

  /** Goes to the new-messages line. */
  jumpToUnread(): Promise<void> {
    const { lineAfter } = this.#snapshot;
    if (lineAfter === null) return Promise.resolve();
    return this.#go(lineAfter + 1, { seq: lineAfter, kind: 'line' });
  }

  async jumpToPresent(): Promise<void> {
    const { messages, hasAfter, status } = this.#snapshot;
    if (status === 'ready' && !hasAfter) {
      this.#set({ target: this.#aim({ seq: messages.at(-1)?.seq ?? 0, kind: 'end' }) });
      return;
    }
    await this.#replace(this.#load({}), () => ({ seq: 0, kind: 'end' }));
  }

  /** Moves the new-messages line: by "mark unread", or away (null). */
  setLine(lineAfter: number | null): void {
    if (lineAfter !== this.#snapshot.lineAfter) this.#set({ lineAfter });
  }

  /** The view has scrolled there. */
  arrived(target: Target): void {
    if (this.#snapshot.target === target) this.#set({ target: null });
  }

  /** An event of this conversation's stream. */
  receive(event: StreamEvent): void {
    if (this.#loads > 0) this.#held.push(event);
    if (this.#snapshot.status === 'ready') this.#apply(event);
    // What is under way may be a page without the pins.
    else if (isChange(event)) this.#repin(event.d);
  }

  /** The answer to the user's own edit, deletion, pin or reaction, ahead of its event. */
  replace(message: Message): void {
    this.#repin(message);
    const messages = changed(this.#snapshot.messages, message.seq, () => message);
    const isAsFirst = message.edited_at === null && message.deleted_at === null;
    this.#setMessages(isAsFirst ? messages : quotedAnew(messages, message));
  }

  #apply(event: StreamEvent): void {
    if (event.ev === 'message.created') this.#append(event.d);
    else if (isChange(event)) this.replace(event.d);
    else if (event.ev === 'reaction.added' || event.ev === 'reaction.removed') {
      const { seq, reactions } = event.d;
      this.#setMessages(changed(this.#snapshot.messages, seq, (message) => ({ ...message, reactions })));
    }
  }

  #append(message: Message): void {
    const { messages, lineAfter } = this.#snapshot;
    if (message.seq <= (messages.at(-1)?.seq ?? 0)) {
      this.replace(message);
      return;
    }
    const isOwn = message.author_id === this.#parts.me();
    if (isOwn) this.#set({ lineAfter: null });
    else if (!this.isWatched && this.#isPast(lineAfter)) this.#set({ lineAfter: message.seq - 1 });
    if (!this.#snapshot.hasAfter) this.#set(withNew(this.#snapshot, message, this.isAtEnd));
  }

  /** Whether the new-messages line, if there is one, has been read past. */
  #isPast(lineAfter: number | null): boolean {
    return lineAfter === null || lineAfter < (this.#parts.readState()?.read_seq ?? 0);
  }

  #repin(message: Message): void {
    const pins = this.#snapshot.pins && pinnedAnew(this.#snapshot.pins, message);
    if (pins !== this.#snapshot.pins) this.#set({ pins });
  }

  #setMessages(messages: Message[]): void {
    if (messages !== this.#snapshot.messages) this.#set({ messages });
  }

  async #go(seq: number, target: Omit<Target, 'nonce'>): Promise<void> {
    if (this.#snapshot.status === 'ready' && includes(this.#snapshot, seq)) {
      this.#set({ target: this.#aim(target) });
      return;
    }
    const isFirst = this.#snapshot.pins === null;
    await this.#replace(isFirst ? this.#view(seq) : this.#load({ around: seq }), () => target);
  }

  #load(where: Where): () => Promise<Page> {
    return () => this.#parts.load(this.conversationId, where);
  }

  #view(around: number | null): () => Promise<Page> {
    return async () => {
      const { history, pins } = await this.#parts.view(this.conversationId, around);
      return { ...history, pins };
    };
  }

  #aim(target: Omit<Target, 'nonce'>): Target {
    this.#nonce += 1;
    return { ...target, nonce: this.#nonce };
  }

  /** Loads a new window in place of the present one. */
  async #replace(
    load: () => Promise<Page>,
    target: (page: Page) => Omit<Target, 'nonce'> | null,
  ): Promise<void> {
    this.#generation += 1;
    this.#set({ status: 'loading', loadingBefore: false, loadingAfter: false, error: null });
    await this.#page(load, (page) => {
      const aimed = target(page);
      this.#set({
        status: 'ready',
        messages: page.messages,
        hasBefore: page.has_before,
        hasAfter: page.has_after,
        target: aimed && this.#aim(aimed),
        pins: page.pins ?? this.#snapshot.pins,
      });
    });
  }

  async #page(load: () => Promise<Page>, take: (page: Page) => void): Promise<void> {
    const generation = this.#generation;
    this.#loads += 1;
    try {
      const page = await load();
      if (generation !== this.#generation) return;
      this.#parts.remember(page.users);
      take(page);
      for (const event of this.#held) if (event.n > page.n) this.#apply(event);
    } catch (error) {
      if (generation !== this.#generation) return;
      const status = this.#snapshot.status === 'loading' ? 'failed' : this.#snapshot.status;
      this.#set({ status, error: errorText(error) });
    } finally {
      this.#loads -= 1;
      if (this.#loads === 0) this.#held = [];
    }
  }

  #set(change: Partial<TimelineSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

const CHANGES = ['message.updated', 'message.deleted', 'message.pinned', 'message.unpinned'] as const;

type Change = Extract<StreamEvent, { ev: (typeof CHANGES)[number] }>;

/** Whether an event says what a known message is now. */
function isChange(event: StreamEvent): event is Change {
  return (CHANGES as readonly string[]).includes(event.ev);
}
