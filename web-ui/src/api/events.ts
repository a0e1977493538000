// What the node sends over the socket, by event name. See docs/protocol.md.
import type {
  Account,
  Category,
  Conversation,
  Id,
  MailState,
  Member,
  Message,
  Notice,
  NotificationSettings,
  PlaceLevel,
  Presence,
  Reaction,
  ReadState,
  Role,
  Room,
  Server,
  ServerState,
  User,
} from './types';

export interface ReactionChange {
  message_id: Id;
  conversation_id: Id;
  seq: number;
  emoji: string;
  user_id: Id;
  reactions: Reaction[];
}

/** Name and payload of every numbered event. */
export interface EventPayloads {
  'message.created': Message;
  'message.updated': Message;
  'message.deleted': Message;
  'message.pinned': Message;
  'message.unpinned': Message;
  'reaction.added': ReactionChange;
  'reaction.removed': ReactionChange;
  'receipt.read': { conversation_id: Id; user_id: Id; read_seq: number };
  'receipt.delivered': { conversation_id: Id; user_id: Id; delivered_seq: number };
  'conversation.updated': Conversation;
  'conversation.joined': {
    conversation: Conversation;
    read_state: ReadState;
    users: User[];
    streams: Record<Id, number>;
  };
  'conversation.left': { conversation_id: Id };
  'user.updated': User | Account;
  'server.updated': Server;
  'server.joined': {
    server: ServerState;
    read_states: ReadState[];
    streams: Record<Id, number>;
  };
  'server.left': { server_id: Id; reason: 'left' | 'kicked' | 'deleted' };
  'room.created': Room;
  'room.updated': Room;
  'room.deleted': { server_id: Id; room_id: Id };
  'room.joined': { room: Room; read_state: ReadState; streams: Record<Id, number> };
  'room.left': { server_id: Id; room_id: Id };
  'category.created': Category;
  'category.updated': Category;
  'category.deleted': { server_id: Id; category_id: Id };
  'role.updated': Role;
  'member.joined': { server_id: Id; member: Member; member_count: number };
  'member.updated': { server_id: Id; member: Member; member_count: number };
  'member.left': { server_id: Id; user_id: Id; member_count: number };
  'read.updated': ReadState;
  'notifications.level': PlaceLevel;
  'notifications.settings': NotificationSettings;
  'notifications.read': { unread: number };
  'notifications.mail': MailState;
  'notification.created': Notice;
}

/** Those of encryption. */
export interface SealedPayloads {
  'message.envelope': {
    message_id: Id;
    conversation_id: Id;
    seq: number;
    envelope: unknown;
    edited_at: number | null;
  };
  // Read where encryption is done.
  'e2ee.account': unknown;
  'e2ee.vault': unknown;
  'e2ee.prekeys_low': unknown;
  'e2ee.pairing': unknown;
  'e2ee.reset': unknown;
  'e2ee.identity': unknown;
  'e2ee.link': unknown;
  'e2ee.info': unknown;
  'e2ee.rewrap': unknown;
  'e2ee.key': unknown;
  'e2ee.join_request': unknown;
}

export type EventName = keyof EventPayloads;

/** An entry of a stream: `n` counts the stream's events without gaps. */
export type StreamEvent =
  | { [E in EventName]: { s: Id; n: number; ev: E; d: EventPayloads[E] } }[EventName]
  | {
      [E in keyof SealedPayloads]: { s: Id; n: number; ev: E; d: SealedPayloads[E] };
    }[keyof SealedPayloads];

/** An event that is not numbered and never repeated. */
export type EphemeralEvent =
  | { ev: 'typing.start' | 'typing.stop'; d: { conversation_id: Id; user_id: Id } }
  | { ev: 'branding.updated'; d: { revision: string } }
  | { ev: 'presence'; d: { users: Presence[] } };

/** The answer to `hello` and `resume`. */
export interface Resumed {
  streams: Record<Id, number>;
  reload: Id[];
  gone: Id[];
}
