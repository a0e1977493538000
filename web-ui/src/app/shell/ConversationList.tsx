import { Plural, useLingui } from '@lingui/react/macro';
import { BellOff, MessageSquarePlus } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import type { Conversation } from '../../api/types';
import { shortTime } from '../../lib/time';
import { ConversationAvatar } from '../../messages/ConversationAvatar';
import { useWatchedPresence } from '../../state/presence';
import {
  conversationName,
  isSilent,
  mentionsOf,
  orderedConversations,
  otherOf,
  unreadOf,
} from '../../state/selectors';
import { useStore } from '../../state/store';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { cx } from '../../ui/cx';
import { EmptyState } from '../../ui/EmptyState';
import { paths } from '../paths';
import { openDialog } from '../ui-state';

const WATCHED = 60;

/** Direct conversations and groups, the newest first. */
export function ConversationList() {
  const { t } = useLingui();
  const conversations = useStore((state) => state.conversations);
  const readStates = useStore((state) => state.readStates);
  const me = useStore((state) => state.me?.user.id);
  const ordered = orderedConversations({ conversations, readStates });
  useWatchedPresence(
    ordered
      .slice(0, WATCHED)
      .map((conversation) => otherOf(conversation, me))
      .filter((id) => id !== null),
  );
  if (ordered.length === 0) {
    return (
      <EmptyState
        icon={<MessageSquarePlus />}
        title={t`No conversations yet`}
        action={<Button variant="primary" onClick={() => openDialog('start')}>{t`Start one`}</Button>}
      >
        {t`Write to one person, or to several in a group.`}
      </EmptyState>
    );
  }
  return (
    <nav aria-label={t`Conversations`}>
      <ul className="flex flex-col gap-px">
        {ordered.map((conversation) => (
          <li key={conversation.id}>
            <ConversationLink conversation={conversation} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function ConversationLink({ conversation }: { conversation: Conversation }) {
  const { t } = useLingui();
  const { id } = conversation;
  const [location] = useLocation();
  const name = useStore((state) => conversationName(state, conversation));
  const readState = useStore((state) => state.readStates[id]);
  const other = useStore((state) => otherOf(conversation, state.me?.user.id));
  const status = useStore((state) => (other ? state.users[other]?.status_text : ''));
  const isQuiet = useStore((state) => isSilent(state, id));
  const unread = unreadOf(readState);
  const isCalling = !isQuiet || mentionsOf(readState) > 0;
  const isCurrent = location.startsWith(paths.conversation(id));
  const at = readState?.last_message_at ?? null;
  return (
    <Link
      href={paths.conversation(id)}
      aria-current={isCurrent ? 'page' : undefined}
      className={cx(
        'flex min-h-12 items-center gap-2.5 rounded-md px-2 py-1.5 outline-offset-[-2px]',
        isCurrent ? 'bg-pressed' : 'hover:bg-hover',
      )}
    >
      <ConversationAvatar conversation={conversation} />
      <span className="min-w-0 grow">
        <span
          className={cx(
            'flex items-center gap-1.5',
            unread > 0 && isCalling ? 'font-semibold' : !isCurrent && (isQuiet ? 'text-faint' : 'text-muted'),
          )}
        >
          <span className="truncate">{name}</span>
          {isQuiet && (
            <>
              <BellOff size={13} aria-hidden className="shrink-0" />
              <span className="sr-only">{t`Muted`}</span>
            </>
          )}
        </span>
        <span className={cx('block truncate text-xs', isCurrent ? 'text-muted' : 'text-faint')}>
          {conversation.kind === 'group' ? (
            <Plural value={conversation.participants.length} one="# person" other="# people" />
          ) : (
            status
          )}
        </span>
      </span>
      <span className="flex shrink-0 flex-col items-end gap-0.5">
        {at !== null && (
          <span className={cx('text-xs tabular-nums', isCurrent ? 'text-muted' : 'text-faint')}>
            {shortTime(at)}
          </span>
        )}
        {unread > 0 && (
          <Badge tone={isCalling ? 'danger' : 'neutral'}>
            <span aria-hidden>{unread > 99 ? '99+' : unread}</span>
            <span className="sr-only">
              <Plural value={unread} one="# unread message" other="# unread messages" />
            </span>
          </Badge>
        )}
      </span>
    </Link>
  );
}
