// The window of a conversation's history as plain functions: what a page, a message or an event makes of it.
import type { Message, MessagePage } from '../api/types';

/** A message that the view should scroll to. `nonce` tells two jumps to the same message apart. */
export interface Target {
  seq: number;
  nonce: number;
  /** `line`: to the new-messages line, `message`: to that message, and point it out; `end`: to the newest. */
  kind: 'line' | 'message' | 'end';
}

export interface TimelineSnapshot {
  status: 'loading' | 'ready' | 'failed';
  messages: Message[];
  hasBefore: boolean;
  hasAfter: boolean;
  loadingBefore: boolean;
  loadingAfter: boolean;
  error: string | null;
  /** The new-messages line stands after the message with this number. */
  lineAfter: number | null;
  target: Target | null;
  /** The pinned messages of the whole conversation, newest pin first; null until they are loaded. */
  pins: Message[] | null;
}

/** The most messages that are kept at a time. */
export const WINDOW = 300;

/** As much of a message as a reply quotes. */
const EXCERPT = 200;

export const FRESH: TimelineSnapshot = {
  status: 'loading',
  messages: [],
  hasBefore: false,
  hasAfter: false,
  loadingBefore: false,
  loadingAfter: false,
  error: null,
  lineAfter: null,
  target: null,
  pins: null,
};

type Window = Pick<TimelineSnapshot, 'messages' | 'hasBefore' | 'hasAfter'>;

export function includes({ messages }: Window, seq: number): boolean {
  const first = messages[0]?.seq ?? Number.POSITIVE_INFINITY;
  return seq >= first && seq <= (messages.at(-1)?.seq ?? 0);
}

/** With an earlier page in front; the newest messages make room. */
export function withEarlier(loaded: Window, page: MessagePage): Window {
  const merged = merge(page.messages, loaded.messages);
  const messages = merged.slice(0, WINDOW);
  return {
    messages,
    hasBefore: page.has_before,
    hasAfter: loaded.hasAfter || messages.length < merged.length,
  };
}

/** With a later page behind; the oldest messages make room. */
export function withLater(loaded: Window, page: MessagePage): Window {
  const merged = merge(loaded.messages, page.messages);
  const messages = merged.slice(-WINDOW);
  return {
    messages,
    hasAfter: page.has_after,
    hasBefore: loaded.hasBefore || messages.length < merged.length,
  };
}

/** With a message that has just been written; `loaded` reaches to the newest. */
export function withNew(loaded: Window, message: Message, isAtEnd: boolean): Window {
  const { messages } = loaded;
  const last = messages.at(-1)?.seq ?? 0;
  const isFull = messages.length >= WINDOW;
  const isMissing = message.seq > last + 1 && messages.length > 0;
  if (isMissing || (isFull && !isAtEnd)) return { ...loaded, hasAfter: true };
  if (isFull) return { ...loaded, messages: [...messages, message].slice(-WINDOW), hasBefore: true };
  return { ...loaded, messages: [...messages, message] };
}

/** With one message changed; the same array where that message is not loaded. */
export function changed(messages: Message[], seq: number, change: (message: Message) => Message): Message[] {
  const index = messages.findIndex((message) => message.seq === seq);
  const found = messages[index];
  return found ? messages.with(index, change(found)) : messages;
}

/** Replies quote a message as it is now, also where only they are loaded. */
export function quotedAnew(messages: Message[], { id, content }: Message): Message[] {
  const excerpt = content?.text.slice(0, EXCERPT) ?? null;
  if (!messages.some(({ reply }) => reply?.id === id && reply.excerpt !== excerpt)) return messages;
  return messages.map((message) =>
    message.reply?.id === id ? { ...message, reply: { ...message.reply, excerpt } } : message,
  );
}

/** The pins once this message is as it is now. */
export function pinnedAnew(pins: Message[], message: Message): Message[] {
  const isPinned = message.pinned_at !== null && message.deleted_at === null;
  if (!isPinned && !pins.some(({ id }) => id === message.id)) return pins;
  const others = pins.filter(({ id }) => id !== message.id);
  if (!isPinned) return others;
  return [message, ...others].sort((a, b) => (b.pinned_at ?? 0) - (a.pinned_at ?? 0));
}

/** Two runs of messages in order; where they overlap the second is the newer. */
function merge(older: Message[], newer: Message[]): Message[] {
  const first = newer[0]?.seq ?? Number.POSITIVE_INFINITY;
  return [...older.filter((message) => message.seq < first), ...newer];
}
