import { useLingui } from '@lingui/react/macro';
import {
  ArrowLeft,
  Bell,
  BellOff,
  CalendarSearch,
  EllipsisVertical,
  Hash,
  Lock,
  Pin,
  Search,
  Users,
} from 'lucide-react';
import { useLocation } from 'wouter';
import { PresenceLine } from '../../accounts/PresenceLine';
import type { Id } from '../../api/types';
import { LockButton } from '../../encryption/ui/LockButton';
import { useMedia, WIDE, WIDEST } from '../../lib/media';
import { ConversationAvatar } from '../../messages/ConversationAvatar';
import { useWatchedPresence } from '../../state/presence';
import { isSilent, otherOf, placeName } from '../../state/selectors';
import { useStore } from '../../state/store';
import { IconButton } from '../../ui/IconButton';
import { Kbd } from '../../ui/Kbd';
import { Menu } from '../../ui/Menu';
import { paths } from '../paths';
import { openDialog, openNotify, openPanel, type Panel, useUiState } from '../ui-state';

interface PlaceHeaderProps {
  conversationId: Id;
  serverId: Id | null;
  people: { isShown: boolean; toggle: () => void } | null;
}

/** Above the messages: where one is. On a phone with the way back. */
export function PlaceHeader({ conversationId, serverId, people }: PlaceHeaderProps) {
  const { t } = useLingui();
  const isWide = useMedia(WIDE);
  const [, navigate] = useLocation();
  const name = useStore((state) => placeName(state, conversationId));
  const room = useStore((state) => state.rooms[conversationId]);
  const conversation = useStore((state) => state.conversations[conversationId]);
  const other = useStore((state) => (conversation ? otherOf(conversation, state.me?.user.id) : null));
  const presence = useStore((state) => (other ? state.presence[other] : undefined));
  useWatchedPresence(other ? [other] : []);
  const Icon = room?.is_private ? Lock : Hash;
  return (
    <header className="flex h-13 shrink-0 items-center gap-2.5 border-line border-b pr-2 pl-4 max-sm:gap-1.5 max-sm:pl-1">
      {!isWide && (
        <IconButton
          label={t`Back`}
          icon={<ArrowLeft size={20} aria-hidden />}
          onClick={() => navigate(serverId ? paths.server(serverId) : paths.conversations)}
        />
      )}
      {conversation ? (
        <ConversationAvatar conversation={conversation} />
      ) : (
        <Icon size={20} aria-hidden className="shrink-0 text-muted" />
      )}
      <div className="min-w-0 grow">
        <div className="flex items-center gap-1">
          <h1 className="truncate font-semibold leading-tight">{name}</h1>
          <LockButton conversationId={conversationId} />
        </div>
        {room?.topic && <p className="truncate text-muted text-xs">{room.topic}</p>}
        {other && (
          <div className="truncate text-xs [&_p]:text-xs">
            <PresenceLine presence={presence} statusText="" />
          </div>
        )}
      </div>
      <SearchButton />
      {isWide && <PlaceButtons conversationId={conversationId} />}
      {people && (
        <IconButton
          label={t`Members`}
          icon={<Users size={19} aria-hidden />}
          pressed={people.isShown}
          onClick={people.toggle}
        />
      )}
      {!isWide && <PlaceMenu conversationId={conversationId} />}
    </header>
  );
}

const toggle = (panel: Panel, isOpen: boolean) => openPanel(isOpen ? null : panel);

/** Looks like a field where there is room for one. */
function SearchButton() {
  const { t } = useLingui();
  const isOpen = useUiState((state) => state.panel === 'search');
  const isWidest = useMedia(WIDEST);
  if (isWidest && !isOpen) {
    return (
      <button
        type="button"
        aria-label={t`Search messages`}
        onClick={() => openPanel('search')}
        className="mr-1 flex h-9 w-44 shrink-0 items-center gap-2 rounded-md border border-edge bg-inset px-2.5 text-faint text-sm hover:text-ink"
      >
        <Search size={16} aria-hidden />
        <span className="grow text-left">{t`Search`}</span>
        <Kbd keys="Mod+F" />
      </button>
    );
  }
  return (
    <IconButton
      label={t`Search messages`}
      shortcut="Mod+F"
      icon={<Search size={19} aria-hidden />}
      pressed={isOpen}
      onClick={() => toggle('search', isOpen)}
    />
  );
}

function PlaceButtons({ conversationId }: { conversationId: Id }) {
  const { t } = useLingui();
  const isQuiet = useStore((state) => isSilent(state, conversationId));
  const BellIcon = isQuiet ? BellOff : Bell;
  const isPins = useUiState((state) => state.panel === 'pins');
  return (
    <>
      <IconButton
        label={t`Notifications`}
        icon={<BellIcon size={19} aria-hidden />}
        onClick={() => openNotify(conversationId)}
      />
      <IconButton
        label={t`Pinned messages`}
        icon={<Pin size={19} aria-hidden />}
        pressed={isPins}
        onClick={() => toggle('pins', isPins)}
      />
      <IconButton
        label={t`Jump to date`}
        icon={<CalendarSearch size={19} aria-hidden />}
        onClick={() => openDialog('jump-date')}
      />
    </>
  );
}

/** On a phone there is no room for all of it side by side. */
function PlaceMenu({ conversationId }: { conversationId: Id }) {
  const { t } = useLingui();
  return (
    <Menu
      align="end"
      trigger={
        <IconButton label={t`More`} icon={<EllipsisVertical size={20} aria-hidden />} className="-mx-2" />
      }
      entries={[
        {
          label: t`Pinned messages`,
          icon: <Pin size={18} aria-hidden />,
          // The menu gives the focus back before the panel takes it.
          run: () => void setTimeout(() => openPanel('pins')),
        },
        {
          label: t`Jump to date`,
          icon: <CalendarSearch size={18} aria-hidden />,
          run: () => void setTimeout(() => openDialog('jump-date')),
        },
        {
          label: t`Notifications`,
          icon: <Bell size={18} aria-hidden />,
          run: () => void setTimeout(() => openNotify(conversationId)),
        },
      ]}
    />
  );
}
