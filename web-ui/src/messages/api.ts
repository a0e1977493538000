// REST calls of this domain.
import { call } from '../api/http';
import type {
  Content,
  Conversation,
  Id,
  JoinedConversation,
  Member,
  MemberPage,
  Message,
  MessagePage,
  User,
} from '../api/types';

/** Which part of the history: nothing given means the newest. */
export type Where =
  | { before: number }
  | { after: number }
  | { around: number }
  | { at: number }
  | Record<string, never>;

const PAGE = 50;

export const loadHistory = (conversationId: Id, where: Where): Promise<MessagePage> =>
  call('GET', `/conversations/${conversationId}/messages`, { query: { ...where, limit: PAGE } });

export const editMessage = (id: Id, content: Content): Promise<Message> =>
  call('PATCH', `/messages/${id}`, { body: { content } });

export const deleteMessage = (id: Id): Promise<Message> => call('DELETE', `/messages/${id}`);

export const react = (id: Id, emoji: string): Promise<Message> =>
  call('POST', `/messages/${id}/react`, { body: { emoji } });

export const unreact = (id: Id, emoji: string): Promise<Message> =>
  call('DELETE', `/messages/${id}/react`, { query: { emoji } });

export const startDirect = (userId: Id): Promise<JoinedConversation> =>
  call('POST', '/conversations', { body: { kind: 'direct', user_ids: [userId] } });

export const startGroup = (userIds: Id[], name: string): Promise<JoinedConversation> =>
  call('POST', '/conversations', { body: { kind: 'group', user_ids: userIds, ...(name ? { name } : {}) } });

export const renameGroup = (id: Id, name: string): Promise<Conversation> =>
  call('PATCH', `/conversations/${id}`, { body: { name } });

export const addToGroup = (id: Id, userIds: Id[]): Promise<Conversation> =>
  call('PUT', `/conversations/${id}/members`, { body: { user_ids: userIds } });

export const removeFromGroup = (id: Id, userId: Id): Promise<void> =>
  call('DELETE', `/conversations/${id}/members/${userId}`);

export const searchUsers = async (q: string): Promise<User[]> =>
  (await call<{ users: User[] }>('GET', '/users/search', { query: { q, limit: 20 } })).users;

export const loadUsersById = async (ids: Id[]): Promise<User[]> =>
  (await call<{ users: User[] }>('GET', '/users', { query: { ids: ids.join() } })).users;

/** Members of a server by the beginning of their name, for mentions. */
export const searchMembers = async (serverId: Id, q: string): Promise<Member[]> =>
  (await call<MemberPage>('GET', `/servers/${serverId}/members`, { query: { q, limit: 10 } })).members;
