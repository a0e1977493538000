// Receipts: what this device has read and what has reached it.
import type { Id } from '../api/types';
import { live } from '../state/live';
import { remember } from '../state/load';
import { store } from '../state/store';
import { socket } from '../state/sync';
import { timelineOf } from './timelines';

const READ_MS = 250;
const DELIVERED_MS = 600;

const read = new Map<Id, number>();
const delivered = new Map<Id, number>();
/** Conversations that were marked unread while open: reading starts again when they are next opened. */
const held = new Set<Id>();
let readTimer: ReturnType<typeof setTimeout> | undefined;
let deliveredTimer: ReturnType<typeof setTimeout> | undefined;

/** Everything up to `seq` has been seen. Shown at once, told to the node shortly after. */
export function markRead(conversationId: Id, seq: number): void {
  const known = store.getState().readStates[conversationId];
  if (!known || seq <= known.read_seq || held.has(conversationId)) return;
  remember.readState({
    ...known,
    read_seq: seq,
    mention_seqs: known.mention_seqs.filter((mention) => mention > seq),
  });
  read.set(conversationId, seq);
  clearTimeout(readTimer);
  readTimer = setTimeout(tellRead, READ_MS);
}

/** Everything in the conversation counts as read. */
export function markAllRead(conversationId: Id): void {
  held.delete(conversationId);
  markRead(conversationId, store.getState().readStates[conversationId]?.last_seq ?? 0);
  timelineOf(conversationId).setLine(null);
}

/** The message and what follows count as unread again, until the conversation is next opened. */
export function markUnread(conversationId: Id, seq: number): void {
  const known = store.getState().readStates[conversationId];
  if (!known) return;
  held.add(conversationId);
  read.delete(conversationId);
  remember.readState({ ...known, read_seq: seq - 1 });
  timelineOf(conversationId).setLine(seq - 1);
  socket.tell('receipt.read', { conversation_id: conversationId, seq: seq - 1, unread: true });
}

/** The conversation is opened: reading counts. */
export function startReading(conversationId: Id): void {
  held.delete(conversationId);
}

function tellRead(): void {
  if (!socket.isOnline) return;
  for (const [conversation_id, seq] of read) socket.tell('receipt.read', { conversation_id, seq });
  read.clear();
}

function tellDelivered(): void {
  if (!socket.isOnline) return;
  for (const [conversation_id, seq] of delivered) socket.tell('receipt.delivered', { conversation_id, seq });
  delivered.clear();
}

function reached(conversationId: Id, seq: number): void {
  delivered.set(conversationId, Math.max(seq, delivered.get(conversationId) ?? 0));
  clearTimeout(deliveredTimer);
  deliveredTimer = setTimeout(tellDelivered, DELIVERED_MS);
}

live.listen({
  event: (event) => {
    const { conversations, me } = store.getState();
    if (event.ev !== 'message.created' || !(event.s in conversations)) return;
    if (event.d.author_id !== me?.user.id) reached(event.s, event.d.seq);
  },
});

// Connected (again): tell what could not be told, and that everything loaded has reached this device.
socket.subscribe(() => {
  if (!socket.isOnline) return;
  const { conversations, readStates, me } = store.getState();
  for (const conversation of Object.values(conversations)) {
    const own = conversation.participants.find((participant) => participant.user_id === me?.user.id);
    const last = readStates[conversation.id]?.last_seq ?? 0;
    if (own && own.delivered_seq < last) reached(conversation.id, last);
  }
  tellRead();
});
