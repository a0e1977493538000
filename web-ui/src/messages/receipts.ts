// How far a message of one's own has come, from the participants' pointers.
import type { Conversation, Id } from '../api/types';

export type Receipt = 'sent' | 'delivered' | 'read';

/** What all the others have done; null where nobody's pointers are kept (rooms). */
export function receiptOf(
  conversation: Conversation | undefined,
  seq: number,
  me: Id | undefined,
): Receipt | null {
  if (!conversation) return null;
  const others = conversation.participants.filter((participant) => participant.user_id !== me);
  if (others.length === 0) return null;
  if (others.every((participant) => participant.read_seq >= seq)) return 'read';
  if (others.every((participant) => participant.delivered_seq >= seq)) return 'delivered';
  return 'sent';
}

/** Who has read it, and to whom it has only been delivered. */
export function receiptsOf(
  conversation: Conversation,
  seq: number,
  author: Id,
): { read: Id[]; delivered: Id[] } {
  const others = conversation.participants.filter((participant) => participant.user_id !== author);
  return {
    read: others.filter(({ read_seq }) => read_seq >= seq).map(({ user_id }) => user_id),
    delivered: others
      .filter(({ read_seq, delivered_seq }) => read_seq < seq && delivered_seq >= seq)
      .map(({ user_id }) => user_id),
  };
}
