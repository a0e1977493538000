// Questions to the state. Those given to `useStore` answer with stored values or primitives.
import type { Conversation, Id, Level, Permission, PlaceLevel, ReadState, Room, User } from '../api/types';
import type { State } from './store';

export const unreadOf = (readState: ReadState | undefined): number =>
  readState ? Math.max(0, readState.last_seq - readState.read_seq) : 0;

export const mentionsOf = (readState: ReadState | undefined): number =>
  readState?.mention_seqs.filter((seq) => seq > readState.read_seq).length ?? 0;

/** The rooms of a server as the sidebar shows them: by category, then by position. */
export function orderedRooms(state: Pick<State, 'rooms' | 'categories'>, serverId: Id): Room[] {
  const place = (room: Room) =>
    room.category_id === null ? -1 : (state.categories[room.category_id]?.position ?? -1);
  return Object.values(state.rooms)
    .filter((room) => room.server_id === serverId)
    .sort((a, b) => place(a) - place(b) || byPosition(a, b));
}

export function byPosition(a: { position: number; id: Id }, b: { position: number; id: Id }): number {
  return a.position - b.position || (a.id < b.id ? -1 : 1);
}

/** Direct conversations and groups, the one with the newest message first. */
export function orderedConversations(state: Pick<State, 'conversations' | 'readStates'>): Conversation[] {
  const at = (conversation: Conversation) =>
    state.readStates[conversation.id]?.last_message_at ?? conversation.created_at;
  return Object.values(state.conversations).sort((a, b) => at(b) - at(a));
}

export function nameOf(user: User | undefined): string {
  return user ? user.display_name || user.username : '…';
}

/** What a user is called in a server: the nickname, if they have one there. */
export function nameIn(state: State, userId: Id, serverId: Id | null): string {
  const nickname = serverId === null ? null : state.members[serverId]?.[userId]?.nickname;
  return nickname || nameOf(state.users[userId]);
}

/** The other person of a direct conversation. */
export function otherOf(conversation: Conversation, me: Id | undefined): Id | null {
  if (conversation.kind !== 'direct') return null;
  const other = conversation.participants.find((participant) => participant.user_id !== me);
  return other?.user_id ?? conversation.participants[0]?.user_id ?? null;
}

export function conversationName(state: State, conversation: Conversation): string {
  const me = state.me?.user.id;
  if (conversation.kind === 'direct') return nameOf(state.users[otherOf(conversation, me) ?? '']);
  if (conversation.name) return conversation.name;
  const others = conversation.participants.filter((participant) => participant.user_id !== me);
  return others.map((participant) => nameOf(state.users[participant.user_id])).join(', ') || '…';
}

export function placeName(state: State, conversationId: Id): string {
  const room = state.rooms[conversationId];
  if (room) return room.name;
  const conversation = state.conversations[conversationId];
  return conversation ? conversationName(state, conversation) : '';
}

const isMute = (level: PlaceLevel | undefined): boolean =>
  level?.muted === true && (level.muted_until === null || level.muted_until > Date.now());

/** Of what the user is told in a conversation; `none` while it, or its server, is muted. */
export function levelOf(state: State, conversationId: Id): Level {
  const own = state.levels[conversationId];
  const room = state.rooms[conversationId];
  const server = room && state.levels[room.server_id];
  if (isMute(own) || isMute(server)) return 'none';
  return own?.level ?? server?.level ?? (room ? 'mentions' : 'all');
}

/** Whether the user wants to hear nothing of a conversation or server, for now or at all. */
export const isSilent = (state: State, placeId: Id): boolean =>
  placeId in state.servers
    ? isMute(state.levels[placeId]) || state.levels[placeId]?.level === 'none'
    : levelOf(state, placeId) === 'none';

/** How many messages of a conversation call for attention: all of them, or those that mention the user. */
export function waiting(state: State, conversationId: Id): number {
  const readState = state.readStates[conversationId];
  return levelOf(state, conversationId) === 'all' ? unreadOf(readState) : mentionsOf(readState);
}

export function serverUnread(state: State, serverId: Id): boolean {
  return Object.values(state.rooms).some(
    (room) =>
      room.server_id === serverId &&
      unreadOf(state.readStates[room.id]) > 0 &&
      levelOf(state, room.id) !== 'none',
  );
}

export function serverMentions(state: State, serverId: Id): number {
  return Object.values(state.rooms)
    .filter((room) => room.server_id === serverId)
    .reduce((sum, room) => sum + mentionsOf(state.readStates[room.id]), 0);
}

/** Unread messages in direct conversations and groups: each one is meant for its reader, unless it is muted. */
export function privateUnread(state: State): number {
  return Object.keys(state.conversations).reduce((sum, id) => sum + waiting(state, id), 0);
}

/** What calls for attention, as the badge counts it: mentions in rooms and unread private messages, unless chosen otherwise. */
export function attention(state: State): number {
  return Object.keys(state.rooms).reduce((sum, id) => sum + waiting(state, id), privateUnread(state));
}

/** Whether the signed-in user may do this where the conversation is; in private ones everything but server matters. */
export function may(state: State, conversationId: Id, permission: Permission): boolean {
  const room = state.rooms[conversationId];
  if (!room) {
    return (
      permission === 'send_messages' || permission === 'add_reactions' || permission === 'mention_everyone'
    );
  }
  return state.servers[room.server_id]?.me.permissions.includes(permission) ?? false;
}
