// Small whole entities for tests.
import type {
  Conversation,
  Id,
  Member,
  Message,
  MessagePage,
  ReadState,
  Room,
  ServerState,
  Sync,
  User,
} from '../api/types';

export const ME = 'user-me';
export const ANN = 'user-ann';
export const ROOM = 'room-1';
export const SERVER = 'server-1';
export const DIRECT = 'conversation-1';

export function aUser(id: Id): User {
  return {
    id,
    username: id,
    display_name: '',
    bio: '',
    link: '',
    status_text: '',
    picture: null,
    type: 'human',
    created_at: 0,
    is_disabled: false,
  };
}

export function aMessage(seq: number, change: Partial<Message> = {}): Message {
  return {
    id: `message-${seq}`,
    conversation_id: ROOM,
    seq,
    author_id: ANN,
    created_at: seq * 1_000,
    edited_at: null,
    deleted_at: null,
    deleted_by: null,
    pinned_at: null,
    content: { type: 'text', text: `text ${seq}` },
    reply: null,
    mentions: { users: [], roles: [], rooms: [], everyone: false },
    reactions: [],
    ...change,
  };
}

export function messages(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => aMessage(from + index));
}

export function aPage(from: number, to: number, change: Partial<MessagePage> = {}): MessagePage {
  return {
    messages: messages(from, to),
    has_before: from > 1,
    has_after: false,
    n: to,
    users: [aUser(ANN)],
    ...change,
  };
}

export function aReadState(conversation_id: Id, change: Partial<ReadState> = {}): ReadState {
  return { conversation_id, last_seq: 0, last_message_at: null, read_seq: 0, mention_seqs: [], ...change };
}

export function aRoom(id: Id, change: Partial<Room> = {}): Room {
  return {
    id,
    server_id: SERVER,
    category_id: null,
    kind: 'text',
    name: id,
    topic: '',
    is_private: false,
    is_encrypted: false,
    position: 0,
    created_at: 0,
    ...change,
  };
}

export function aServer(): ServerState {
  return {
    server: {
      id: SERVER,
      name: 'Server',
      description: '',
      icon: null,
      owner_id: ANN,
      created_at: 0,
      member_count: 2,
    },
    access_code: null,
    categories: [],
    rooms: [aRoom(ROOM)],
    roles: [],
    me: { nickname: null, role_ids: ['role-mods'], permissions: ['send_messages'], joined_at: 0 },
  };
}

export function aMember(id: Id, role_ids: Id[] = []): Member {
  return { user: aUser(id), nickname: null, role_ids, joined_at: 1 };
}

export function aDirect(): Conversation {
  const participant = (user_id: Id) => ({
    user_id,
    role: 'member' as const,
    joined_at: 0,
    read_seq: 0,
    delivered_seq: 0,
  });
  return {
    id: DIRECT,
    kind: 'direct',
    name: null,
    picture: null,
    participants: [participant(ME), participant(ANN)],
    encryption: null,
    created_at: 0,
  };
}

export function aSync(): Sync {
  return {
    me: { user: aUser(ME), email: null, role: 'user', presence: 'online' },
    instance: {
      name: 'Snug',
      version: '0.1.0',
      registration: 'open',
      needs_setup: false,
      e2ee_key: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      limits: { servers_per_user: 3, message_length: 4000, group_size: 50, picture_bytes: 1 },
      former_urls: [],
    },
    servers: [aServer()],
    conversations: [aDirect()],
    read_states: [aReadState(ROOM), aReadState(DIRECT)],
    users: [aUser(ANN)],
    notifications: { settings: { show_content: true, quiet: null }, levels: [] },
    streams: { [ME]: 0, [SERVER]: 0, [ROOM]: 0, [DIRECT]: 0 },
  };
}
