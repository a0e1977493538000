import { t } from '@lingui/core/macro';
import type { Permission } from '../api/types';

/** What a permission allows, in words. */
export function permissionName(permission: Permission): string {
  const names: Record<Permission, string> = {
    send_messages: t`Write messages`,
    add_reactions: t`React`,
    mention_everyone: t`Mention everyone`,
    create_invites: t`Create invites`,
    manage_messages: t`Delete others' messages`,
    manage_rooms: t`Manage rooms and categories`,
    manage_server: t`Change the server and its code`,
    manage_roles: t`Give and take roles`,
    kick_members: t`Kick members`,
  };
  return names[permission] ?? permission;
}
