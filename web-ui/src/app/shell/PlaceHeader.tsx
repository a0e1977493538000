import { useLingui } from '@lingui/react/macro';
import { ArrowLeft, CalendarSearch, Hash, Lock, Users } from 'lucide-react';
import { useLocation } from 'wouter';
import { PresenceLine } from '../../accounts/PresenceLine';
import type { Id } from '../../api/types';
import { useMedia, WIDE } from '../../lib/media';
import { ConversationAvatar } from '../../messages/ConversationAvatar';
import { useWatchedPresence } from '../../state/presence';
import { otherOf, placeName } from '../../state/selectors';
import { useStore } from '../../state/store';
import { IconButton } from '../../ui/IconButton';
import { paths } from '../paths';
import { openDialog } from '../ui-state';

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
    <header className="flex h-13 shrink-0 items-center gap-2.5 border-line border-b pr-2 pl-4 max-sm:pl-1">
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
        <h1 className="truncate font-semibold leading-tight">{name}</h1>
        {room?.topic && <p className="truncate text-muted text-xs">{room.topic}</p>}
        {other && (
          <div className="truncate text-xs [&_p]:text-xs">
            <PresenceLine presence={presence} statusText="" />
          </div>
        )}
      </div>
      <IconButton
        label={t`Jump to date`}
        icon={<CalendarSearch size={19} aria-hidden />}
        onClick={() => openDialog('jump-date')}
      />
      {people && (
        <IconButton
          label={t`Members`}
          icon={<Users size={19} aria-hidden />}
          pressed={people.isShown}
          onClick={people.toggle}
        />
      )}
    </header>
  );
}
