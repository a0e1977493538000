// Event -> state. Pure: this is the mirror of what the node does with its own rows.
import type { EphemeralEvent, StreamEvent } from '../api/events';
import type { Account, Id, Member, Message, Permission, ReadState, Role, Room, User } from '../api/types';
import {
  dropFollowed,
  dropServer,
  loadConversation,
  loadMembers,
  loadPresence,
  loadReadState,
  loadRoom,
  loadServer,
  omit,
  unknownOnly,
  withConversation,
} from './load';
import type { State } from './store';

export interface Applied {
  state: State;
  /** What the event was to this state; `gap` asks for a `resume` of its stream. */
  outcome: 'applied' | 'known' | 'gap' | 'unknown';
}

/** How long a typing.start counts (the sender repeats it every four seconds). */
export const TYPING_MS = 8_000;

/** Applies a numbered event by the cursor rules of the protocol. */
export function apply(state: State, event: StreamEvent): Applied {
  const cursor = state.cursors[event.s];
  if (cursor === undefined) return { state, outcome: 'unknown' };
  if (event.n <= cursor) return { state, outcome: 'known' };
  if (event.n > cursor + 1) return { state, outcome: 'gap' };
  const moved = { ...state, cursors: { ...state.cursors, [event.s]: event.n } };
  return { state: change(moved, event), outcome: 'applied' };
}

/** Applies an event that has no number. */
export function applyEphemeral(state: State, event: EphemeralEvent, now: number): State {
  if (event.ev === 'branding.updated') return { ...state, branding: event.d.revision };
  if (event.ev === 'presence') return loadPresence(state, event.d.users);
  const { conversation_id, user_id } = event.d;
  const typing = state.typing[conversation_id] ?? {};
  const next =
    event.ev === 'typing.start' ? { ...typing, [user_id]: now + TYPING_MS } : omit(typing, user_id);
  return { ...state, typing: { ...state.typing, [conversation_id]: next } };
}

function change(state: State, event: StreamEvent): State {
  switch (event.ev) {
    case 'message.created':
      return created(state, event.d);
    case 'message.updated':
    case 'message.deleted':
      return mentionChanged(state, event.d);
    case 'message.pinned':
    case 'message.unpinned':
    case 'reaction.added':
    case 'reaction.removed':
      return state;
    case 'receipt.read':
      return pointer(state, event.d.conversation_id, event.d.user_id, event.d.read_seq, 'read_seq');
    case 'receipt.delivered':
      return pointer(state, event.d.conversation_id, event.d.user_id, event.d.delivered_seq, 'delivered_seq');
    case 'conversation.updated':
      return withConversation(state, event.d);
    case 'conversation.joined':
      return loadConversation(state, event.d);
    case 'conversation.left':
      return dropFollowed(
        { ...state, conversations: omit(state.conversations, event.d.conversation_id) },
        event.d.conversation_id,
      );
    case 'user.updated':
      return userChanged(state, event.d);
    case 'read.updated':
      return loadReadState(state, event.d);
    case 'notifications.level':
      return { ...state, levels: { ...state.levels, [event.d.place_id]: event.d } };
    case 'notifications.settings':
      return { ...state, notify: event.d };
    case 'notifications.read':
      return { ...state, unseen: event.d.unread };
    case 'notification.created':
      return { ...state, unseen: Math.min(state.unseen + 1, 100) };
    default:
      return changeServer(state, event);
  }
}

