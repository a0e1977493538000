// How private a conversation is, in one word.
import type { Conversation, Id, Room } from '../api/types';
import type { EncryptedConversation, EncryptionState } from './model';

/**
 * - `plain`: the node can read it;
 * - `encrypted`: only its members can;
 * - `verified`: and every one of them was compared;
 * - `attention`: something about its members has to be looked at; nothing is sent until then.
 */
export type Lock = 'plain' | 'encrypted' | 'verified' | 'attention';

/** Whether the node says that the conversation is encrypted; also while it cannot be opened here. */
export function saysEncrypted(place: Conversation | Room | undefined): boolean {
  if (!place) return false;
  return 'is_encrypted' in place ? place.is_encrypted : place.encryption !== null;
}

export function lockOf(
  { people }: Pick<EncryptionState, 'people'>,
  conversation: EncryptedConversation | undefined,
  isEncrypted: boolean,
  me: Id | undefined,
): Lock {
  if (!conversation) return isEncrypted ? 'encrypted' : 'plain';
  const others = conversation.members.filter(({ user_id }) => user_id !== me);
  const states = others.map(({ user_id }) => people[user_id]?.state);
  const isOdd =
    conversation.state === 'alarm' || conversation.mismatched.length > 0 || states.includes('changed');
  if (isOdd) return 'attention';
  return others.length > 0 && states.every((state) => state === 'verified') ? 'verified' : 'encrypted';
}
