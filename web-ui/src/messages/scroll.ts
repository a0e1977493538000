// Where the message list stands: keeps its place, follows the end, jumps, asks for more in time.
//
// The list hangs in a `column-reverse` box: its scroll position is counted from the end, so whatever comes
// in above never moves what is being read, and what comes in below moves it only while one is at the end.
// For the rest (a row below grows while one reads above) the browser's scroll anchoring does it, or, where
// there is none, `#restore`.

import type { Target, TimelineSnapshot } from './history-window';
import { markRead } from './reading';
import type { Timeline } from './timeline';

export interface ScrollSnapshot {
  /** Far enough from the newest message to offer a way back. */
  isFar: boolean;
  /** The new-messages line is above what is visible. */
  isLineAbove: boolean;
}

const END_PX = 48;
const EARLY_SCREENS = 2;
const CAN_ANCHOR = typeof CSS !== 'undefined' && CSS.supports?.('overflow-anchor', 'auto');

export class ScrollKeeper {
  #timeline: Timeline;
  #box: HTMLElement | null = null;
  #snapshot: ScrollSnapshot = { isFar: false, isLineAbove: false };
  #listeners = new Set<() => void>();
  #anchor: { element: Element; top: number } | null = null;
  #resize: ResizeObserver | null = null;
  #highlight: (seq: number) => void;

  constructor(timeline: Timeline, highlight: (seq: number) => void) {
    this.#timeline = timeline;
    this.#highlight = highlight;
  }

  getSnapshot = (): ScrollSnapshot => this.#snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  attach(box: HTMLElement): () => void {
    this.#box = box;
    this.#resize = new ResizeObserver(() => this.#grown());
    this.#resize.observe(box);
    if (box.firstElementChild) this.#resize.observe(box.firstElementChild);
    window.addEventListener('focus', this.scrolled);
    window.addEventListener('blur', this.scrolled);
    document.addEventListener('visibilitychange', this.scrolled);
    return () => {
      this.#resize?.disconnect();
      window.removeEventListener('focus', this.scrolled);
      window.removeEventListener('blur', this.scrolled);
      document.removeEventListener('visibilitychange', this.scrolled);
      this.#box = null;
      this.#timeline.isWatched = false;
      this.#timeline.isAtEnd = true;
    };
  }

  /** The user, or the list itself, has scrolled; or the window gained or lost the focus. */
  scrolled = (): void => {
    const box = this.#box;
    if (!box) return;
    const { status, hasAfter, messages, target } = this.#timeline.getSnapshot();
    const fromEnd = -box.scrollTop;
    const isAtEnd = fromEnd < END_PX && !hasAfter;
    this.#timeline.isAtEnd = isAtEnd;
    const hasFocus = document.visibilityState === 'visible' && document.hasFocus();
    this.#timeline.isWatched = isAtEnd && hasFocus && status === 'ready';
    const last = messages.at(-1);
    if (this.#timeline.isWatched && last && !target) markRead(this.#timeline.conversationId, last.seq);
    this.#keepAnchor();
    this.#loadEarly();
    this.#set({ isFar: hasAfter || fromEnd > box.clientHeight, isLineAbove: this.#isLineAbove() });
  };

  /** A new snapshot has been drawn. */
  rendered({ target, status }: TimelineSnapshot): void {
    const box = this.#box;
    if (!box || status !== 'ready') return;
    if (target) this.#jump(box, target);
    else if (this.#timeline.isAtEnd) box.scrollTop = 0;
    else this.#restore();
    this.scrolled();
  }

  /** One screen, by key. */
  page(direction: 1 | -1): void {
    this.#box?.scrollBy({ top: direction * this.#box.clientHeight * 0.9 });
  }

  #jump(box: HTMLElement, target: Target): void {
    const selector = target.kind === 'line' ? '[data-line]' : `[data-seq="${target.seq}"]`;
    const element = target.kind === 'end' ? null : box.querySelector(selector);
    if (!element) box.scrollTop = 0;
    else if (target.kind === 'line') {
      const top = element.getBoundingClientRect().top - box.getBoundingClientRect().top;
      box.scrollTop += top - box.clientHeight * 0.25;
    } else {
      element.scrollIntoView({ block: 'center' });
      this.#highlight(target.seq);
    }
    this.#timeline.arrived(target);
  }

  #loadEarly(): void {
    const box = this.#box;
    if (!box) return;
    const early = box.clientHeight * EARLY_SCREENS;
    const fromStart = box.scrollHeight - box.clientHeight + box.scrollTop;
    if (fromStart < early) void this.#timeline.loadBefore();
    if (-box.scrollTop < early) void this.#timeline.loadAfter();
  }

  #isLineAbove(): boolean {
    const box = this.#box;
    const { lineAfter, messages, status } = this.#timeline.getSnapshot();
    if (!box || lineAfter === null || status !== 'ready') return false;
    const line = box.querySelector('[data-line]');
    if (line) return line.getBoundingClientRect().bottom < box.getBoundingClientRect().top;
    return (messages[0]?.seq ?? 0) > lineAfter + 1;
  }

  /** Rows or the box changed their size. */
  #grown(): void {
    if (!this.#box) return;
    if (this.#timeline.isAtEnd) this.#box.scrollTop = 0;
    else this.#restore();
    this.scrolled();
  }

  #keepAnchor(): void {
    const box = this.#box;
    if (CAN_ANCHOR || !box) return;
    const top = box.getBoundingClientRect().top;
    for (const element of box.querySelectorAll('[data-seq]')) {
      const rect = element.getBoundingClientRect();
      if (rect.bottom <= top) continue;
      this.#anchor = { element, top: rect.top };
      return;
    }
  }

  #restore(): void {
    if (CAN_ANCHOR || !this.#box || !this.#anchor?.element.isConnected) return;
    this.#box.scrollTop += this.#anchor.element.getBoundingClientRect().top - this.#anchor.top;
  }

  #set(next: ScrollSnapshot): void {
    if (next.isFar === this.#snapshot.isFar && next.isLineAbove === this.#snapshot.isLineAbove) return;
    this.#snapshot = next;
    for (const listener of this.#listeners) listener();
  }
}
