import type { Id, Permission } from '../api/types';
import { useStore } from '../state/store';

/** Whether the signed-in user may do this in the server. */
export function useMay(serverId: Id, permission: Permission): boolean {
  return useStore((state) => state.servers[serverId]?.me.permissions.includes(permission) ?? false);
}

export function useIsOwner(serverId: Id): boolean {
  return useStore((state) => state.servers[serverId]?.owner_id === state.me?.user.id);
}
