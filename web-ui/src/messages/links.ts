// Addresses of messages.
import type { Message } from '../api/types';
import { paths } from '../app/paths';
import { store } from '../state/store';

/** The address that leads to a message. */
export function pathOf({ conversation_id, seq }: Pick<Message, 'conversation_id' | 'seq'>): string {
  const serverId = store.getState().rooms[conversation_id]?.server_id;
  return serverId
    ? paths.roomMessage(serverId, conversation_id, seq)
    : paths.conversationMessage(conversation_id, seq);
}
