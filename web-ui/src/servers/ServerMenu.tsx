import { useLingui } from '@lingui/react/macro';
import {
  Bell,
  ChevronDown,
  FolderPlus,
  LogOut,
  MessageSquarePlus,
  Settings,
  UserPen,
  UserPlus,
} from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import type { Id } from '../api/types';
import { paths } from '../app/paths';
import { useStore } from '../state/store';
import { Menu } from '../ui/Menu';
import type { MenuEntry } from '../ui/menu-entries';
import { useIsOwner, useMay } from './may';

const Dialogs = lazy(() => import('./ServerDialogs').then((module) => ({ default: module.ServerDialogs })));

/** What can be opened from the menu. */
export type ServerDialogName = 'notify' | 'invite' | 'room' | 'category' | 'nickname' | 'leave';

/** The name of a server; opens what can be done with it. */
export function ServerMenu({ serverId }: { serverId: Id }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [dialog, setDialog] = useState<ServerDialogName | null>(null);
  const name = useStore((state) => state.servers[serverId]?.name);
  const hasCode = useStore((state) => Boolean(state.servers[serverId]?.access_code));
  const mayInvite = useMay(serverId, 'create_invites');
  const mayManageRooms = useMay(serverId, 'manage_rooms');
  const mayManage = useMay(serverId, 'manage_server');
  const isOwner = useIsOwner(serverId);
  if (name === undefined) return null;

  const entries: MenuEntry[] = [];
  if (mayInvite || hasCode) {
    entries.push({
      label: t`Invite people`,
      icon: <UserPlus size={17} aria-hidden />,
      run: () => setDialog('invite'),
    });
  }
  if (mayManageRooms) {
    entries.push(
      { label: t`New room`, icon: <MessageSquarePlus size={17} aria-hidden />, run: () => setDialog('room') },
      {
        label: t`New category`,
        icon: <FolderPlus size={17} aria-hidden />,
        run: () => setDialog('category'),
      },
    );
  }
  if (entries.length > 0) entries.push('separator');
  entries.push(
    {
      label: t`Your nickname here`,
      icon: <UserPen size={17} aria-hidden />,
      run: () => setDialog('nickname'),
    },
    { label: t`Notifications`, icon: <Bell size={17} aria-hidden />, run: () => setDialog('notify') },
    {
      label: mayManage ? t`Server settings` : t`About this server`,
      icon: <Settings size={17} aria-hidden />,
      run: () => navigate(paths.serverSettings(serverId)),
    },
  );
  if (!isOwner) {
    entries.push('separator', {
      label: t`Leave server`,
      icon: <LogOut size={17} aria-hidden />,
      danger: true,
      run: () => setDialog('leave'),
    });
  }

  return (
    <>
      <Menu
        entries={entries}
        trigger={
          <button
            type="button"
            className="flex min-h-10 min-w-0 grow items-center justify-between gap-2 rounded-md px-2.5 text-left transition-colors hover:bg-hover data-[state=open]:bg-pressed pointer-coarse:min-h-11"
          >
            <span className="truncate font-semibold">{name}</span>
            <ChevronDown size={17} aria-hidden className="shrink-0 text-muted" />
          </button>
        }
      />
      {dialog && (
        <Suspense fallback={null}>
          <Dialogs serverId={serverId} shown={dialog} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </>
  );
}
