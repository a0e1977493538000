import { Trans, useLingui } from '@lingui/react/macro';
import { CircleAlert, Clock3 } from 'lucide-react';
import { memo } from 'react';
import type { OutboxEntry } from '../state/outbox';
import { nameIn } from '../state/selectors';
import { useStore } from '../state/store';
import { outbox } from '../state/sync';
import { Button } from '../ui/Button';
import { cx } from '../ui/cx';
import { Author, AuthorPicture } from './Author';
import { Markdown } from './Markdown';
import { usePlace } from './place';
import { ReplyQuote } from './ReplyQuote';
import { RowFrame } from './RowFrame';

/** A message that the node has not acknowledged yet, or refused. */
export const OutgoingRow = memo(function OutgoingRow(props: { entry: OutboxEntry; isFirst: boolean }) {
  const { entry, isFirst } = props;
  const { t } = useLingui();
  const { serverId } = usePlace();
  const name = useStore((state) => nameIn(state, entry.user_id, serverId));
  const isWaiting = entry.state === 'pending' || entry.state === 'sending';
  return (
    <article aria-label={isWaiting ? t`${name}, being sent` : name} className={isFirst ? 'mt-2.5' : 'mt-0'}>
      {entry.reply && (
        <div className="pr-4 pl-16 max-sm:pl-14">
          <ReplyQuote reply={entry.reply} />
        </div>
      )}
      <RowFrame gutter={isFirst && <AuthorPicture userId={entry.user_id} name={name} />}>
        {isFirst && <Author userId={entry.user_id} name={name} ms={entry.created_at} />}
        <div className="flex items-end gap-2">
          <div className={cx('min-w-0 grow', isWaiting && 'opacity-65')}>
            <Markdown text={entry.content.text} />
          </div>
          {isWaiting && (
            <span role="img" aria-label={t`Waiting to be sent`} className="p-0.5 text-faint">
              <Clock3 size={14} aria-hidden />
            </span>
          )}
        </div>
        {entry.state === 'failed' && (
          <div role="alert" className="mt-1 flex flex-wrap items-center gap-2 text-danger-text text-sm">
            <CircleAlert size={16} aria-hidden className="shrink-0" />
            <span>
              <Trans>Not sent: {entry.error}</Trans>
            </span>
            <Button size="sm" onClick={() => outbox.retry(entry.id)}>
              <Trans>Try again</Trans>
            </Button>
            <Button size="sm" variant="ghost" onClick={() => outbox.discard(entry.id)}>
              <Trans>Discard</Trans>
            </Button>
          </div>
        )}
      </RowFrame>
    </article>
  );
});