function changeServer(state: State, event: StreamEvent): State {
  switch (event.ev) {
    case 'server.joined': {
      let next = loadServer(state, event.d.server);
      for (const readState of event.d.read_states) next = loadReadState(next, readState);
      return { ...next, cursors: { ...next.cursors, ...unknownOnly(event.d.streams, next.cursors) } };
    }
    case 'server.left': {
      const rooms = Object.values(state.rooms).filter((room) => room.server_id === event.d.server_id);
      let next = dropServer(state, event.d.server_id);
      for (const room of rooms) next = dropFollowed(next, room.id);
      return { ...next, cursors: omit(next.cursors, event.d.server_id) };
    }
    case 'server.updated': {
      const known = state.servers[event.d.id];
      if (!known) return state;
      return { ...state, servers: { ...state.servers, [event.d.id]: { ...known, ...event.d } } };
    }
    case 'room.created':
    case 'room.updated':
      return followRoom(loadRoom(state, event.d), event.d);
    case 'room.joined': {
      const next = loadReadState(loadRoom(state, event.d.room), event.d.read_state);
      return { ...next, cursors: { ...next.cursors, ...unknownOnly(event.d.streams, next.cursors) } };
    }
    case 'room.deleted':
    case 'room.left':
      return dropFollowed({ ...state, rooms: omit(state.rooms, event.d.room_id) }, event.d.room_id);
    case 'category.created':
    case 'category.updated':
      return { ...state, categories: { ...state.categories, [event.d.id]: event.d } };
    case 'category.deleted':
      return categoryDeleted(state, event.d.category_id);
    case 'role.updated':
      return roleChanged(state, event.d);
    case 'member.joined':
    case 'member.updated':
      return memberChanged(state, event.d.server_id, event.d.member_count, event.d.member);
    case 'member.left':
      return memberLeft(state, event.d.server_id, event.d.member_count, event.d.user_id);
    default:
      return state;
  }
}

/** A public room has just appeared: its stream and pointers begin at nothing, and `resume` brings the rest. */
function followRoom(state: State, room: Room): State {
  if (room.id in state.cursors) return state;
  const readState: ReadState = {
    conversation_id: room.id,
    last_seq: 0,
    last_message_at: null,
    read_seq: 0,
    mention_seqs: [],
  };
  return {
    ...state,
    cursors: { ...state.cursors, [room.id]: 0 },
    readStates: { ...state.readStates, [room.id]: state.readStates[room.id] ?? readState },
  };
}

function created(state: State, message: Message): State {
  const id = message.conversation_id;
  const known = state.readStates[id];
  let next = { ...state, typing: stopTyping(state, id, message.author_id) };
  if (known) {
    const isOwn = message.author_id === state.me?.user.id;
    const read_seq = isOwn ? Math.max(known.read_seq, message.seq) : known.read_seq;
    next = loadReadState(next, {
      ...known,
      last_seq: Math.max(known.last_seq, message.seq),
      last_message_at: Math.max(known.last_message_at ?? 0, message.created_at),
      read_seq,
      mention_seqs: mentionSeqs(next, known, message).filter((seq) => seq > read_seq),
    });
  }
  return pointer(next, id, message.author_id, message.seq, 'read_seq');
}

/** Counts the mentions of a message as it is now. */
export function mentionChanged(state: State, message: Message): State {
  const known = state.readStates[message.conversation_id];
  if (!known || message.seq <= known.read_seq) return state;
  const mention_seqs = mentionSeqs(state, known, message);
  return loadReadState(state, { ...known, mention_seqs });
}

/** The unread mentions once this message is as it is now. */
function mentionSeqs(state: State, known: ReadState, message: Message): number[] {
  const others = known.mention_seqs.filter((seq) => seq !== message.seq);
  if (!mentionsMe(state, message)) return others;
  return [...others, message.seq].sort((a, b) => a - b).slice(-100);
}

/** Whether a message by somebody else calls the signed-in user: by name, by a role, or as everyone. */
export function mentionsMe(state: State, message: Message): boolean {
  const me = state.me?.user.id;
  if (me === undefined || message.author_id === me || message.deleted_at !== null) return false;
  if (message.mentions.everyone || message.mentions.users.includes(me)) return true;
  const serverId = state.rooms[message.conversation_id]?.server_id;
  const own = serverId === undefined ? undefined : state.servers[serverId]?.me.role_ids;
  return own !== undefined && message.mentions.roles.some((role) => own.includes(role));
}

