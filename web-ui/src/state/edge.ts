// Where sealed messages become readable ones: everything that comes from the node passes here before anything else
// sees it, and what is written in an encrypted conversation leaves here. Who opens and seals is loaded later.
import { Unreachable } from '../api/errors';
import type { StreamEvent } from '../api/events';
import type { Content, Id, Message } from '../api/types';
import type { OutboxEntry } from './outbox';
import { forged, seenEncrypted } from './seen-encrypted';
import { store } from './store';

export interface Opener {
  open(messages: Message[]): Promise<Message[]>;
  /** The event as the app can take it. */
  event(event: StreamEvent): Promise<StreamEvent>;
  /** Whether the conversation is encrypted by what this browser has seen itself. */
  knows(conversationId: Id): Promise<boolean>;
  send(entry: OutboxEntry): Promise<Message>;
  /** Null where the message is none that was sealed. */
  edit(id: Id, content: Content): Promise<Message> | null;
  delete(id: Id): Promise<Message> | null;
  react(id: Id, emoji: string, isAdded: boolean): Promise<Message> | null;
  /** Signing out for good. */
  leave(): Promise<void>;
}

/** How long something that just came may wait for whoever opens it; after that it is shown as not readable. */
const PATIENCE_MS = 8_000;

let opener: Opener | null = null;
const waiting: (() => void)[] = [];
/** This browser will not open anything. */
let isHopeless = false;
/** Conversations of which something was shown unopened because nobody was there. */
const missed = new Set<Id>();
/** By stream: what comes is taken in after this. */
const held = new Map<Id, Promise<void>>();

const isSealed = (message: Message): boolean => (message.content?.type as string | undefined) === 'encrypted';

function needsOpening(event: StreamEvent): boolean {
  if (event.ev === 'message.envelope') return true;
  const isMessage =
    event.ev === 'message.created' ||
    event.ev === 'message.updated' ||
    event.ev === 'message.pinned' ||
    event.ev === 'message.unpinned';
  return isMessage && (isSealed(event.d) || isEncrypted(event.d.conversation_id));
}

/** By the node's word, or by what this browser has seen itself. */
function isEncrypted(conversationId: Id): boolean {
  if (seenEncrypted.has(conversationId)) return true;
  const { conversations, rooms } = store.getState();
  const isSealedThere = (conversations[conversationId]?.encryption ?? null) !== null;
  return isSealedThere || rooms[conversationId]?.is_encrypted === true;
}

async function whenThere(): Promise<Opener | null> {
  if (opener || isHopeless) return opener;
  await new Promise<void>((resolve) => {
    waiting.push(resolve);
    setTimeout(resolve, PATIENCE_MS);
  });
  return opener;
}

/** In the clear, where everything has to be sealed since an earlier message. */
function isForged(message: Message): boolean {
  const isPlain = message.content !== null && !isSealed(message);
  return isPlain && message.seq >= seenEncrypted.since(message.conversation_id);
}

/** Nobody can open it here: it has no content, and says so. */
function unopened(message: Message): Message {
  if (isForged(message)) return forged(message);
  if (!isSealed(message)) return message;
  missed.add(message.conversation_id);
  const sealed = { expiresAt: null, gapBefore: false, unreadable: { state: 'waiting', code: null } };
  return { ...message, content: null, sealed } as Message;
}

async function open(messages: Message[]): Promise<Message[]> {
  if (!messages.some((one) => isSealed(one) || isEncrypted(one.conversation_id))) return messages;
  try {
    const there = await whenThere();
    if (there) return await there.open(messages);
  } catch {
    // As if nobody were there.
  }
  return messages.map(unopened);
}

async function openEvent(event: StreamEvent): Promise<StreamEvent> {
  try {
    const there = await whenThere();
    if (there) return await there.event(event);
  } catch {
    // As if nobody were there.
  }
  if (event.ev === 'message.envelope' || !needsOpening(event)) return event;
  return { ...event, d: unopened(event.d as Message) } as StreamEvent;
}

export const edge = {
  /** Says who opens and seals; null: nobody (signed out). */
  use(next: Opener | null): void {
    opener = next;
    isHopeless = false;
    for (const go of waiting.splice(0)) go();
    if (next === null) held.clear();
  },

  /** Encryption is not possible in this browser. */
  nobody(): void {
    isHopeless = true;
    for (const go of waiting.splice(0)) go();
  },

  /** Conversations that have to be loaded again; asked once. */
  missed(): Set<Id> {
    const ids = new Set(missed);
    missed.clear();
    return ids;
  },

  /** Whether the event has to wait, for its own opening or for that of one before it; `take` gets it then. */
  hold(event: StreamEvent, take: (event: StreamEvent) => void): boolean {
    const before = held.get(event.s);
    const needs = needsOpening(event);
    if (!before && !needs) return false;
    // Opened while it waits, taken in when its turn comes.
    const opening = needs ? openEvent(event) : Promise.resolve(event);
    const turn = Promise.all([opening, before]).then(([opened]) => take(opened));
    const done = turn
      .catch(() => undefined)
      .then(() => {
        if (held.get(event.s) === done) held.delete(event.s);
      });
    held.set(event.s, done);
    return true;
  },

  isEncrypted,
  isForged,

  /** Whether a message to it must be sealed: the node alone cannot say that it need not. */
  async mustSeal(conversationId: Id): Promise<boolean> {
    if (isEncrypted(conversationId)) return true;
    return (await (await whenThere())?.knows(conversationId)) ?? false;
  },

  open,

  async send(entry: OutboxEntry): Promise<Message> {
    if (!opener) throw new Unreachable('Encryption has not started yet.');
    return opener.send(entry);
  },
  edit: (id: Id, content: Content) => opener?.edit(id, content) ?? null,
  delete: (id: Id) => opener?.delete(id) ?? null,
  react: (id: Id, emoji: string, isAdded: boolean) => opener?.react(id, emoji, isAdded) ?? null,
  leave: async () => {
    await opener?.leave().catch(() => undefined);
  },
};
