import { Crown } from 'lucide-react';
import { ProfilePopover } from '../accounts/ProfilePopover';
import type { Id, Member } from '../api/types';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { ContextMenu } from '../ui/ContextMenu';
import { cx } from '../ui/cx';
import type { MenuEntry } from '../ui/menu-entries';
import { memberName } from './member-actions';
import { topRole } from './member-rows';

interface MemberItemProps {
  serverId: Id;
  member: Member;
  entries: MenuEntry[];
}

/** One member: press for the profile, right click or long press for what can be done. */
export function MemberItem({ serverId, member, entries }: MemberItemProps) {
  const user = useStore((state) => state.users[member.user.id]) ?? member.user;
  const presence = useStore((state) => state.presence[user.id]?.presence ?? 'offline');
  const roles = useStore((state) => state.roles);
  const role = topRole(member, roles);
  const name = memberName({ ...member, user });
  return (
    <ContextMenu entries={entries}>
      <div>
        <ProfilePopover userId={user.id} serverId={serverId}>
          <button
            type="button"
            className="flex h-11 w-full items-center gap-2.5 rounded-md px-2 text-left transition-colors hover:bg-hover data-[state=open]:bg-pressed"
          >
            <Avatar
              name={name}
              picture={user.picture}
              presence={presence}
              size="sm"
              className={cx(presence === 'offline' && 'opacity-75')}
            />
            <span className="min-w-0 grow leading-tight">
              <span
                style={role?.color ? { color: role.color } : undefined}
                className={cx('block truncate text-sm', presence === 'offline' && 'text-muted')}
              >
                {name}
              </span>
              {user.status_text && (
                <span className="block truncate text-muted text-xs">{user.status_text}</span>
              )}
            </span>
            {role?.kind === 'owner' && (
              <Crown size={14} role="img" aria-label={role.name} className="text-idle" />
            )}
          </button>
        </ProfilePopover>
      </div>
    </ContextMenu>
  );
}