function stopTyping(state: State, conversationId: Id, userId: Id): State['typing'] {
  const typing = state.typing[conversationId];
  if (!typing || !(userId in typing)) return state.typing;
  return { ...state.typing, [conversationId]: omit(typing, userId) };
}

/** Moves a participant's pointer forward. What one has read has also been delivered. */
function pointer(
  state: State,
  conversationId: Id,
  userId: Id,
  seq: number,
  which: 'read_seq' | 'delivered_seq',
): State {
  const conversation = state.conversations[conversationId];
  if (!conversation) return state;
  const participants = conversation.participants.map((participant) => {
    if (participant.user_id !== userId) return participant;
    const moved = { ...participant, delivered_seq: Math.max(participant.delivered_seq, seq) };
    if (which === 'read_seq') moved.read_seq = Math.max(participant.read_seq, seq);
    return moved;
  });
  return {
    ...state,
    conversations: { ...state.conversations, [conversationId]: { ...conversation, participants } },
  };
}

function userChanged(state: State, changed: User | Account): State {
  const user = 'user' in changed ? changed.user : changed;
  let next: State = { ...state, users: { ...state.users, [user.id]: user } };
  if ('user' in changed) next = { ...next, me: changed };
  else if (state.me?.user.id === user.id) next = { ...next, me: { ...state.me, user } };
  const members = { ...next.members };
  for (const [serverId, loaded] of Object.entries(members)) {
    const member = loaded[user.id];
    if (member) members[serverId] = { ...loaded, [user.id]: { ...member, user } };
  }
  return { ...next, members };
}

function memberChanged(state: State, serverId: Id, memberCount: number, member: Member): State {
  const next = loadMembers(counted(state, serverId, memberCount), serverId, [member]);
  const server = next.servers[serverId];
  if (!server || member.user.id !== state.me?.user.id) return next;
  const { nickname, role_ids, joined_at } = member;
  const me = { nickname, role_ids, permissions: permissionsOf(next, serverId, role_ids), joined_at };
  return { ...next, servers: { ...next.servers, [serverId]: { ...server, me } } };
}

function roleChanged(state: State, role: Role): State {
  const next = { ...state, roles: { ...state.roles, [role.id]: role } };
  const server = next.servers[role.server_id];
  if (!server || (role.kind !== 'member' && !server.me.role_ids.includes(role.id))) return next;
  const permissions = permissionsOf(next, server.id, server.me.role_ids);
  return {
    ...next,
    servers: { ...next.servers, [server.id]: { ...server, me: { ...server.me, permissions } } },
  };
}

/** What these roles amount to. Everybody also has the server's role of the kind "member". */
function permissionsOf(state: State, serverId: Id, roleIds: Id[]): Permission[] {
  const roles = Object.values(state.roles).filter(
    (role) => role.server_id === serverId && (role.kind === 'member' || roleIds.includes(role.id)),
  );
  return [...new Set(roles.flatMap((role) => role.permissions))];
}

/** The rooms of a deleted category stay, outside of every category. */
function categoryDeleted(state: State, categoryId: Id): State {
  const rooms = Object.entries(state.rooms).map(([id, room]): [Id, Room] => [
    id,
    room.category_id === categoryId ? { ...room, category_id: null } : room,
  ]);
  return { ...state, rooms: Object.fromEntries(rooms), categories: omit(state.categories, categoryId) };
}

function memberLeft(state: State, serverId: Id, memberCount: number, userId: Id): State {
  const next = counted(state, serverId, memberCount);
  const members = next.members[serverId];
  if (!members) return next;
  return { ...next, members: { ...next.members, [serverId]: omit(members, userId) } };
}

function counted(state: State, serverId: Id, member_count: number): State {
  const server = state.servers[serverId];
  if (!server) return state;
  return { ...state, servers: { ...state.servers, [serverId]: { ...server, member_count } } };
}
