import { Trans, useLingui } from '@lingui/react/macro';
import { Pin } from 'lucide-react';
import { memo, useState } from 'react';
import type { Message } from '../api/types';
import { isRemoved, sealedOf } from '../encryption/model';
import { TimeLeft } from '../encryption/ui/TimeLeft';
import { UnreadableLine } from '../encryption/ui/UnreadableLine';
import { bareTime, clockTime, exactTime } from '../lib/time';
import { nameIn } from '../state/selectors';
import { useStore } from '../state/store';
import { useUsers } from '../state/users';
import { cx } from '../ui/cx';
import { Author, AuthorPicture } from './Author';
import { Markdown } from './Markdown';
import { MessageToolbar } from './MessageToolbar';
import { usePlace } from './place';
import { Reactions } from './Reactions';
import { ReceiptTicks } from './ReceiptTicks';
import { ReplyQuote } from './ReplyQuote';
import { RowFrame } from './RowFrame';

interface MessageRowProps {
  message: Message;
  /** The first of an author's messages that stand together: with name and picture. */
  isFirst: boolean;
  /** Has the list's one tab stop. */
  isCurrent: boolean;
  isHighlighted: boolean;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, isFirst, isCurrent, isHighlighted } = props;
  const { t } = useLingui();
  const { serverId } = usePlace();
  const [isTouched, setTouched] = useState(false);
  const name = useStore((state) => nameIn(state, message.author_id, serverId));
  const callsMe = useStore((state) => isCalled(message, state.me?.user.id));
  useUsers([message.author_id]);
  const time = clockTime(message.created_at);
  return (
    <article
      data-seq={message.seq}
      tabIndex={isCurrent ? 0 : -1}
      aria-label={t`${name}, ${time}`}
      // Not `enter`: React misses it when a row appears under a pointer that rests.
      onPointerMove={(event) => event.pointerType === 'mouse' && setTouched(true)}
      onPointerLeave={() => setTouched(false)}
      onFocus={() => setTouched(true)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setTouched(false)}
      className={cx(
        'relative scroll-my-4 outline-offset-[-2px] transition-colors duration-500 pointer-coarse:select-none',
        isFirst ? 'mt-2.5' : 'mt-0',
        isHighlighted
          ? 'bg-accent-soft'
          : callsMe
            ? 'bg-warn-soft/55 shadow-[inset_3px_0_0_var(--color-idle)]'
            : isTouched && 'bg-hover',
      )}
    >
      {message.reply && message.deleted_at === null && (
        <div className="pr-4 pl-16 max-sm:pl-14">
          <ReplyQuote reply={message.reply} />
        </div>
      )}
      <RowFrame
        gutter={
          isFirst ? (
            <AuthorPicture userId={message.author_id} name={name} />
          ) : (
            <Clock ms={message.created_at} isShown={isTouched} />
          )
        }
      >
        {isFirst && <Author userId={message.author_id} name={name} ms={message.created_at} />}
        <Body message={message} />
        {message.deleted_at === null && <Reactions message={message} />}
      </RowFrame>
      {isTouched && <MessageToolbar message={message} />}
    </article>
  );
});

function Body({ message }: { message: Message }) {
  const { t } = useLingui();
  const sealed = sealedOf(message);
  if (message.deleted_at === null && sealed?.unreadable) {
    return <UnreadableLine unreadable={sealed.unreadable} conversationId={message.conversation_id} />;
  }
  if (message.deleted_at !== null || message.content === null) {
    return (
      <p className="text-faint italic">
        {isRemoved(message) ? <Trans>Removed by a moderator</Trans> : <Trans>Message deleted</Trans>}
      </p>
    );
  }
  return (
    <div className="flex items-end gap-2">
      <div className="min-w-0 grow">
        {message.content.type === 'text' ? (
          <Markdown text={message.content.text} />
        ) : (
          <p className="text-faint italic">
            <Trans>This message needs a newer Snug.</Trans>
          </p>
        )}
        {message.edited_at !== null && (
          <span className="text-faint text-xs" title={exactTime(message.edited_at)}>
            <Trans>edited</Trans>
          </span>
        )}
      </div>
      {sealed && sealed.expiresAt !== null && <TimeLeft expiresAt={sealed.expiresAt} />}
      {message.pinned_at !== null && (
        <Pin size={14} role="img" aria-label={t`Pinned`} className="mb-1 shrink-0 text-accent-text" />
      )}
      <ReceiptTicks message={message} />
    </div>
  );
}

function Clock({ ms, isShown }: { ms: number; isShown: boolean }) {
  return (
    <time
      dateTime={new Date(ms).toISOString()}
      title={exactTime(ms)}
      className={cx(
        'h-5 whitespace-nowrap pt-0.5 text-[0.6875rem] text-faint tabular-nums leading-5',
        !isShown && 'opacity-0',
      )}
    >
      {bareTime(ms)}
    </time>
  );
}

function isCalled(message: Message, me: string | undefined): boolean {
  if (me === undefined || message.author_id === me || message.deleted_at !== null) return false;
  return message.mentions.everyone || message.mentions.users.includes(me);
}
