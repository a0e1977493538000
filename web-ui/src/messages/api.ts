// REST calls of this domain.
import { api, take } from '../api/http';
import type {
  Content,
  Conversation,
  Id,
  JoinedConversation,
  Member,
  Message,
  MessagePage,
  SearchPage,
  User,
  View,
} from '../api/types';
import { edge } from '../state/edge';

/** Which part of the history: nothing given means the newest. */
export type Where =
  | { before: number }
  | { after: number }
  | { around: number }
  | { at: number }
  | Record<string, never>;

const PAGE = 50;
const HITS = 25;

/** Messages as the app shows them: what is sealed is opened on the way. */
export async function loadHistory(conversationId: Id, where: Where): Promise<MessagePage> {
  const page = await take(
    api.GET('/api/v1/conversations/{id}/messages', {
      params: { path: { id: conversationId }, query: { ...where, limit: PAGE } },
    }),
  );
  return { ...page, messages: await edge.open(page.messages) };
}

/** What is shown when somebody switches to a conversation: the newest messages or those around one, and all beside them. */
export async function loadView(conversationId: Id, around: number | null): Promise<View> {
  const view = await take(
    api.GET('/api/v1/conversations/{id}/view', {
      params: { path: { id: conversationId }, query: { limit: PAGE, ...(around !== null && { around }) } },
    }),
  );
  const { history, pins } = view;
  const [messages, pinned] = await Promise.all([edge.open(history.messages), edge.open(pins)]);
  return { ...view, history: { ...history, messages }, pins: pinned };
}

async function one(answer: Promise<Message>): Promise<Message> {
  const message = await answer;
  return (await edge.open([message]))[0] ?? message;
}

export const editMessage = (id: Id, content: Content): Promise<Message> =>
  edge.edit(id, content) ??
  take(api.PATCH('/api/v1/messages/{id}', { params: { path: { id } }, body: { content } }));

export const deleteMessage = (id: Id): Promise<Message> =>
  edge.delete(id) ?? take(api.DELETE('/api/v1/messages/{id}', { params: { path: { id } } }));

export const pinMessage = (id: Id): Promise<Message> =>
  one(take(api.PUT('/api/v1/messages/{id}/pin', { params: { path: { id } } })));

export const unpinMessage = (id: Id): Promise<Message> =>
  one(take(api.DELETE('/api/v1/messages/{id}/pin', { params: { path: { id } } })));

export interface SearchQuery {
  q: string;
  conversation_id?: Id;
  server_id?: Id;
  sort: 'newest' | 'best';
  cursor?: string;
}

/** Finds by the node's index, which has nothing of what is sealed. */
export async function searchMessages(query: SearchQuery, signal: AbortSignal): Promise<SearchPage> {
  const page = await take(
    api.GET('/api/v1/search', { params: { query: { ...query, limit: HITS } }, signal }),
  );
  return { ...page, hits: page.hits.filter(({ message }) => !edge.isForged(message)) };
}

export const react = (id: Id, emoji: string): Promise<Message> =>
  edge.react(id, emoji, true) ??
  take(api.POST('/api/v1/messages/{id}/react', { params: { path: { id } }, body: { emoji } }));

export const unreact = (id: Id, emoji: string): Promise<Message> =>
  edge.react(id, emoji, false) ??
  take(api.DELETE('/api/v1/messages/{id}/react', { params: { path: { id }, query: { emoji } } }));

export const startDirect = (userId: Id): Promise<JoinedConversation> =>
  take(api.POST('/api/v1/conversations', { body: { kind: 'direct', user_ids: [userId] } }));

export const startGroup = (userIds: Id[], name: string): Promise<JoinedConversation> =>
  take(
    api.POST('/api/v1/conversations', {
      body: { kind: 'group', user_ids: userIds, ...(name ? { name } : {}) },
    }),
  );

export const renameGroup = (id: Id, name: string): Promise<Conversation> =>
  take(api.PATCH('/api/v1/conversations/{id}', { params: { path: { id } }, body: { name } }));

export const addToGroup = (id: Id, userIds: Id[]): Promise<Conversation> =>
  take(
    api.PUT('/api/v1/conversations/{id}/members', { params: { path: { id } }, body: { user_ids: userIds } }),
  );

export const removeFromGroup = (id: Id, userId: Id): Promise<void> =>
  take(
    api.DELETE('/api/v1/conversations/{id}/members/{user_id}', { params: { path: { id, user_id: userId } } }),
  );

export const searchUsers = async (q: string): Promise<User[]> =>
  (await take(api.GET('/api/v1/users/search', { params: { query: { q, limit: 20 } } }))).users;

export const loadUsersById = async (ids: Id[]): Promise<User[]> =>
  (await take(api.GET('/api/v1/users', { params: { query: { ids: ids.join() } } }))).users;

/** Members of a server by the beginning of their name, for mentions. */
export const searchMembers = async (serverId: Id, q: string): Promise<Member[]> =>
  (
    await take(
      api.GET('/api/v1/servers/{id}/members', {
        params: { path: { id: serverId }, query: { q, limit: 10 } },
      }),
    )
  ).members;
