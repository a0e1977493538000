import { useLingui } from '@lingui/react/macro';
import { Ellipsis, KeyRound, MonitorSmartphone, UserCheck, UserX } from 'lucide-react';
import type { AdminUser, InstanceRole } from '../api/types';
import { agoTime } from '../lib/time';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { Badge } from '../ui/Badge';
import { IconButton } from '../ui/IconButton';
import { Menu } from '../ui/Menu';
import type { MenuEntry } from '../ui/menu-entries';

interface UserLineProps {
  user: AdminUser;
  onRole: (role: InstanceRole) => void;
  onEnable: () => void;
  onDisable: () => void;
  onReset: () => void;
  onSessions: () => void;
}

export function UserLine({ user: account, onRole, onEnable, onDisable, onReset, onSessions }: UserLineProps) {
  const { t } = useLingui();
  const isMe = useStore((state) => state.me?.user.id === account.user.id);
  const { user, email, role, last_seen_at, sessions } = account;
  const name = user.display_name || user.username;
  const roles: [InstanceRole, string][] = [
    ['admin', t`Administrator`],
    ['moderator', t`Moderator`],
    ['user', t`User`],
  ];
  const roleName = roles.find(([id]) => id === role)?.[1] ?? role;

  const entries: MenuEntry[] = [
    { heading: t`Role` },
    ...roles.map(([id, label]) => ({ label, checked: id === role, run: () => id !== role && onRole(id) })),
    'separator',
    { label: t`Devices`, icon: <MonitorSmartphone size={17} aria-hidden />, run: onSessions },
    { label: t`Password reset link`, icon: <KeyRound size={17} aria-hidden />, run: onReset },
  ];
  if (user.is_disabled) {
    entries.push({ label: t`Enable the account`, icon: <UserCheck size={17} aria-hidden />, run: onEnable });
  } else if (!isMe) {
    entries.push({
      label: t`Disable the account`,
      icon: <UserX size={17} aria-hidden />,
      danger: true,
      run: onDisable,
    });
  }

  return (
    <li className="flex items-center gap-3 border-line border-b py-2.5 last:border-b-0">
      <Avatar name={name} picture={user.picture} size="md" />
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate font-medium text-sm">{name}</span>
          {role !== 'user' && <Badge tone="soft">{roleName}</Badge>}
          {user.is_disabled && <Badge tone="warn">{t`Disabled`}</Badge>}
        </p>
        <p className="truncate text-muted text-sm">
          @{user.username}
          {email && ` · ${email}`}
        </p>
        <p className="text-faint text-xs">
          {last_seen_at === null ? t`never seen` : t`seen ${agoTime(last_seen_at)}`} ·{' '}
          {sessions === 1 ? t`1 device` : t`${sessions} devices`}
        </p>
      </div>
      <Menu
        align="end"
        entries={entries}
        trigger={<IconButton label={t`What to do with ${name}`} icon={<Ellipsis size={18} aria-hidden />} />}
      />
    </li>
  );
}
