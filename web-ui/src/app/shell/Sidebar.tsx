import { useLingui } from '@lingui/react/macro';
import { Bell, MessageSquarePlus, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { UserMenu } from '../../accounts/UserMenu';
import type { Id } from '../../api/types';
import { useMedia, WIDE } from '../../lib/media';
import { ServerMenu } from '../../servers/ServerMenu';
import { useStore } from '../../state/store';
import { IconButton } from '../../ui/IconButton';
import { Kbd } from '../../ui/Kbd';
import { openDialog } from '../ui-state';
import { ConversationList } from './ConversationList';
import { RoomList } from './RoomList';

export function ServerSidebar({ serverId, roomId }: { serverId: Id; roomId: Id | null }) {
  const name = useStore((state) => state.servers[serverId]?.name);
  const isAlone = !useMedia(WIDE);
  return (
    <SidebarFrame header={<ServerMenu serverId={serverId} />}>
      {isAlone && <h1 className="sr-only">{name}</h1>}
      <RoomList serverId={serverId} roomId={roomId} />
    </SidebarFrame>
  );
}

export function ConversationSidebar() {
  const { t } = useLingui();
  const header = (
    <div className="flex items-center justify-between gap-2 pr-2 pl-4">
      <h1 className="font-semibold text-lg">{t`Conversations`}</h1>
      <IconButton
        label={t`New conversation`}
        icon={<MessageSquarePlus size={20} aria-hidden />}
        onClick={() => openDialog('start')}
      />
    </div>
  );
  return (
    <SidebarFrame header={header}>
      <ConversationList />
    </SidebarFrame>
  );
}

/** Opens the list of what concerned the user, and says that there is something new in it. */
function BellButton() {
  const { t } = useLingui();
  const unseen = useStore((state) => state.unseen);
  return (
    <IconButton
      label={unseen > 0 ? t`Activity, ${unseen} new` : t`Activity`}
      icon={
        <span className="relative">
          <Bell size={19} aria-hidden />
          {unseen > 0 && (
            <span
              aria-hidden
              className="top-0 right-0 absolute size-2 rounded-full bg-danger ring-2 ring-rail"
            />
          )}
        </span>
      }
      onClick={() => openDialog('notices')}
    />
  );
}

function SidebarFrame({ header, children }: { header: ReactNode; children: ReactNode }) {
  const { t } = useLingui();
  return (
    <div className="flex w-64 min-w-0 shrink-0 flex-col bg-side max-sm:w-0 max-sm:grow">
      <div className="flex h-13 shrink-0 flex-col justify-center border-line border-b">{header}</div>
      <div className="px-2 pt-2">
        <button
          type="button"
          onClick={() => openDialog('switcher')}
          className="flex h-9 w-full items-center gap-2 rounded-md border border-line bg-canvas px-2.5 text-faint text-sm hover:text-ink pointer-coarse:h-11"
        >
          <Search size={16} aria-hidden />
          <span className="grow text-left">{t`Go to…`}</span>
          <span aria-hidden className="pointer-coarse:hidden">
            <Kbd keys="Mod+K" />
          </span>
        </button>
      </div>
      <div className="min-h-0 grow overflow-y-auto overscroll-contain px-2 py-2">{children}</div>
      <div className="flex shrink-0 items-center border-line border-t pr-1.5 pb-[env(safe-area-inset-bottom)]">
        <UserMenu />
        <BellButton />
      </div>
    </div>
  );
}
