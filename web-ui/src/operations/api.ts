// Calls that only administrators of the instance may make.
import { api, take } from '../api/http';
import type { AdminUser, Id, InstanceRole, Registration } from '../api/types';

export interface AdminUserPage {
  users: AdminUser[];
  next_cursor: string | null;
}
export const loadUsers = (query: { q?: string; cursor?: string }): Promise<AdminUserPage> =>
  take(api.GET('/api/v1/admin/users', { params: { query } }));
export const updateUser = (
  id: Id,
  body: { role?: InstanceRole; is_disabled?: boolean },
): Promise<AdminUser> => take(api.PATCH('/api/v1/admin/users/{id}', { params: { path: { id } }, body }));
export const makeResetLink = (id: Id): Promise<{ url: string; expires_at: number }> =>
  take(api.POST('/api/v1/admin/users/{id}/reset-link', { params: { path: { id } } }));

export interface InstanceSettings {
  name: string;
  registration: Registration;
}
export const loadSettings = (): Promise<InstanceSettings> => take(api.GET('/api/v1/admin/settings'));
export const updateSettings = (body: Partial<InstanceSettings>): Promise<InstanceSettings> =>
  take(api.PATCH('/api/v1/admin/settings', { body }));

/** An invite to the instance. `created_by` is null for those made on the command line. */
export interface InstanceInvite {
  code: string;
  url: string;
  created_by: Id | null;
  created_at: number;
  expires_at: number | null;
  max_uses: number | null;
  uses: number;
}
export const loadInvites = async (): Promise<InstanceInvite[]> =>
  (await take(api.GET('/api/v1/admin/invites'))).invites;
export const createInvite = (body: { max_uses?: number; expires_in_s?: number }): Promise<InstanceInvite> =>
  take(api.POST('/api/v1/admin/invites', { body }));
export const revokeInvite = (code: string): Promise<void> =>
  take(api.DELETE('/api/v1/admin/invites/{code}', { params: { path: { code } } }));
