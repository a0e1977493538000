// Whole parts of the state as REST answers bring them. Pure: state in, state out.
import type {
  Conversation,
  Id,
  JoinedConversation,
  Member,
  Presence,
  ReadState,
  Room,
  ServerState,
  Sync,
  User,
  View,
} from '../api/types';
import { type ServerEntry, type State, store } from './store';

/** The whole state as of `sync`. What is not part of it (presence, typing, loaded members) is kept. */
export function loadSync(state: State, sync: Sync): State {
  let next: State = {
    ...state,
    phase: 'ready',
    isKept: false,
    me: sync.me,
    instance: sync.instance,
    users: { ...state.users, ...byId(sync.users), [sync.me.user.id]: sync.me.user },
    servers: {},
    categories: {},
    rooms: {},
    roles: {},
    conversations: byId(sync.conversations),
    readStates: byConversation(sync.read_states),
    levels: Object.fromEntries(sync.notifications.levels.map((level) => [level.place_id, level])),
    notify: sync.notifications.settings,
    cursors: sync.streams,
  };
  for (const server of sync.servers) next = loadServer(next, server);
  return next;
}

/** A server with its rooms, categories and roles, in place of what was known of it. */
export function loadServer(state: State, loaded: ServerState): State {
  const without = dropServer(state, loaded.server.id);
  const entry: ServerEntry = { ...loaded.server, access_code: loaded.access_code, me: loaded.me };
  return {
    ...without,
    members: state.members,
    servers: { ...without.servers, [entry.id]: entry },
    categories: { ...without.categories, ...byId(loaded.categories) },
    rooms: { ...without.rooms, ...byId(loaded.rooms) },
    roles: { ...without.roles, ...byId(loaded.roles) },
  };
}

/** Forgets a server and everything inside it, except the read states and cursors of its rooms. */
export function dropServer(state: State, serverId: Id): State {
  return {
    ...state,
    servers: omit(state.servers, serverId),
    members: omit(state.members, serverId),
    categories: filter(state.categories, (category) => category.server_id !== serverId),
    rooms: filter(state.rooms, (room) => room.server_id !== serverId),
    roles: filter(state.roles, (role) => role.server_id !== serverId),
  };
}

/** Forgets a conversation's pointers, typing line and cursor. */
export function dropFollowed(state: State, conversationId: Id): State {
  return {
    ...state,
    readStates: omit(state.readStates, conversationId),
    typing: omit(state.typing, conversationId),
    cursors: omit(state.cursors, conversationId),
  };
}

export function loadRoom(state: State, room: Room): State {
  return { ...state, rooms: { ...state.rooms, [room.id]: room } };
}

export function loadConversation(state: State, joined: JoinedConversation): State {
  const next = loadReadState(withConversation(state, joined.conversation), joined.read_state);
  return {
    ...next,
    users: { ...next.users, ...byId(joined.users) },
    cursors: { ...next.cursors, ...unknownOnly(joined.streams, next.cursors) },
  };
}

/** The conversation as it is now, except that nobody's pointers go back: receipts may have come in between. */
export function withConversation(state: State, conversation: Conversation): State {
  const known = state.conversations[conversation.id]?.participants ?? [];
  const participants = conversation.participants.map((participant) => {
    const before = known.find(
      ({ user_id, joined_at }) => user_id === participant.user_id && joined_at === participant.joined_at,
    );
    if (!before) return participant;
    return {
      ...participant,
      read_seq: Math.max(before.read_seq, participant.read_seq),
      delivered_seq: Math.max(before.delivered_seq, participant.delivered_seq),
    };
  });
  return {
    ...state,
    conversations: { ...state.conversations, [conversation.id]: { ...conversation, participants } },
  };
}

/** Streams that are new here: a known cursor is never moved by a snapshot of another entity. */
export function unknownOnly(streams: Record<Id, number>, cursors: Record<Id, number>): Record<Id, number> {
  return Object.fromEntries(Object.entries(streams).filter(([id]) => !(id in cursors)));
}

