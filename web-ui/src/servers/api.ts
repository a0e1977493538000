// Calls about servers, their rooms, members and invites.
import { call } from '../api/http';
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
  call('POST', '/servers', { body });
export const joinServer = (code: string): Promise<ServerState> =>
  call('POST', '/servers/join', { body: { code } });
export const updateServer = (
  id: Id,
  body: { name?: string; description?: string; owner_id?: Id },
): Promise<Server> => call('PATCH', `/servers/${id}`, { body });
export const deleteServer = (id: Id): Promise<void> => call('DELETE', `/servers/${id}`);
export const leaveServer = (id: Id): Promise<void> => call('DELETE', `/servers/${id}/members/me`);

export const uploadIcon = (id: Id, picture: Blob): Promise<Server> =>
  call('PUT', `/servers/${id}/icon`, { body: picture });
export const deleteIcon = (id: Id): Promise<Server> => call('DELETE', `/servers/${id}/icon`);

export const rotateAccessCode = (id: Id): Promise<{ access_code: string }> =>
  call('POST', `/servers/${id}/access-code`);
export const switchOffAccessCode = (id: Id): Promise<void> => call('DELETE', `/servers/${id}/access-code`);

export interface MembersQuery {
  cursor?: string | null;
  limit?: number;
  q?: string;
}
export const loadMemberPage = (id: Id, query: MembersQuery = {}): Promise<MemberPage> =>
  call('GET', `/servers/${id}/members`, { query: { ...query } });
export const kickMember = (id: Id, user: Id): Promise<void> =>
  call('DELETE', `/servers/${id}/members/${user}`);
export const setNickname = (id: Id, nickname: string | null): Promise<Member> =>
  call('PATCH', `/servers/${id}/members/me`, { body: { nickname } });
export const setMemberRoles = (id: Id, user: Id, role_ids: Id[]): Promise<Member> =>
  call('PUT', `/servers/${id}/members/${user}/roles`, { body: { role_ids } });
export const loadPresence = async (ids: Id[]): Promise<Presence[]> =>
  (await call<{ users: Presence[] }>('GET', '/presence', { query: { ids: ids.join() } })).users;

export const loadInvites = async (id: Id): Promise<Invite[]> =>
  (await call<{ invites: Invite[] }>('GET', `/servers/${id}/invites`)).invites;
export const createInvite = (id: Id, body: { max_uses?: number; expires_in_s?: number }): Promise<Invite> =>
  call('POST', `/servers/${id}/invites`, { body });
export const revokeInvite = (id: Id, code: string): Promise<void> =>
  call('DELETE', `/servers/${id}/invites/${encodeURIComponent(code)}`);
export const loadInvitePreview = (code: string): Promise<InvitePreview> =>
  call('GET', `/invites/${encodeURIComponent(code)}`);

export const createCategory = (server: Id, name: string): Promise<Category> =>
  call('POST', `/servers/${server}/categories`, { body: { name } });
export const renameCategory = (id: Id, name: string): Promise<Category> =>
  call('PATCH', `/categories/${id}`, { body: { name } });
export const deleteCategory = (id: Id): Promise<void> => call('DELETE', `/categories/${id}`);

export interface RoomFields {
  name: string;
  topic: string;
  category_id: Id | null;
  is_private: boolean;
}
export const createRoom = (server_id: Id, fields: RoomFields): Promise<Room> =>
  call('POST', '/rooms', { body: { server_id, ...fields } });
export const updateRoom = (id: Id, fields: Partial<RoomFields>): Promise<Room> =>
  call('PATCH', `/rooms/${id}`, { body: fields });
export const deleteRoom = (id: Id): Promise<void> => call('DELETE', `/rooms/${id}`);
export const loadRoomMembers = async (id: Id): Promise<Member[]> =>
  (await call<{ members: Member[] }>('GET', `/rooms/${id}/members`)).members;
export const addRoomMember = (id: Id, user: Id): Promise<void> => call('PUT', `/rooms/${id}/members/${user}`);
export const removeRoomMember = (id: Id, user: Id): Promise<void> =>
  call('DELETE', `/rooms/${id}/members/${user}`);

export interface RoomOrder {
  categories: Id[];
  rooms: { id: Id; category_id: Id | null }[];
}
export const saveOrder = (server: Id, body: RoomOrder): Promise<void> =>
  call('PUT', `/servers/${server}/order`, { body });
