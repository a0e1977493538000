// Calls that only administrators of the instance may make.
import { call } from '../api/http';
import type { AdminUser, Id, InstanceRole, Registration } from '../api/types';

export interface AdminUserPage {
  users: AdminUser[];
  next_cursor: string | null;
}
export const loadUsers = (query: { q?: string; cursor?: string | null }): Promise<AdminUserPage> =>
  call('GET', '/admin/users', { query });
export const updateUser = (
  id: Id,
  body: { role?: InstanceRole; is_disabled?: boolean },
): Promise<AdminUser> => call('PATCH', `/admin/users/${id}`, { body });
export const makeResetLink = (id: Id): Promise<{ url: string; expires_at: number }> =>
  call('POST', `/admin/users/${id}/reset-link`);

export interface InstanceSettings {
  name: string;
  registration: Registration;
}
export const loadSettings = (): Promise<InstanceSettings> => call('GET', '/admin/settings');
export const updateSettings = (body: Partial<InstanceSettings>): Promise<InstanceSettings> =>
  call('PATCH', '/admin/settings', { body });

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
  (await call<{ invites: InstanceInvite[] }>('GET', '/admin/invites')).invites;
export const createInvite = (body: { max_uses?: number; expires_in_s?: number }): Promise<InstanceInvite> =>
  call('POST', '/admin/invites', { body });
export const revokeInvite = (code: string): Promise<void> =>
  call('DELETE', `/admin/invites/${encodeURIComponent(code)}`);
