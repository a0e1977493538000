// The types of the node's protocol, under the names of docs/protocol.md.

export type Id = string;

export type PresenceState = 'online' | 'idle' | 'dnd' | 'offline';
/** What a user chooses for themselves; others see `invisible` as `offline`. */
export type PresenceChoice = 'online' | 'idle' | 'dnd' | 'invisible';

export interface Presence {
  id: Id;
  presence: PresenceState;
  last_seen_at: number | null;
}

export interface User {
  id: Id;
  username: string;
  display_name: string;
  bio: string;
  link: string;
  status_text: string;
  picture: string | null;
  type: 'human' | 'agent';
  created_at: number;
  is_disabled: boolean;
}

export type InstanceRole = 'admin' | 'moderator' | 'user';

export interface Account {
  user: User;
  email: string | null;
  role: InstanceRole;
  presence: PresenceChoice;
}

export type Registration = 'open' | 'invite' | 'closed';

export interface Limits {
  servers_per_user: number;
  message_length: number;
  group_size: number;
  picture_bytes: number;
}

export interface Instance {
  name: string;
  version: string;
  registration: Registration;
  needs_setup: boolean;
  limits: Limits;
}

export interface Server {
  id: Id;
  name: string;
  description: string;
  icon: string | null;
  owner_id: Id;
  created_at: number;
  member_count: number;
}

export interface Category {
  id: Id;
  server_id: Id;
  name: string;
  position: number;
}

export interface Room {
  id: Id;
  server_id: Id;
  category_id: Id | null;
  kind: 'text';
  name: string;
  topic: string;
  is_private: boolean;
  position: number;
  created_at: number;
}

export type Permission =
  | 'send_messages'
  | 'add_reactions'
  | 'mention_everyone'
  | 'create_invites'
  | 'manage_messages'
  | 'manage_rooms'
  | 'manage_server'
  | 'manage_roles'
  | 'kick_members';

export interface Role {
  id: Id;
  server_id: Id;
  kind: 'owner' | 'admin' | 'member' | 'custom';
  name: string;
  color: string | null;
  position: number;
  permissions: Permission[];
}

export interface Member {
  user: User;
  nickname: string | null;
  role_ids: Id[];
  joined_at: number;
}

/** The signed-in user's own membership of a server. */
export interface OwnMember {
  nickname: string | null;
  role_ids: Id[];
  permissions: Permission[];
  joined_at: number;
}

export interface ServerState {
  server: Server;
  access_code: string | null;
  categories: Category[];
  rooms: Room[];
  roles: Role[];
  me: OwnMember;
}

export interface Participant {
  user_id: Id;
  role: 'owner' | 'member';
  joined_at: number;
  read_seq: number;
  delivered_seq: number;
}

export interface Conversation {
  id: Id;
  kind: 'direct' | 'group';
  name: string | null;
  picture: string | null;
  participants: Participant[];
  created_at: number;
}

export interface ReadState {
  conversation_id: Id;
  last_seq: number;
  last_message_at: number | null;
  read_seq: number;
  mention_seqs: number[];
}

export interface TextContent {
  type: 'text';
  text: string;
}
export type Content = TextContent;

export interface Reply {
  id: Id;
  seq: number;
  author_id: Id;
  excerpt: string | null;
}

export interface Mentions {
  users: Id[];
  roles: Id[];
  rooms: Id[];
  everyone: boolean;
}

export interface Reaction {
  emoji: string;
  count: number;
  user_ids: Id[];
}

export interface Message {
  id: Id;
  conversation_id: Id;
  seq: number;
  author_id: Id;
  created_at: number;
  edited_at: number | null;
  deleted_at: number | null;
  content: Content | null;
  reply: Reply | null;
  mentions: Mentions;
  reactions: Reaction[];
}

export interface MessagePage {
  messages: Message[];
  has_before: boolean;
  has_after: boolean;
  n: number;
  users: User[];
}

export interface Sync {
  me: Account;
  instance: Instance;
  servers: ServerState[];
  conversations: Conversation[];
  read_states: ReadState[];
  users: User[];
  streams: Record<Id, number>;
}

export interface SignedIn {
  access_token: string;
  expires_in_s: number;
  session_id: Id;
  account: Account;
}

/** A conversation together with what is needed to show and follow it. */
export interface JoinedConversation {
  conversation: Conversation;
  read_state: ReadState;
  users: User[];
  streams: Record<Id, number>;
}

export interface Prelogin {
  account: Id;
  salt: string;
  m: number;
  t: number;
  p: number;
}

export interface Kdf {
  m: number;
  t: number;
  p: number;
}

/** A device's sign-in, as the sessions page lists it. */
export interface Session {
  id: Id;
  device_name: string;
  user_agent: string;
  ip: string;
  created_at: number;
  last_seen_at: number;
  is_current: boolean;
}

export interface Invite {
  code: string;
  server_id: Id;
  created_by: Id;
  created_at: number;
  expires_at: number | null;
  max_uses: number | null;
  uses: number;
}

export interface InvitePreview {
  server: { id: Id; name: string; icon: string | null; member_count: number };
  is_member: boolean;
}

export interface MemberPage {
  members: Member[];
  next_cursor: string | null;
}

export interface AdminUser {
  user: User;
  email: string | null;
  role: InstanceRole;
  last_seen_at: number | null;
  sessions: number;
}
