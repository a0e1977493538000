// What is known of one encrypted conversation, and what follows from it for whoever wants to write there.
import type { Id } from '../api/types';
import type { Role } from '../crypto/conversation-links';
import type { Id as Bin } from '../crypto/encoding';
import type { ConversationView } from '../crypto/requests';
import type { ConversationPhase, ConversationReason, EncryptionState } from './model';

export const RANK: Record<Role, number> = { reader: 0, member: 1, admin: 2, owner: 3 };

export interface Known {
  id: Id;
  view: ConversationView;
  info: { name: string | null; topic: string | null; by: Bin | null };
  infoSeen: string | null;
  /** Messages of the newest epoch that were seen or sent here. */
  messages: Map<number, number>;
  asked: number;
  loaded: boolean;
  stopped: ConversationReason | null;
}

/** Whether something can be sent, and if not why. */
export function phaseOf(
  { alarms, people, phase }: Pick<EncryptionState, 'alarms' | 'people' | 'phase'>,
  known: Known,
  role: Role | null,
  members: Id[],
): [ConversationPhase, ConversationReason | null] {
  const alarm = alarms.find(
    ({ conversation_id, user_id, code }) =>
      code !== 'bad_commit' &&
      (conversation_id === known.id || (!conversation_id && user_id && members.includes(user_id))),
  );
  if (alarm) return ['alarm', alarm.code];
  if (known.stopped) return [known.stopped === 'newer' ? 'waiting' : 'alarm', known.stopped];
  if (phase === 'locked' || phase === 'newer') return ['waiting', phase];
  // The node was not reached, yet: the keys may be here.
  if (phase !== 'ready') return ['starting', null];
  if (role === null) return ['waiting', 'not_member'];
  const changed = members.some((user) => people[user]?.state === 'changed');
  if (known.view.mismatched.length > 0 || changed) return ['waiting', 'changed'];
  if (role === 'reader') return ['waiting', 'reader'];
  return ['ready', null];
}
