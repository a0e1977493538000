import { Trans, useLingui } from '@lingui/react/macro';
import { Pin, PinOff } from 'lucide-react';
import { useMemo, useSyncExternalStore } from 'react';
import type { Id, Message } from '../api/types';
import { plainText } from '../lib/markdown';
import { exactTime, stampTime } from '../lib/time';
import { nameIn } from '../state/selectors';
import { useStore } from '../state/store';
import { useUsers } from '../state/users';
import { Avatar } from '../ui/Avatar';
import { EmptyState } from '../ui/EmptyState';
import { IconButton } from '../ui/IconButton';
import { Skeleton } from '../ui/Skeleton';
import { mayPin, setPinned, textOf } from './commands';
import { timelineOf } from './timelines';

interface PinsPanelProps {
  conversationId: Id;
  serverId: Id | null;
  /** A message was gone to. */
  onGone: () => void;
}

/** The pinned messages of a conversation, the newest pin first. */
export function PinsPanel({ conversationId, serverId, onGone }: PinsPanelProps) {
  const { t } = useLingui();
  const timeline = timelineOf(conversationId);
  const { pins, status } = useSyncExternalStore(timeline.subscribe, timeline.getSnapshot);
  const canPin = useStore(() => mayPin({ conversationId, serverId }));
  useUsers(pins?.map(({ author_id }) => author_id) ?? []);
  if (pins === null) {
    // Why it failed stands beside the messages, with a way to try again.
    return status === 'failed' ? null : <Skeleton className="m-3 h-24" />;
  }
  if (pins.length === 0) {
    return (
      <EmptyState icon={<Pin size={26} />} title={t`Nothing is pinned here`}>
        {canPin ? (
          <Trans>Pin a message from its menu, and everybody finds it here.</Trans>
        ) : (
          <Trans>Those who manage messages can pin some, and everybody finds them here.</Trans>
        )}
      </EmptyState>
    );
  }
  return (
    <ul aria-label={t`Pinned messages`} className="min-h-0 grow overflow-y-auto overscroll-contain p-1.5">
      {pins.map((message) => (
        <li key={message.id} className="group relative">
          <PinRow
            message={message}
            serverId={serverId}
            hasButton={canPin}
            go={() => {
              void timeline.jumpTo(message.seq);
              onGone();
            }}
          />
          {canPin && (
            <IconButton
              size="sm"
              label={t`Unpin`}
              icon={<PinOff size={16} aria-hidden />}
              className="absolute top-1.5 right-1.5"
              onClick={() => void setPinned(message, false, { timeline })}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

interface PinRowProps {
  message: Message;
  serverId: Id | null;
  hasButton: boolean;
  go: () => void;
}

function PinRow({ message, serverId, hasButton, go }: PinRowProps) {
  const name = useStore((state) => nameIn(state, message.author_id, serverId));
  const picture = useStore((state) => state.users[message.author_id]?.picture);
  const text = useMemo(() => plainText(textOf(message)), [message]);
  return (
    <button
      type="button"
      onClick={go}
      className="flex w-full gap-2.5 rounded-md px-2 py-2 text-left hover:bg-hover"
    >
      <Avatar name={name} picture={picture} size="sm" className="mt-0.5" />
      <span className="min-w-0 grow">
        <span className={`flex items-baseline gap-2 ${hasButton ? 'pr-8 pointer-coarse:pr-12' : ''}`}>
          <span className="min-w-0 truncate font-semibold text-sm">{name}</span>
          <time
            dateTime={new Date(message.created_at).toISOString()}
            title={exactTime(message.created_at)}
            className="shrink-0 text-faint text-xs tabular-nums"
          >
            {stampTime(message.created_at)}
          </time>
        </span>
        <span className="line-clamp-5 text-sm">{text}</span>
      </span>
    </button>
  );
}
