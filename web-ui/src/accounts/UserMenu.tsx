import { useLingui } from '@lingui/react/macro';
import { Flag, Keyboard, LogOut, Settings, ShieldCheck } from 'lucide-react';
import { useLocation } from 'wouter';
import { signOut } from '../api/session';
import { paths } from '../app/paths';
import { useStore } from '../state/store';
import { clearDevice } from '../state/sync';
import { Avatar } from '../ui/Avatar';
import { Menu } from '../ui/Menu';
import type { MenuEntry } from '../ui/menu-entries';
import { PresenceDot } from '../ui/PresenceDot';
import { choosePresence } from './presence-choice';

/** The own name and presence; opens presence, settings, administration and sign-out. */
export function UserMenu({ compact }: { compact?: boolean }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const me = useStore((state) => state.me);
  if (!me) return null;
  const { user, presence } = me;
  const name = user.display_name || user.username;

  const choices = [
    ['online', t`Online`, undefined],
    ['idle', t`Idle`, undefined],
    ['dnd', t`Do not disturb`, undefined],
    ['invisible', t`Invisible`, t`Others see you as offline`],
  ] as const;
  const entries: MenuEntry[] = [
    { heading: t`Show me as` },
    ...choices.map(([choice, label, hint]) => ({
      label,
      ...(hint && { hint }),
      icon: <PresenceDot presence={choice} className="size-4" />,
      checked: presence === choice,
      run: () => void choosePresence(choice),
    })),
    'separator',
    { label: t`Settings`, icon: <Settings size={17} aria-hidden />, run: () => navigate(paths.settings()) },
    {
      label: t`Keyboard shortcuts`,
      icon: <Keyboard size={17} aria-hidden />,
      run: () => navigate(paths.settings('shortcuts')),
    },
    ...(me.role === 'admin'
      ? [
          {
            label: t`Administration`,
            icon: <ShieldCheck size={17} aria-hidden />,
            run: () => navigate(paths.admin()),
          },
        ]
      : []),
    ...(me.role === 'moderator'
      ? [
          {
            label: t`Reports`,
            icon: <Flag size={17} aria-hidden />,
            run: () => navigate(paths.admin('reports')),
          },
        ]
      : []),
    'separator',
    { label: t`Sign out`, icon: <LogOut size={17} aria-hidden />, run: () => void leave() },
  ];

  async function leave() {
    await clearDevice();
    await signOut();
  }

  return (
    <Menu
      side="top"
      entries={entries}
      trigger={
        <button
          type="button"
          aria-label={t`Your menu, ${name}`}
          className="flex min-h-11 min-w-0 grow items-center gap-2.5 rounded-md px-2 py-1 text-left transition-colors hover:bg-hover data-[state=open]:bg-pressed"
        >
          <Avatar name={name} picture={user.picture} presence={presence} size="sm" />
          {!compact && (
            <span className="min-w-0 grow leading-tight">
              <span className="block truncate font-medium text-sm">{name}</span>
              <span className="block truncate text-muted text-xs">
                {user.status_text || `@${user.username}`}
              </span>
            </span>
          )}
        </button>
      }
    />
  );
}