export function loadMembers(state: State, serverId: Id, members: Member[]): State {
  const users = members.map((member) => member.user);
  return {
    ...state,
    users: { ...state.users, ...byId(users) },
    members: {
      ...state.members,
      [serverId]: {
        ...state.members[serverId],
        ...Object.fromEntries(members.map((member) => [member.user.id, member])),
      },
    },
  };
}

export function loadUsers(state: State, users: User[]): State {
  return users.length === 0 ? state : { ...state, users: { ...state.users, ...byId(users) } };
}

export function loadPresence(state: State, presence: Presence[]): State {
  return presence.length === 0 ? state : { ...state, presence: { ...state.presence, ...byId(presence) } };
}

/**
 * The own pointer, which also goes back (mark unread). It comes on another stream than the messages, so it may be
 * older than the newest of them: these stay counted.
 */
export function loadReadState(state: State, readState: ReadState): State {
  const known = state.readStates[readState.conversation_id];
  return {
    ...state,
    readStates: {
      ...state.readStates,
      [readState.conversation_id]: known ? withNewer(readState, known) : readState,
    },
  };
}

function withNewer(readState: ReadState, known: ReadState): ReadState {
  if (known.last_seq <= readState.last_seq) return readState;
  // Nobody reads what is not there yet: a pointer beyond the messages that `readState` knows of is the newer one.
  const read_seq = known.read_seq > readState.last_seq ? known.read_seq : readState.read_seq;
  const newer = known.mention_seqs.filter((seq) => seq > readState.last_seq);
  return {
    ...known,
    read_seq,
    mention_seqs: [...readState.mention_seqs, ...newer].filter((seq) => seq > read_seq).slice(-100),
  };
}

/** What a conversation's view tells besides its messages. */
export function loadView(state: State, view: View): State {
  const serverId = state.rooms[view.read_state.conversation_id]?.server_id;
  let next = loadPresence(refreshReadState(state, view.read_state), view.presence);
  if (view.conversation) next = withConversation(next, view.conversation);
  if (view.members && serverId !== undefined) next = loadMembers(next, serverId, view.members.members);
  return next;
}

/** A pointer that was only looked up: what has been read here since, and is not told yet, stays read. */
function refreshReadState(state: State, readState: ReadState): State {
  const known = state.readStates[readState.conversation_id];
  const read_seq = Math.max(known?.read_seq ?? 0, readState.read_seq);
  const mention_seqs = readState.mention_seqs.filter((seq) => seq > read_seq);
  return loadReadState(state, { ...readState, read_seq, mention_seqs });
}

/** Adds to the store what a REST answer brought. */
export const remember = {
  server: (loaded: ServerState, streams: Record<Id, number> = {}) =>
    store.setState((state) => {
      const next = loadServer(state, loaded);
      return { ...next, cursors: { ...next.cursors, ...unknownOnly(streams, next.cursors) } };
    }),
  members: (serverId: Id, members: Member[]) =>
    store.setState((state) => loadMembers(state, serverId, members)),
  users: (users: User[]) => store.setState((state) => loadUsers(state, users)),
  presence: (presence: Presence[]) => store.setState((state) => loadPresence(state, presence)),
  conversation: (conversation: Conversation) =>
    store.setState((state) => withConversation(state, conversation)),
  joined: (joined: JoinedConversation) => store.setState((state) => loadConversation(state, joined)),
  view: (view: View) => store.setState((state) => loadView(state, view)),
  readState: (readState: ReadState) => store.setState((state) => loadReadState(state, readState)),
};

function byId<T extends { id: Id }>(entities: T[]): Record<Id, T> {
  return Object.fromEntries(entities.map((entity) => [entity.id, entity]));
}

function byConversation(readStates: ReadState[]): Record<Id, ReadState> {
  return Object.fromEntries(readStates.map((readState) => [readState.conversation_id, readState]));
}

export function omit<T>(record: Record<Id, T>, id: Id): Record<Id, T> {
  if (!(id in record)) return record;
  const { [id]: _, ...rest } = record;
  return rest;
}

function filter<T>(record: Record<Id, T>, keep: (entity: T) => boolean): Record<Id, T> {
  return Object.fromEntries(Object.entries(record).filter(([, entity]) => keep(entity)));
}
