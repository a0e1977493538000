import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Id, Server, Whole } from '../api/types';

export type AdminServer = Whole<components['schemas']['AdminServer']>;
export type AdminServers = Whole<components['schemas']['AdminServers']>;

/** At most 500, in the order of their names. */
export const loadServers = (q: string): Promise<AdminServers> =>
  take(api.GET('/api/v1/admin/servers', { params: { query: q ? { q } : {} } }));
export const transferServer = (id: Id, owner_id: Id): Promise<Server> =>
  take(api.PATCH('/api/v1/admin/servers/{id}', { params: { path: { id } }, body: { owner_id } }));
export const eraseServer = (id: Id): Promise<void> =>
  take(api.DELETE('/api/v1/admin/servers/{id}', { params: { path: { id } } }));
