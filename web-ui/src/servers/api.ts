// Calls about servers, their rooms, members and invites.
import { api, bytesOf, take } from '../api/http';
import type {
  Category,
  Id,
  Invite,
  InvitePreview,
  Member,
  MemberPage,
  Presence,
  Room,
  Server,
  ServerState,
} from '../api/types';

export const createServer = (body: { name: string; description?: string }): Promise<ServerState> =>
  take(api.POST('/api/v1/servers', { body }));
export const joinServer = (code: string): Promise<ServerState> =>
  take(api.POST('/api/v1/servers/join', { body: { code } }));
export const updateServer = (
  id: Id,
  body: { name?: string; description?: string; owner_id?: Id },
): Promise<Server> => take(api.PATCH('/api/v1/servers/{id}', { params: { path: { id } }, body }));
export const deleteServer = (id: Id): Promise<void> =>
  take(api.DELETE('/api/v1/servers/{id}', { params: { path: { id } } }));
export const leaveServer = (id: Id): Promise<void> =>
  take(api.DELETE('/api/v1/servers/{id}/members/me', { params: { path: { id } } }));

export const uploadIcon = (id: Id, picture: Blob): Promise<Server> =>
  take(api.PUT('/api/v1/servers/{id}/icon', { params: { path: { id } }, ...bytesOf(picture) }));
export const deleteIcon = (id: Id): Promise<Server> =>
  take(api.DELETE('/api/v1/servers/{id}/icon', { params: { path: { id } } }));

export const rotateAccessCode = (id: Id): Promise<{ access_code: string }> =>
  take(api.POST('/api/v1/servers/{id}/access-code', { params: { path: { id } } }));
export const switchOffAccessCode = (id: Id): Promise<void> =>
  take(api.DELETE('/api/v1/servers/{id}/access-code', { params: { path: { id } } }));

export interface MembersQuery {
  cursor?: string;
  limit?: number;
  q?: string;
}
export const loadMemberPage = (id: Id, query: MembersQuery = {}): Promise<MemberPage> =>
  take(api.GET('/api/v1/servers/{id}/members', { params: { path: { id }, query: { ...query } } }));
export const kickMember = (id: Id, user: Id): Promise<void> =>
  take(api.DELETE('/api/v1/servers/{id}/members/{user_id}', { params: { path: { id, user_id: user } } }));
export const setNickname = (id: Id, nickname: string | null): Promise<Member> =>
  take(api.PATCH('/api/v1/servers/{id}/members/me', { params: { path: { id } }, body: { nickname } }));
export const setMemberRoles = (id: Id, user: Id, role_ids: Id[]): Promise<Member> =>
  take(
    api.PUT('/api/v1/servers/{id}/members/{user_id}/roles', {
      params: { path: { id, user_id: user } },
      body: { role_ids },
    }),
  );
export const loadPresence = async (ids: Id[]): Promise<Presence[]> =>
  (await take(api.GET('/api/v1/presence', { params: { query: { ids: ids.join() } } }))).users;

export const loadInvites = async (id: Id): Promise<Invite[]> =>
  (await take(api.GET('/api/v1/servers/{id}/invites', { params: { path: { id } } }))).invites;
export const createInvite = (id: Id, body: { max_uses?: number; expires_in_s?: number }): Promise<Invite> =>
  take(api.POST('/api/v1/servers/{id}/invites', { params: { path: { id } }, body }));
export const revokeInvite = (id: Id, code: string): Promise<void> =>
  take(api.DELETE('/api/v1/servers/{id}/invites/{code}', { params: { path: { id, code } } }));
export const loadInvitePreview = (code: string): Promise<InvitePreview> =>
  take(api.GET('/api/v1/invites/{code}', { params: { path: { code } } }));

export const createCategory = (server: Id, name: string): Promise<Category> =>
  take(api.POST('/api/v1/servers/{id}/categories', { params: { path: { id: server } }, body: { name } }));
export const renameCategory = (id: Id, name: string): Promise<Category> =>
  take(api.PATCH('/api/v1/categories/{id}', { params: { path: { id } }, body: { name } }));
export const deleteCategory = (id: Id): Promise<void> =>
  take(api.DELETE('/api/v1/categories/{id}', { params: { path: { id } } }));

export interface RoomFields {
  name: string;
  topic: string;
  category_id: Id | null;
  is_private: boolean;
}
export const createRoom = (server_id: Id, fields: RoomFields): Promise<Room> =>
  take(api.POST('/api/v1/rooms', { body: { server_id, ...fields } }));
export const updateRoom = (id: Id, fields: Partial<RoomFields>): Promise<Room> =>
  take(api.PATCH('/api/v1/rooms/{id}', { params: { path: { id } }, body: fields }));
export const deleteRoom = (id: Id): Promise<void> =>
  take(api.DELETE('/api/v1/rooms/{id}', { params: { path: { id } } }));
export const loadRoomMembers = async (id: Id): Promise<Member[]> =>
  (await take(api.GET('/api/v1/rooms/{id}/members', { params: { path: { id } } }))).members;
export const addRoomMember = (id: Id, user: Id): Promise<void> =>
  take(api.PUT('/api/v1/rooms/{id}/members/{user_id}', { params: { path: { id, user_id: user } } }));
export const removeRoomMember = (id: Id, user: Id): Promise<void> =>
  take(api.DELETE('/api/v1/rooms/{id}/members/{user_id}', { params: { path: { id, user_id: user } } }));

export interface RoomOrder {
  categories: Id[];
  rooms: { id: Id; category_id: Id | null }[];
}
export const saveOrder = (server: Id, body: RoomOrder): Promise<void> =>
  take(api.PUT('/api/v1/servers/{id}/order', { params: { path: { id: server } }, body }));
